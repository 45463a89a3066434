"""Charging the card for a plan fee: begin or resume, call, settle; each may be repeated (SUB-7, IDE-1, IDE-2, M4).

Stripe's events end a charge in the same way, in any order and number. Money that comes in is no outgoing money: the
switch that stops that does not stop this (M15).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money, queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.gateways.payments import Outcome, Payments, Refused, Succeeded
from backoffice.gateways.provider import ProviderPayment
from backoffice.permissions import Role
from backoffice.services import leases, operations, people
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.leases import LeaseLostError
from backoffice.services.ledger import record
from backoffice.services.notifications import notify
from backoffice.services.provider_calls import key_is_old, perform, prepare
from backoffice.services.subscriptions import dunning, invoices
from backoffice.services.transitions import move
from models import InvoiceCharge, SubscriptionInvoice, VendorProfile
from models.base import uuid7
from models.invoice_charge import ChargeStatus
from models.notification import NotificationType
from models.operation import QueueName
from models.subscription_invoice import InvoiceStatus, PaidBy

#: What wakes and logs call it.
KIND: Final = "invoice_charge"
_LONGEST_PAUSE: Final = dt.timedelta(hours=1)
_OWED: Final = (InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE)
#: The provider's word for an intent that nobody paid.
_UNPAID: Final = ("requires_payment_method", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeCall:
    """What to send to Stripe; all of it comes from the charge's row (M3). `token` proves whose work it is."""

    charge_id: uuid.UUID
    token: uuid.UUID
    key: str
    customer: str
    payment_method: str
    amount: Decimal
    currency: str
    look_first: bool
    key_is_old: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """How the call ended, and the payment as it is now where there is one."""

    outcome: Outcome
    state: ProviderPayment | None = None


