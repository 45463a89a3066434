"""Chargebacks in any state; the payment's cap follows by the database's own trigger."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from models import Chargeback, ChargebackEvidence, Order
from models.base import uuid7
from models.chargeback import CLOSED, ChargebackStatus, EvidenceKind
from tests.factories.orders import payment_of
from tests.factories.users import make_user


def make_chargeback(session: Session, order: Order, **values: Any) -> Chargeback:
    """One over the whole `payment`, by default the order's own, to answer within a week; without journals."""
    payment = values.pop("payment", None) or payment_of(session, order)
    status = values.setdefault("status", ChargebackStatus.NEEDS_RESPONSE)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "payment_id": payment.id,
        "order_id": order.id,
        "stripe_dispute_id": f"du_{uuid.uuid4().hex[:24]}",
        "amount": payment.captured_amount,
        "currency": payment.currency,
        "reason": "fraudulent",
        "evidence_due_at": now() + dt.timedelta(days=7),
        "closed_at": now() if status in CLOSED else None,
    }
    chargeback = Chargeback(**(defaults | values))
    session.add(chargeback)
    session.flush()
    return chargeback


def make_evidence(session: Session, chargeback: Chargeback, **values: Any) -> ChargebackEvidence:
    """A text of finance about what was sold."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "chargeback_id": chargeback.id,
        "kind": EvidenceKind.PRODUCT_DESCRIPTION,
        "text": "A lamp of brass.",
    }
    if "added_by" not in values:
        values["added_by"] = make_user(session, Role.FINANCE).id
    row = ChargebackEvidence(**(defaults | values))
    session.add(row)
    session.flush()
    return row
