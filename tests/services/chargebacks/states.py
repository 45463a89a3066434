"""What the provider says of a dispute, made by hand: also what the sandbox's bank never does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.gateways.provider import ProviderDispute
from backoffice.services.chargebacks.follow import follow
from models import Chargeback, Journal, JournalLine, LedgerAccount, Order, Payment
from models.ledger import AccountKind
from tests.factories import payment_of

DUE = now() + dt.timedelta(days=7)
#: How many movements the bank's steps have booked by then.
BOOKINGS = {"needs_response": 1, "under_review": 1, "lost": 1, "won": 2}


def state_of(session: Session, order: Order, status: str, **values: Any) -> ProviderDispute:
    """The dispute of the order's only payment, whole, with a fee of 15 once money was taken."""
    return state_of_payment(payment_of(session, order), status, **({"id": f"du_{order.id.hex}"} | values))


def state_of_payment(payment: Payment, status: str, **values: Any) -> ProviderDispute:
    """The same of any payment."""
    bookings = values.setdefault("bookings", BOOKINGS.get(status, 0))
    fee = Decimal(15) if bookings else Decimal(0)
    defaults: dict[str, Any] = {
        "id": f"du_{payment.id.hex}",
        "status": status,
        "amount": payment.captured_amount,
        "currency": payment.currency,
        "reason": "fraudulent",
        "charge_id": "ch_1",
        "payment_intent": payment.stripe_payment_intent_id,
        "due_by": DUE,
        "evidence_submitted": status == "under_review",
        "fee": fee,
        "fee_taken": fee,
        "net": Decimal(0),
    }
    return ProviderDispute(**(defaults | values))


def tell(session: Session, order: Order, status: str, **values: Any) -> bool | None:
    """The provider says so, and we follow."""
    acting = Acting.system("stripe", request_id="evt_1")
    changed = follow(session, state_of(session, order, status, **values), acting=acting)
    session.expire_all()
    return changed


def chargeback_of(session: Session, order: Order) -> Chargeback:
    """The only chargeback of `order`."""
    return session.scalars(sa.select(Chargeback).where(Chargeback.order_id == order.id)).one()


def events_of(session: Session, order: Order) -> set[tuple[str, int]]:
    """The journals of its chargeback with their occurrence; ids made within a millisecond have no order."""
    query = sa.select(Journal.event, Journal.occurrence).where(Journal.source_id == chargeback_of(session, order).id)
    return {(event.value, occurrence) for event, occurrence in session.execute(query)}


def balances(session: Session) -> dict[AccountKind, int | float]:
    """What every account kind has from chargebacks alone, debits positive, without those at nothing."""
    query = (
        sa.select(LedgerAccount.kind, sa.func.sum(JournalLine.amount))
        .join(JournalLine, JournalLine.account_id == LedgerAccount.id)
        .join(Journal, Journal.id == JournalLine.journal_id)
        .where(Journal.source_type == "chargebacks")
        .group_by(LedgerAccount.kind)
    )
    return {kind: float(amount) for kind, amount in session.execute(query) if amount}
