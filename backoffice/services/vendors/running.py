"""What is still under way with a vendor: rows of currency, count and amount for each kind of thing (VEN-1, VEN-2)."""

from __future__ import annotations

import uuid
from typing import Any, Final

import sqlalchemy as sa

from models import (
    AccountBalance,
    Chargeback,
    Dispute,
    LedgerAccount,
    Order,
    Payout,
    Return,
    SubscriptionInvoice,
)
from models.chargeback import CLOSED
from models.dispute import DisputeStatus
from models.ledger import VENDOR_KINDS, AccountKind
from models.order import OrderStatus
from models.payout import PayoutStatus
from models.returns import RUNNING
from models.subscription_invoice import InvoiceStatus

#: Orders of which something is still to be done.
OPEN_ORDERS: Final = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)


def orders(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Orders that were not delivered yet, with what the customers pay."""
    mine = (Order.vendor_id == vendor_id, Order.status.in_(OPEN_ORDERS))
    return _sums(Order.currency, Order.total_amount).where(*mine)


def returns(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Goods on their way back."""
    return _counted(
        sa.exists().where(Order.id == Return.order_id, Order.vendor_id == vendor_id), Return.status.in_(RUNNING)
    )


def disputes(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Disputes that are not closed."""
    return _counted(Dispute.vendor_id == vendor_id, Dispute.status != DisputeStatus.CLOSED)


def chargebacks(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Payments that a bank disputes."""
    mine = sa.exists().where(Order.id == Chargeback.order_id, Order.vendor_id == vendor_id)
    return _sums(Chargeback.currency, Chargeback.amount).where(mine, Chargeback.status.not_in(CLOSED))


def payouts(vendor_id: uuid.UUID, *statuses: PayoutStatus) -> sa.Select[*tuple[Any, ...]]:
    """Payouts in one of these statuses."""
    return _sums(Payout.currency, Payout.amount).where(Payout.vendor_id == vendor_id, Payout.status.in_(statuses))


def fees(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Plan fees that nobody has paid."""
    mine = (SubscriptionInvoice.vendor_id == vendor_id, SubscriptionInvoice.status == InvoiceStatus.OPEN)
    return _sums(SubscriptionInvoice.currency, SubscriptionInvoice.amount).where(*mine)


def balances(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """What may be paid out, or what the vendor owes, by currency."""
    return _balances(vendor_id, AccountKind.VENDOR_AVAILABLE)


def all_balances(vendor_id: uuid.UUID) -> sa.Select[*tuple[Any, ...]]:
    """Every account of the vendor that is not at zero: pending, available and reserved money."""
    return _balances(vendor_id, *VENDOR_KINDS)


def _balances(vendor_id: uuid.UUID, *kinds: AccountKind) -> sa.Select[*tuple[Any, ...]]:
    total = sa.func.sum(AccountBalance.balance)
    return (
        sa.select(LedgerAccount.currency, sa.literal(1), -total)
        .join(AccountBalance, AccountBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.vendor_id == vendor_id, LedgerAccount.kind.in_(kinds))
        .group_by(LedgerAccount.currency, LedgerAccount.kind)
        .having(total != 0)
    )


def _sums(currency: Any, amount: Any) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(currency, sa.func.count(), sa.func.sum(amount)).group_by(currency)


def _counted(*which: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(sa.null(), sa.func.count(), sa.null()).where(*which)
