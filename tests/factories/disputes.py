"""Disputes about an order."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services import dispute_attachments
from models import Dispute, DisputeAttachment, DisputeMessage, Order
from models.base import uuid7
from models.dispute import DisputeOutcome, DisputeStatus, DisputeType
from models.media_type import MediaType
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


def make_attachment(session: Session, *, dispute: Dispute, **values: Any) -> DisputeAttachment:
    """A small PDF of the vendor that waits for its message."""
    content = values.pop("content", b"%PDF-1.7 an invoice")
    row_id = values.pop("id", uuid7())
    defaults: dict[str, Any] = {
        "id": row_id,
        "dispute_id": dispute.id,
        "uploaded_by": dispute.vendor_id,
        "client_key": row_id.hex,
        "file_name": "invoice.pdf",
        "media_type": MediaType.PDF,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": content,
    }
    attachment = DisputeAttachment(**(defaults | values))
    session.add(attachment)
    session.flush()
    return attachment


def make_message_with_file(session: Session, *, dispute: Dispute, **values: Any) -> DisputeAttachment:
    """A message, the vendor's unless told otherwise, and its file, of which `file` has the values."""
    writer = values.setdefault("user_id", dispute.vendor_id)
    attachment = make_attachment(session, dispute=dispute, uploaded_by=writer, **values.pop("file", {}))
    described = dispute_attachments.described([attachment])
    message = make_message(session, dispute=dispute, attachments=described, **values)
    dispute_attachments.link(session, [attachment], message)
    return attachment