def begin(session: Session, invoice: SubscriptionInvoice, *, number: int, key: str) -> InvoiceCharge:
    """Write the intention to charge an invoice (read locked); a worker carries it out after the commit (M3).

    Raises `DomainError`, with nothing written, when there is no card or Stripe cannot carry the amount.
    """
    profile = _profile(session, invoice)
    if profile is None or profile.stripe_customer_id is None or profile.stripe_payment_method_id is None:
        raise DomainError("There is no card to charge.", code="no_card")
    money.to_stripe(invoice.amount, invoice.currency)
    charge = InvoiceCharge(
        id=uuid7(),
        invoice_id=invoice.id,
        vendor_id=invoice.vendor_id,
        number=number,
        amount=invoice.amount,
        currency=invoice.currency,
        queue=QueueName.MONEY,
        run_after=sa.select(NOW + operations.FIRST_LOOK).scalar_subquery(),
    )
    params = {
        "customer": profile.stripe_customer_id,
        "payment_method": profile.stripe_payment_method_id,
        "amount": str(invoice.amount),
        "currency": invoice.currency,
    }
    prepare(session, charge, key=key, params=params)
    session.add(charge)
    session.flush()
    queue.wake_after_commit(session, charge.queue, KIND, charge.id)
    return charge


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the charges that wait for a worker (JOB-1)."""
    return leases.due(session, InvoiceCharge, InvoiceCharge.status == ChargeStatus.PROCESSING, limit=limit, again=again)


def claim(session: Session, charge_id: uuid.UUID, lease: dt.timedelta) -> ChargeCall | None:
    """Take the charge when it is due and nobody has it; None otherwise (JOB-2)."""
    found = leases.waiting(session, InvoiceCharge, charge_id, InvoiceCharge.status == ChargeStatus.PROCESSING)
    if found is None:
        return None
    charge, moment = found
    token = leases.take(charge, moment, lease)
    session.flush()
    params, look_first = charge.request_params, charge.attempts > 1
    return ChargeCall(
        charge_id=charge.id,
        token=token,
        key=charge.idempotency_key,
        customer=params["customer"],
        payment_method=params["payment_method"],
        amount=Decimal(params["amount"]),
        currency=params["currency"],
        look_first=look_first,
        key_is_old=look_first and key_is_old(session, charge),
    )


def call(payments: Payments, what: ChargeCall) -> Answer:
    """Ask Stripe, while no transaction is open."""
    metadata = {"invoice_charge_id": str(what.charge_id)}
    outcome = perform(
        create=lambda: payments.charge(
            customer=what.customer,
            payment_method=what.payment_method,
            amount=what.amount,
            currency=what.currency,
            key=what.key,
            metadata=metadata,
        ),
        find=lambda: payments.find_charge(customer=what.customer, metadata=metadata),
        look_first=what.look_first,
        key_is_old=what.key_is_old,
    )
    return Answer(outcome, payments.payment_state(outcome.id) if isinstance(outcome, Succeeded) else None)


def settle(session: Session, what: ChargeCall, answer: Answer, *, acting: Acting) -> bool:
    """Record what Stripe said; whether the charge is over. Raises `LeaseLostError` for who has it no more.

    One that is not over is looked at again later, under the same key; after a day without a trace it has failed.
    """
    charge, invoice = _locked(session, InvoiceCharge.id == what.charge_id)
    if charge.lease_token != what.token:
        raise LeaseLostError(f"charge {what.charge_id}")
    if isinstance(answer.outcome, Refused):
        _fail(session, charge, invoice, answer.outcome.code, answer.outcome.message, acting)
    elif answer.state is not None:
        follow(session, charge, invoice, answer.state, acting=acting)
    over = charge.status is not ChargeStatus.PROCESSING
    waits = None if over else getattr(answer.outcome, "reason", "The bank has not decided yet.")
    _give_back(session, charge, waits)
    return over


def again(session: Session, what: ChargeCall, why: str) -> None:
    """Go on later. Raises `LeaseLostError`."""
    charge, _invoice = _locked(session, InvoiceCharge.id == what.charge_id)
    if charge.lease_token != what.token:
        raise LeaseLostError(f"charge {what.charge_id}")
    _give_back(session, charge, why)


def told(session: Session, state: ProviderPayment) -> tuple[InvoiceCharge, SubscriptionInvoice] | None:
    """The charge that a payment at Stripe is, with its invoice, both locked; None when it is something else."""
    try:
        named = InvoiceCharge.id == uuid.UUID(state.metadata.get("invoice_charge_id", ""))
    except ValueError:
        return None
    return _locked(session, named) if session.scalar(sa.select(sa.exists().where(named))) else None


def follow(
    session: Session,
    charge: InvoiceCharge,
    invoice: SubscriptionInvoice,
    state: ProviderPayment,
    *,
    acting: Acting,
) -> str | None:
    """Bring a charge (locked with its invoice) to where Stripe has it now; what was done, or None."""
    if state.status in _UNPAID:
        return _fail(session, charge, invoice, state.failure_code, state.failure_message or "", acting)
    if state.status != "succeeded":
        return None
    done = _succeed(session, charge, invoice, state, acting) if charge.status is not ChargeStatus.SUCCEEDED else None
    if invoice.stripe_payment_intent_id == state.id and state.fee and state.fee_currency == invoice.currency:
        record.plan_provider_fee(session, invoice, state.fee)
    return done


def _succeed(
    session: Session, charge: InvoiceCharge, invoice: SubscriptionInvoice, state: ProviderPayment, acting: Acting
) -> str:
    charge.stripe_payment_intent_id, charge.failure_code, charge.failure_reason = state.id, None, None
    move(session, charge, ChargeStatus.SUCCEEDED, acting=acting, actor=Actor.PROVIDER)
    amount = money.format_amount(charge.amount, charge.currency)
    if invoice.status not in _OWED:
        # Money without a debt is for a person; until then the reconciliation shows it.
        message = f"{amount} came by card for a plan invoice that is {invoice.status.label.lower()} already."
        notify(
            session,
            people.active(session, Role.FINANCE),
            event="subscription.charged_in_vain",
            title="A card was charged for nothing",
            message=f"{message} Give it back at Stripe.",
            subject=("subscription_invoices", invoice.id),
            severity=NotificationType.ERROR,
            dedup=str(charge.number),
        )
        return message
    invoice.stripe_payment_intent_id = state.id
    moment = session.scalars(sa.select(NOW)).one()
    invoices.pay(session, invoice, paid_by=PaidBy.CARD, now=moment, acting=acting, actor=Actor.PROVIDER)
    return f"{amount} were paid by card for a plan."


def _fail(
    session: Session,
    charge: InvoiceCharge,
    invoice: SubscriptionInvoice,
    code: str | None,
    message: str,
    acting: Acting,
) -> str | None:
    """Nothing came: the schedule of dunning says when the next attempt is, or at once when the card is another now."""
    if charge.status is not ChargeStatus.PROCESSING:
        return None
    charge.failure_code = failure_code(code)
    charge.failure_reason = failure_sentence(charge.failure_code, message)
    move(session, charge, ChargeStatus.FAILED, acting=acting, actor=Actor.PROVIDER, reason=charge.failure_reason)
    moment = session.scalars(sa.select(NOW)).one()
    dunning.failed(session, invoice, attempt=charge.number, why=charge.failure_reason, now=moment, acting=acting)
    session.flush()
    profile = _profile(session, invoice)
    if profile is not None and profile.stripe_payment_method_id not in {None, charge.request_params["payment_method"]}:
        dunning.method_changed(session, invoice.vendor_id, now=moment)
    return "The card was not charged."


def _locked(session: Session, named: sa.ColumnElement[bool]) -> tuple[InvoiceCharge, SubscriptionInvoice]:
    """The charge and its invoice, fresh; the invoice is locked first, as where a charge is begun."""
    fresh = {"populate_existing": True}
    whose = sa.select(InvoiceCharge.invoice_id).where(named).scalar_subquery()
    query = sa.select(SubscriptionInvoice).where(SubscriptionInvoice.id == whose).with_for_update()
    invoice = session.scalars(query.execution_options(**fresh)).one()
    charge = sa.select(InvoiceCharge).where(named).with_for_update()
    return session.scalars(charge.execution_options(**fresh)).one(), invoice


def _give_back(session: Session, charge: InvoiceCharge, why: str | None) -> None:
    charge.last_error = why
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(charge, moment + leases.backoff(charge.attempts, _LONGEST_PAUSE))
    session.flush()


def _profile(session: Session, invoice: SubscriptionInvoice) -> VendorProfile | None:
    query = sa.select(VendorProfile).where(VendorProfile.vendor_id == invoice.vendor_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
