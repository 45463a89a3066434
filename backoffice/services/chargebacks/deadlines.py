"""Reminding finance of chargebacks that nobody has answered yet: 72 and 24 hours before it is too late (DSP-8)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.clock import NOW
from backoffice.permissions import Role
from backoffice.services import people
from backoffice.services.notifications import notify
from models import Chargeback, Order
from models.chargeback import ANSWERABLE
from models.notification import NotificationType

_SOON: Final = dt.timedelta(hours=72)
_URGENT: Final = dt.timedelta(hours=24)


def remind(session: Session, *, limit: int) -> None:
    """Tell finance of each chargeback that is due soon, once a stage."""
    finance, due = people.active(session, Role.FINANCE), Chargeback.evidence_due_at
    query = (
        sa.select(Chargeback, Order.order_number, (due <= NOW + _URGENT).label("urgent"))
        .join(Order, Order.id == Chargeback.order_id)
        .where(
            Chargeback.status.in_(sorted(ANSWERABLE)),
            Chargeback.evidence_submitted_at.is_(None),
            due > NOW,
            due <= NOW + _SOON,
        )
        .order_by(due, Chargeback.id)
        .limit(limit)
    )
    for chargeback, number, urgent in session.execute(query):
        hours = 24 if urgent else 72
        notify(
            session,
            finance,
            event="chargeback.due",
            title=f"A chargeback must be answered within {hours} hours",
            message=f"{money.format_amount(chargeback.amount, chargeback.currency)} on order {number}."
            " Without an answer it is lost.",
            subject=(Chargeback.__tablename__, chargeback.id),
            severity=NotificationType.ERROR if urgent else NotificationType.WARNING,
            dedup=str(hours),
        )
