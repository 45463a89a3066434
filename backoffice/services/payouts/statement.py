"""The statement of a payout: what it is made of, line by line, for the vendor's books (PAY-8, REC-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.services import scope
from models import Journal, JournalLine, LedgerAccount, Order, OrderItem, Payout, PayoutItem, Refund, User
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.order import DiscountFunder, TaxRemitter

ZERO = Decimal(0)
_REFUNDS = frozenset({JournalEvent.REFUND_SUCCEEDED, JournalEvent.REFUND_RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the payout; its parts add up to `net`, and what is taken from the vendor is negative."""

    date: dt.datetime
    order_number: str | None
    what: str
    #: The goods, less a discount that the vendor gave.
    gross: Decimal = ZERO
    #: With the tax on it.
    commission: Decimal = ZERO
    #: Sales tax that the vendor remits.
    tax: Decimal = ZERO
    refund: Decimal = ZERO
    #: Fees, chargebacks and corrections.
    other: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        """What it adds to the payout."""
        return self.gross + self.commission + self.tax + self.refund + self.other


#: The columns of amounts, in order.
PARTS = ("gross", "commission", "tax", "refund", "other", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything in `currency`. `opening` is the vendor's available balance just before the first entry."""

    payout_id: uuid.UUID
    vendor: str
    status: str
    #: How it reaches the vendor, and what it is called there: the provider's transfer, or the bank's reference.
    method: str
    reference: str | None
    currency: str
    amount: Decimal
    opening: Decimal
    entries: Sequence[Entry]

    @property
    def period(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first entry to the last."""
        return self.entries[0].date, self.entries[-1].date

    def total(self, part: str) -> Decimal:
        """The sum of one of `PARTS`; that of `net` is the payout (PAY-4)."""
        return sum((getattr(entry, part) for entry in self.entries), ZERO)


def statement(session: Session, payout_id: uuid.UUID, acting: Acting) -> Statement:
    """The statement of a payout that the person may see. Raises `NotFoundError` for any other (ACC-1).

    Raises `DomainError` for a payout that was dissolved: its entries are in another one, or wait for one (REC-4).
    """
    payout = scope.get_visible(session, Payout, payout_id, acting)
    rows = session.execute(_ENTRIES.where(PayoutItem.payout_id == payout.id)).all()
    if not rows:
        raise DomainError("This payout was cancelled; its entries are open again.", code="no_statement")
    vendor = session.scalars(sa.select(User.first_name + " " + User.last_name).where(User.id == payout.vendor_id)).one()
    entries = [_entry(row) for row in rows]
    return Statement(
        payout_id=payout.id,
        vendor=vendor,
        status=payout.status.label,
        method=payout.payout_method.label,
        reference=payout.bank_reference or payout.stripe_transfer_id,
        currency=payout.currency,
        amount=payout.amount,
        opening=_balance_before(session, payout, entries[0].date),
        entries=entries,
    )


_ENTRIES = (
    sa.select(
        PayoutItem.amount,
        Journal.posted_at,
        Journal.event,
        Journal.occurrence,
        Order.order_number,
        OrderItem.product_name,
        OrderItem.quantity,
        OrderItem.total_price,
        sa.case((OrderItem.discount_funded_by == DiscountFunder.VENDOR, OrderItem.discount_amount), else_=ZERO).label(
            "discount"
        ),
        (OrderItem.commission_amount + OrderItem.commission_tax).label("commission"),
        sa.case((Order.tax_remitter == TaxRemitter.VENDOR, OrderItem.tax_amount), else_=ZERO).label("tax"),
    )
    .join(Journal, Journal.id == PayoutItem.journal_id)
    .outerjoin(OrderItem, OrderItem.id == PayoutItem.order_item_id)
    .outerjoin(Refund, sa.and_(Journal.source_type == "refunds", Refund.id == Journal.source_id))
    .outerjoin(Order, Order.id == sa.func.coalesce(OrderItem.order_id, Refund.order_id))
    .where(PayoutItem.released_at.is_(None))
    .order_by(Journal.posted_at, PayoutItem.id)
)


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    """An order line with its parts, a refund, or anything else under the name of its event."""
    event: JournalEvent = row.event
    if row.product_name is None:
        part = "refund" if event in _REFUNDS else "other"
        return Entry(date=row.posted_at, order_number=row.order_number, what=event.label, **{part: row.amount})
    what = f"{row.quantity} x {row.product_name}"
    if row.occurrence > 1:
        # A refund of this line came back after the line was available (REF-4).
        return Entry(date=row.posted_at, order_number=row.order_number, what=what, refund=row.amount)
    gross, commission = row.total_price - row.discount, -row.commission
    return Entry(
        date=row.posted_at,
        order_number=row.order_number,
        what=what,
        gross=gross,
        commission=commission,
        tax=row.tax,
        # What was given back while the line was pending (REC-4).
        refund=row.amount - gross - commission - row.tax,
    )


def _balance_before(session: Session, payout: Payout, moment: dt.datetime) -> Decimal:
    before = session.scalar(
        sa.select(-sa.func.sum(JournalLine.amount))
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(
            LedgerAccount.kind == AccountKind.VENDOR_AVAILABLE,
            LedgerAccount.vendor_id == payout.vendor_id,
            LedgerAccount.currency == payout.currency,
            JournalLine.created_at < moment,
        )
    )
    return before or ZERO
