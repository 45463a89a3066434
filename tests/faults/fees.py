"""A plan fee that is due by card, charged by a worker in this process, and what came of it everywhere."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.clock import NOW, now
from backoffice.jobs import charges as job
from backoffice.services.leases import MAX_ATTEMPTS
from backoffice.services.ledger.verify import verify
from backoffice.services.subscriptions import collect, renew
from models import InvoiceCharge, Journal, JournalLine, LedgerAccount, Subscription, SubscriptionInvoice, VendorProfile
from models.invoice_charge import ChargeStatus
from models.ledger import AccountKind
from models.subscription import BillingCycle
from tests.factories import make_plan, make_vendor
from tests.faults.decisions import Place
from tests.faults.here import Here

SYSTEM = Acting.system()
ADDRESS = "/v1/payment_intents"
INSUFFICIENT = "pm_card_chargeDeclinedInsufficientFunds"


@dataclass(frozen=True, kw_only=True)
class Fee:
    """An invoice of 30.00, and whose it is."""

    invoice: uuid.UUID
    vendor: uuid.UUID
    customer: str


def owe(place: Place, method: str | None = "pm_card_visa", **plan: Any) -> Fee:
    """A vendor whose card does what `method` says begins a plan; the first invoice is due."""
    with place.sessions.begin() as session:
        vendor = make_vendor(session, profile={"stripe_payment_method_id": method})
        customer = f"cus_{vendor.id.hex[-16:]}"
        place.sandbox.seed(customers=[{"id": customer, "payment_method": method}])
        price = {"monthly_price": Decimal(30), "yearly_price": Decimal(300)} | plan
        # The first attempt is due on the day of the invoice: a moment ago, by every clock.
        moment = now() - dt.timedelta(seconds=5)
        kept = renew.start(
            session, vendor, make_plan(session, **price), BillingCycle.MONTHLY, now=moment, acting=SYSTEM
        )
        invoice = session.scalars(
            sa.select(SubscriptionInvoice.id).where(SubscriptionInvoice.subscription_id == kept.id)
        ).one()
        return Fee(invoice=invoice, vendor=vendor.id, customer=customer)


def sweep(place: Place) -> int:
    """What the scheduler does."""
    with place.sessions.begin() as session:
        return collect.collect(session, now=now(), limit=9, acting=SYSTEM)


def running(place: Place, fee: Fee) -> uuid.UUID | None:
    """The charge that is under way."""
    with place.sessions() as session:
        query = sa.select(InvoiceCharge.id).where(InvoiceCharge.invoice_id == fee.invoice)
        return session.scalars(query.where(InvoiceCharge.status == ChargeStatus.PROCESSING)).one_or_none()


def skip_pause(place: Place, fee: Fee) -> None:
    """Let the next look be due now, and the lease of a dead worker be over."""
    with place.sessions.begin() as session:
        session.execute(
            sa.update(InvoiceCharge)
            .where(InvoiceCharge.invoice_id == fee.invoice)
            .values(run_after=NOW, due_since=NOW, leased_until=None)
        )


def finish(here: Here, fee: Fee) -> int:
    """Wake it until it is over, without waiting; how many wakes it took."""
    for wakes in range(1, MAX_ATTEMPTS + 2):
        charge = running(here, fee)
        assert charge is not None
        job.run(here.runtime, charge)
        if running(here, fee) is None:
            return wakes
        skip_pause(here, fee)
    raise AssertionError("it never ends")


def pass_days(here: Here, fee: Fee, days: int) -> None:
    """Let so many days pass since the first call and the last attempt, for us and for Stripe."""
    earlier = dt.timedelta(days=days)
    with here.sessions.begin() as session:
        about = InvoiceCharge.invoice_id == fee.invoice
        session.execute(
            sa.update(InvoiceCharge).where(about).values(first_sent_at=InvoiceCharge.first_sent_at - earlier)
        )
        session.execute(
            sa.update(SubscriptionInvoice)
            .where(SubscriptionInvoice.id == fee.invoice)
            .values(next_attempt_at=SubscriptionInvoice.next_attempt_at - earlier)
        )
    here.sandbox.advance(days * 86_400)


def left(place: Place, fee: Fee) -> tuple[Any, ...]:
    """Invoice, subscription, charges in order, money at Stripe in the book, and how often Stripe took it."""
    with place.sessions() as session:
        invoice = session.get_one(SubscriptionInvoice, fee.invoice)
        plan = session.get_one(Subscription, invoice.subscription_id)
        about = sa.select(InvoiceCharge.status).where(InvoiceCharge.invoice_id == fee.invoice)
        charges = [one.value for one in session.scalars(about.order_by(InvoiceCharge.number))]
        clearing = session.scalars(
            sa.select(JournalLine.amount)
            .join(Journal, Journal.id == JournalLine.journal_id)
            .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .where(Journal.source_id == fee.invoice, LedgerAccount.kind == AccountKind.PSP_CLEARING)
            .order_by(JournalLine.amount)
        ).all()
        assert verify(session).complaints == []
        ids = {str(one) for one in session.scalars(about.with_only_columns(InvoiceCharge.id))}
    paid = place.sandbox.effects("payment_intent.succeeded")
    effects = sum(one["metadata"].get("invoice_charge_id") in ids for one in paid)
    return invoice.status.value, plan.status.value, charges, [str(round(one, 2)) for one in clearing], effects


#: 30.00 came once, of which Stripe kept 1.17.
PAID = ("paid", "active", ["succeeded"], ["-1.17", "30.00"], 1)


def keys(place: Place, fee: Fee) -> list[str]:
    """The keys under which Stripe was asked to charge, in order."""
    sent = place.sandbox.requests(ADDRESS)
    return [line["key"] for line in sent if str(fee.invoice) in (line.get("key") or "")]


def use_card(place: Place, fee: Fee, method: str | None) -> None:
    """The vendor has another card, here only."""
    with place.sessions.begin() as session:
        mine = sa.update(VendorProfile).where(VendorProfile.vendor_id == fee.vendor)
        session.execute(mine.values(stripe_payment_method_id=method))
