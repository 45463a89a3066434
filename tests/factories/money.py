"""Money that has moved: delivered orders, refunds that were paid, payouts that were sent, and what is left."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.gateways.payments import Succeeded
from backoffice.permissions import Role
from backoffice.services.payouts import send as payout_send
from backoffice.services.refunds import send as refund_send
from backoffice.services.refunds.request import request
from backoffice.services.shares import request_amount
from models import JournalLine, LedgerAccount, Order, Payout, Refund
from models.ledger import AccountKind
from models.order import OrderStatus
from models.refund import RefundKind, RefundReason
from tests.factories.acting import acting_for
from tests.factories.orders import items_of, make_order
from tests.factories.users import make_user


def make_delivered_order(session: Session, *, days: int = 30, **values: Any) -> Order:
    """A paid order whose lines were all fulfilled so many days ago."""
    order = make_order(session, **values)
    moment = now() - dt.timedelta(days=days)
    order.status, order.delivered_at = OrderStatus.DELIVERED, moment
    for item in items_of(session, order):
        item.fulfilled_at = moment
    session.flush()
    return order


def clerk_of(session: Session) -> Acting:
    """A finance clerk, with a colleague's agreement to whatever is done."""
    acting, colleague = acting_for(make_user(session, Role.FINANCE)), make_user(session, Role.FINANCE)
    return Acting(user_id=acting.user_id, role=acting.role, name=acting.name, approved_by=colleague.id)


def ask(
    session: Session, order: Order, amount: str = "0", kind: RefundKind = RefundKind.LINES, **values: Any
) -> Refund:
    """A requested refund of `amount`, by default shared over the lines of `order`."""
    admin = acting_for(make_user(session))
    if kind is RefundKind.LINES and not values:
        return request_amount(
            session, order, amount=Decimal(amount), reason=RefundReason.OTHER, note="Asked for", acting=admin
        )
    return request(
        session, order=order, kind=kind, reason=RefundReason.OTHER, amount=Decimal(amount), acting=admin, **values
    )


def pay_refund(session: Session, refund: Refund) -> Refund:
    """Approve and send `refund`; Stripe pays it at once."""
    what = refund_send.begin(session, refund, acting=clerk_of(session))
    paid = Succeeded(id=f"re_{refund.id.hex}_{refund.attempt}", status="succeeded")
    assert refund_send.settle(session, refund, what, paid, acting=clerk_of(session))
    return refund


def make_paid_refund(session: Session, order: Order, amount: str, **values: Any) -> Refund:
    """A refund of `amount` that the customer has."""
    return pay_refund(session, ask(session, order, amount, **values))


def pay_out(session: Session, payout: Payout) -> Payout:
    """Release `payout`; its transfer is made at once."""
    clerk = clerk_of(session)
    what = payout_send.begin(session, payout, acting=clerk)
    sent = Succeeded(id=f"tr_{payout.id.hex}_{payout.attempt}", status="created")
    assert payout_send.settle(session, payout, what, sent, acting=clerk)
    return payout


def balance(
    session: Session, vendor_id: uuid.UUID, kind: AccountKind = AccountKind.VENDOR_AVAILABLE, currency: str = "USD"
) -> Decimal:
    """What `vendor_id` has on an account, summed from its lines; negative when they owe it."""
    mine = sa.and_(LedgerAccount.vendor_id == vendor_id, LedgerAccount.kind == kind, LedgerAccount.currency == currency)
    total = sa.select(sa.func.sum(JournalLine.amount)).join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
    return -(session.scalar(total.where(mine)) or Decimal(0))
