"""Disputes about an order."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import Dispute, DisputeMessage, Order
from models.base import uuid7
from models.dispute import DisputeOutcome, DisputeStatus, DisputeType
from tests.factories.orders import make_order
from tests.factories.users import make_user


def make_dispute(session: Session, *, order: Order | None = None, **values: Any) -> Dispute:
    """An open quality complaint of the order's customer; what another `status` demands is filled in."""
    order = order or make_order(session)
    status = values.setdefault("status", DisputeStatus.OPEN)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_id": order.id,
        "customer_id": order.customer_id,
        "vendor_id": order.vendor_id,
        "type": DisputeType.QUALITY_ISSUE,
        "description": "The handle came off on the first day.",
        "currency": order.currency,
        "opened_by": order.customer_id,
    }
    if status in {DisputeStatus.IN_REVIEW, DisputeStatus.RESOLVED} and "assigned_to" not in values:
        defaults["assigned_to"] = make_user(session).id
    if status is DisputeStatus.RESOLVED:
        defaults |= {"outcome": DisputeOutcome.REJECT, "resolution_notes": "Not covered.", "resolved_at": now()}
    dispute = Dispute(**(defaults | values))
    session.add(dispute)
    session.flush()
    return dispute


def make_message(session: Session, *, dispute: Dispute, **values: Any) -> DisputeMessage:
    """A public message of the customer."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "dispute_id": dispute.id,
        "user_id": dispute.customer_id,
        "message": "It still does not work.",
    }
    message = DisputeMessage(**(defaults | values))
    session.add(message)
    session.flush()
    return message
