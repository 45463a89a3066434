"""Making out invoices of plan fees, once a period, and what is paid or given up of them (SUB-2, SUB-4, SUB-5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import settings
from backoffice.services.guards import require
from backoffice.services.ledger import journal
from backoffice.services.ledger.journal import Details, Posting, Source
from backoffice.services.ledger.postings import plan_fee_charged
from backoffice.services.transitions import move
from models import InvoiceCharge, Subscription, SubscriptionInvoice, Transaction
from models.base import uuid7
from models.invoice_charge import ChargeStatus
from models.journal import JournalEvent
from models.subscription import SubscriptionStatus
from models.subscription_invoice import InvoiceKind, InvoiceStatus, PaidBy, Settlement
from models.transaction import TransactionDirection, TransactionStatus, TransactionType

#: An invoice for which the card is being charged: until that is over it stays as it is.
CHARGED: Final = sa.exists().where(
    InvoiceCharge.invoice_id == SubscriptionInvoice.id, InvoiceCharge.status == ChargeStatus.PROCESSING
)
_ONCE = (SubscriptionInvoice.subscription_id, SubscriptionInvoice.period_start)


def issue(
    session: Session,
    subscription: Subscription,
    *,
    kind: InvoiceKind,
    period: tuple[dt.datetime, dt.datetime],
    charge: Decimal,
    now: dt.datetime,
    acting: Acting,
    credit: Decimal = Decimal(0),
) -> SubscriptionInvoice | None:
    """A new open invoice; None when this period has its renewal already (SUB-2). Nothing to pay is paid at once.

    A renewal uses up what the vendor has in credit notes first.
    """
    made = session.scalar(
        insert(SubscriptionInvoice)
        .values(
            id=uuid7(),
            subscription_id=subscription.id,
            vendor_id=subscription.vendor_id,
            kind=kind,
            period_start=period[0],
            period_end=period[1],
            charge=charge,
            credit=credit,
            amount=charge - credit,
            currency=subscription.currency,
            issued_at=now,
        )
        .on_conflict_do_nothing(index_elements=_ONCE, index_where=SubscriptionInvoice.kind == InvoiceKind.RENEWAL)
        .returning(SubscriptionInvoice.id)
    )
    if made is None:
        return None
    invoice = session.get_one(SubscriptionInvoice, made)
    if kind is InvoiceKind.RENEWAL:
        _use_credit(session, invoice, now=now, acting=acting)
    first = now + dt.timedelta(days=settings.get(session, "subscriptions.dunning_days")[0])
    move(session, invoice, InvoiceStatus.OPEN, acting=acting, actor=Actor.SYSTEM, values={"next_attempt_at": first})
    if invoice.amount == 0:
        pay(session, invoice, paid_by=None, now=now, acting=acting)
    return invoice


def note(
    session: Session,
    subscription: Subscription,
    *,
    credit: Decimal,
    settlement: Settlement,
    now: dt.datetime,
    acting: Acting,
) -> SubscriptionInvoice:
    """An open credit note over what is left of the period: taken off later invoices, or given back (SUB-4)."""
    found = SubscriptionInvoice(
        id=uuid7(),
        subscription_id=subscription.id,
        vendor_id=subscription.vendor_id,
        kind=InvoiceKind.CREDIT,
        status=InvoiceStatus.DRAFT,
        period_start=now,
        period_end=subscription.period_end,
        charge=Decimal(0),
        credit=credit,
        amount=-credit,
        currency=subscription.currency,
        settlement=settlement,
        issued_at=now,
    )
    session.add(found)
    session.flush()
    move(session, found, InvoiceStatus.OPEN, acting=acting, actor=Actor.SYSTEM)
    return found


def pay(
    session: Session,
    invoice: SubscriptionInvoice,
    *,
    paid_by: PaidBy | None,
    now: dt.datetime,
    acting: Acting,
    actor: Actor = Actor.SYSTEM,
) -> None:
    """Record that `invoice`, read locked, is paid; a subscription that was suspended for it runs again (SUB-5).

    The one place where a fee becomes money (E13); nothing is posted when credit covers it, and `paid_by` is None.
    `actor` is `Actor.PROVIDER` when Stripe says so.
    """
    values = {"paid_at": now, "paid_by": paid_by, "next_attempt_at": None, "last_failure": None}
    move(session, invoice, InvoiceStatus.PAID, acting=acting, actor=actor, values=values)
    if paid_by is not None:
        _post(session, invoice, paid_by)
    subscription = lock(session, invoice)
    if subscription.unpaid_since is None or outstanding(session, subscription):
        return
    subscription.unpaid_since = None
    if subscription.status is SubscriptionStatus.SUSPENDED:
        move(
            session,
            subscription,
            SubscriptionStatus.ACTIVE,
            acting=acting,
            actor=Actor.SYSTEM,
            values={"suspended_at": None},
        )
    session.flush()


def void(session: Session, invoice: SubscriptionInvoice, *, reason: str, acting: Acting) -> None:
    """Take back an invoice that should not have been made out; it is read locked."""
    require(acting, Permission.SUBSCRIPTIONS_MANAGE, "Only admins take invoices back.")
    refuse_while_charged(session, invoice)
    move(session, invoice, InvoiceStatus.VOID, acting=acting, reason=reason, values={"next_attempt_at": None})


def give_up(session: Session, invoice: SubscriptionInvoice, *, reason: str, acting: Acting) -> None:
    """Record that an invoice, read locked, will not be collected; it can still be paid."""
    require(acting, Permission.INVOICES_GIVE_UP, "Only finance gives an invoice up.")
    refuse_while_charged(session, invoice)
    values = {"next_attempt_at": None}
    move(session, invoice, InvoiceStatus.UNCOLLECTIBLE, acting=acting, reason=reason, values=values)


def refuse_while_charged(session: Session, invoice: SubscriptionInvoice) -> None:
    """Raises `DomainError` while the card is charged for `invoice`, read locked: money may be on its way."""
    if session.scalar(sa.select(CHARGED.where(SubscriptionInvoice.id == invoice.id))):
        raise DomainError("The card is being charged for this invoice; try again in a moment.", code="charging")


def lock(session: Session, invoice: SubscriptionInvoice) -> Subscription:
    """The subscription that `invoice` is for, locked."""
    query = sa.select(Subscription).where(Subscription.id == invoice.subscription_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def outstanding(session: Session, subscription: Subscription) -> list[SubscriptionInvoice]:
    """Open invoices that the vendor owes, oldest first, locked."""
    return list(
        session.scalars(
            sa.select(SubscriptionInvoice)
            .where(
                SubscriptionInvoice.subscription_id == subscription.id,
                SubscriptionInvoice.status == InvoiceStatus.OPEN,
                SubscriptionInvoice.kind != InvoiceKind.CREDIT,
            )
            .order_by(SubscriptionInvoice.created_at, SubscriptionInvoice.id)
            .with_for_update()
        )
    )


def _post(session: Session, invoice: SubscriptionInvoice, paid_by: PaidBy) -> None:
    payer = invoice.vendor_id if paid_by is PaidBy.BALANCE else None
    journal_id = journal.post(
        session,
        Posting(
            event=JournalEvent.PLAN_FEE_CHARGED,
            source=Source(table=SubscriptionInvoice.__tablename__, id=invoice.id),
            currency=invoice.currency,
            lines=plan_fee_charged(invoice.amount, from_balance_of=payer),
            details=Details(posted_at=invoice.paid_at, provider_id=invoice.stripe_payment_intent_id),
        ),
    )
    session.add(
        Transaction(
            user_id=invoice.vendor_id,
            vendor_id=invoice.vendor_id,
            type=TransactionType.FEE,
            direction=TransactionDirection.IN,
            amount=invoice.amount,
            currency=invoice.currency,
            status=TransactionStatus.COMPLETED,
            description=f"Plan fee, {'from the balance' if payer else 'by card'}",
            event_key=f"invoice:{invoice.id}:paid",
            journal_id=journal_id,
        )
    )


def _use_credit(session: Session, invoice: SubscriptionInvoice, *, now: dt.datetime, acting: Acting) -> None:
    """Take open credit notes of the vendor off `invoice`, oldest first."""
    notes = session.scalars(
        sa.select(SubscriptionInvoice)
        .where(
            SubscriptionInvoice.vendor_id == invoice.vendor_id,
            SubscriptionInvoice.currency == invoice.currency,
            SubscriptionInvoice.settlement == Settlement.CREDIT,
            SubscriptionInvoice.status == InvoiceStatus.OPEN,
        )
        .order_by(SubscriptionInvoice.created_at, SubscriptionInvoice.id)
        .with_for_update()
    )
    for one in notes:
        taken = min(one.credit - one.credit_used, invoice.amount)
        one.credit_used += taken
        invoice.credit += taken
        invoice.amount -= taken
        if one.credit_used == one.credit:
            move(session, one, InvoiceStatus.PAID, acting=acting, actor=Actor.SYSTEM, values={"paid_at": now})
    session.flush()
