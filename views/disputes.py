"""Disputes and their messages: worked by admins, read as money by finance, in their public part by vendors."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import Dispute, DisputeMessage, Order
from views.access import Access, Entity, Related
from views.listing.search import through

_ROWS = (Related(noun="dispute_messages", via="dispute_id", tab="Messages"), Related(noun="refunds", via="dispute_id"))
_MONEY = ("requested_refund_amount", "approved_refund_amount")

ENTITY = Entity(
    noun="disputes",
    model=Dispute,
    label="Disputes",
    singular="Dispute",
    note="order_id",
    group="Sales",
    search=(through(Dispute.order_id, Order.order_number),),
    access={
        Role.ADMIN: Access(
            columns=("order_id", "customer_id", "vendor_id", "type", "status", "priority", "assigned_to", "created_at"),
            detail=("order_id", "customer_id", "vendor_id", "type", "status", "priority", "description", *_MONEY,
                    "assigned_to", "outcome", "resolution_notes", "opened_by", "resolved_at", "created_at"),
            filters=("status", "type", "priority", "vendor_id", "assigned_to", "order_id", "created_at"),
            edit=("priority",),
            write=Permission.DISPUTES_WORK,
            related=_ROWS,
            history=True,
        ),
        # Finance sees the money and the outcome, not what was said (ACC-3).
        Role.FINANCE: Access(
            columns=("order_id", "vendor_id", "type", "status", *_MONEY, "outcome", "created_at"),
            detail=("order_id", "vendor_id", "type", "status", *_MONEY, "outcome", "resolved_at", "created_at"),
            filters=("status", "type", "vendor_id", "order_id", "created_at"),
            related=_ROWS[1:],
        ),
        Role.VENDOR: Access(
            columns=("order_id", "type", "status", "requested_refund_amount", "outcome", "created_at"),
            detail=("order_id", "type", "status", "description", *_MONEY, "outcome", "resolved_at", "created_at"),
            filters=("status", "type", "order_id", "created_at"),
            related=_ROWS,
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
            detail=("dispute_id", "user_id", "message", "attachments", "is_internal", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            in_menu=False,
        ),
        Role.VENDOR: Access(
            columns=("message", "created_at"),
            detail=("dispute_id", "message", "attachments", "created_at"),
            filters=("dispute_id", "created_at"),
            search=False,
            in_menu=False,
        ),
    },
)
