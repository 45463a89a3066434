"""Disputes and their messages: worked by admins, read as money by finance, in their public part by vendors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission, Role
from backoffice.services.dispute_opening import open_dispute
from backoffice.services.sla import keep
from models import Dispute, DisputeAttachment, DisputeEvent, DisputeMessage, Order
from models.dispute import NEVER
from views.access import Access, Asked, Entity, OwnTab, Related
from views.asked import by_currency
from views.columns import Kind, computed
from views.listing.search import through

_CONVERSATION = OwnTab(label="Conversation", template="disputes/conversation.html")
_SLA = computed("sla", "SLA", keep.state(), kind=Kind.ENUM)
_DUE = computed("next_due", "Due", sa.func.nullif(Dispute.due_at, NEVER), kind=Kind.TIME)
_BY_CLOCK = Asked(
    key="sla",
    label="SLA",
    options={state.value: (state.label, clause) for state, clause in keep.CLAUSES.items()},
)
_CURRENCY = by_currency(lambda code: Dispute.currency == code)
_EVENTS = Related(noun="dispute_events", via="dispute_id", tab="Events")
_REFUNDS = Related(noun="refunds", via="dispute_id")
_ROWS = (
    Related(noun="dispute_messages", via="dispute_id", tab="Messages"),
    Related(noun="dispute_attachments", via="dispute_id", tab="Messages"),
    _REFUNDS,
)
_FILES = Related(noun="dispute_attachments", via="message_id")
_MONEY = ("requested_refund_amount", "approved_refund_amount")


def _open(session: Session, dispute: Any, acting: Acting) -> Any:
    """Whose it is and how urgent is not asked: it follows from the order (DSP-5)."""
    return open_dispute(session, dispute, acting=acting)


ENTITY = Entity(
    noun="disputes",
    model=Dispute,
    label="Disputes",
    singular="Dispute",
    note="order_id",
    group="Sales",
    search=(through(Dispute.order_id, Order.order_number),),
    prepare=_open,
    access={
        Role.ADMIN: Access(
            columns=("order_id", "customer_id", "vendor_id", "type", "status", "priority", _SLA, _DUE, "assigned_to",
                     "created_at"),
            detail=("order_id", "customer_id", "vendor_id", "type", "status", "priority", "description", *_MONEY,
                    "assigned_to", "outcome", "resolution_notes", "opened_by", "resolved_at", "created_at"),
            filters=("status", "type", "priority", "vendor_id", "assigned_to", "order_id", "created_at"),
            asked=(_BY_CLOCK, _CURRENCY),
            sorts=("-created_at", "due_at"),
            create=("order_id", "type", "description", "requested_refund_amount"),
            write=Permission.DISPUTES_WORK,
            related=(*_ROWS, _EVENTS),
            own_tabs=(_CONVERSATION,),
            history=True,
        ),
        # Finance sees the money and the outcome, not what was said (ACC-3).
        Role.FINANCE: Access(
            columns=("order_id", "vendor_id", "type", "status", *_MONEY, "outcome", "assigned_to", "created_at"),
            detail=("order_id", "vendor_id", "type", "status", *_MONEY, "outcome", "assigned_to", "resolved_at",
                    "created_at"),
            filters=("status", "type", "vendor_id", "assigned_to", "order_id", "created_at"),
            asked=(_CURRENCY,),
            related=(_REFUNDS,),
        ),
        Role.VENDOR: Access(
            columns=("order_id", "type", "status", "requested_refund_amount", "outcome", "created_at"),
            detail=("order_id", "type", "status", "description", *_MONEY, "outcome", "resolved_at", "created_at"),
            filters=("status", "type", "order_id", "created_at"),
            asked=(_CURRENCY,),
            related=_ROWS,
            own_tabs=(_CONVERSATION,),
        ),
    },
)  # fmt: skip
MESSAGES = Entity(
    noun="dispute_messages",
    model=DisputeMessage,
    label="Dispute messages",
    singular="Dispute message",
    group="Sales",
    access={
        Role.ADMIN: Access(
            columns=("message", "user_id", "is_internal", "created_at"),
            detail=("dispute_id", "user_id", "message", "is_internal", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            in_menu=False,
            related=(_FILES,),
        ),
        Role.VENDOR: Access(
            columns=("message", "created_at"),
            detail=("dispute_id", "message", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            in_menu=False,
            related=(_FILES,),
        ),
    },
)
ATTACHMENTS = Entity(
    noun="dispute_attachments",
    model=DisputeAttachment,
    label="Files",
    singular="File",
    group="Sales",
    access={
        Role.ADMIN: Access(
            columns=("file_name", "message_id", "uploaded_by", "media_type", "size", "created_at"),
            detail=("file_name", "dispute_id", "message_id", "uploaded_by", "media_type", "size", "sha256",
                    "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            export=None,
            in_menu=False,
        ),
        Role.VENDOR: Access(
            columns=("file_name", "message_id", "media_type", "size", "created_at"),
            detail=("file_name", "dispute_id", "message_id", "media_type", "size", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            export=None,
            in_menu=False,
        ),
    },
)  # fmt: skip
EVENTS = Entity(
    noun="dispute_events",
    model=DisputeEvent,
    label="Dispute events",
    singular="Dispute event",
    group="Sales",
    access={
        Role.ADMIN: Access(
            columns=("kind", "before", "after", "about", "reason", "actor_id", "created_at"),
            detail=("dispute_id", "kind", "before", "after", "about", "reason", "actor_id", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            in_menu=False,
        ),
    },
)
