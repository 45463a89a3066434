"""Whether a bank is deciding about a payment just now; nothing is refunded on it then (REF-6)."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import DomainError
from backoffice.services.order_money import PARTS
from models import Chargeback, Order
from models.chargeback import RUNNING


class ChargedBackError(DomainError):
    """A refund beside a chargeback would pay the customer twice (REF-6)."""

    code = "charged_back"

    def __init__(self) -> None:
        super().__init__("The customer's bank has disputed this payment and may give the money back itself.")


def running(session: Session, payments: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these payments have an undecided chargeback."""
    query = sa.select(Chargeback.payment_id).where(Chargeback.payment_id.in_(payments), Chargeback.status.in_(RUNNING))
    return set(session.scalars(query))


def all_disputed(session: Session, order: Order) -> bool:
    """Whether a bank is deciding about every payment of `order` that brought money in."""
    query = sa.select(PARTS.c.payment_id).where(PARTS.c.order_id == order.id, PARTS.c.captured_amount > 0)
    captured = session.scalars(query).all()
    return bool(captured) and len(running(session, captured)) == len(captured)


def refuse_while_running(session: Session, payment_id: uuid.UUID) -> None:
    """Raises `ChargedBackError` while a bank is deciding about this payment."""
    if running(session, [payment_id]):
        raise ChargedBackError
