"""Refunds in any state; the payment's caps follow by the database's own trigger."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from models import Order, Refund, RefundItem
from models.base import uuid7
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories.orders import items_of, payment_of
from tests.factories.users import make_user

_APPROVED = frozenset({RefundStatus.APPROVED, RefundStatus.PROCESSING, RefundStatus.SUCCEEDED})
_SENT = frozenset({RefundStatus.PROCESSING, RefundStatus.SUCCEEDED})


def make_refund(session: Session, order: Order, **values: Any) -> Refund:
    """A requested goodwill refund of 1.00; what another `status` demands is filled in."""
    status = values.setdefault("status", RefundStatus.REQUESTED)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_id": order.id,
        "payment_id": payment_of(session, order).id,
        "kind": RefundKind.GOODWILL,
        "amount": Decimal("1.00"),
        "currency": order.currency,
        "reason": RefundReason.GOODWILL,
    }
    if "requested_by" not in values:
        defaults["requested_by"] = make_user(session).id
    if status in _APPROVED:
        defaults |= {"approved_by": make_user(session, Role.FINANCE).id, "approved_at": now()}
    if status in _SENT:
        defaults["idempotency_key"] = f"refund:{uuid.uuid4()}:1"
    if status is RefundStatus.SUCCEEDED:
        defaults |= {"stripe_refund_id": f"re_{uuid.uuid4().hex[:24]}", "processed_at": now()}
    if status is RefundStatus.FAILED:
        defaults |= {"failure_code": "declined", "failure_reason": "The card's bank declined it."}
    if status is RefundStatus.REJECTED:
        defaults["rejection_note"] = "Not justified."
    refund = Refund(**(defaults | values))
    session.add(refund)
    session.flush()
    return refund


def make_refund_item(session: Session, refund: Refund, order: Order, **values: Any) -> RefundItem:
    """The whole amount of `refund` on the first line of its order, without goods coming back."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "refund_id": refund.id,
        "order_item_id": items_of(session, order)[0].id,
        "quantity": 0,
        "amount": refund.amount,
        "currency": refund.currency,
    }
    item = RefundItem(**(defaults | values))
    session.add(item)
    session.flush()
    return item
