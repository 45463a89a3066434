"""What happened, for good: the audit log, the status history and the approvals."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.permissions import Role
from models import Approval, AuditLog, Product, StatusHistory
from views.access import Access, Asked, Entity
from views.asked import by_currency
from views.listing.search import exact

LOG = Entity(
    noun="audit_log",
    model=AuditLog,
    label="Audit log",
    singular="Audit entry",
    group="System",
    search=(exact(AuditLog.request_id),),
    access={
        Role.ADMIN: Access(
            columns=("created_at", "action", "entity", "entity_id", "actor_id", "actor_role", "on_behalf_of",
                     "request_id"),
            detail=("created_at", "action", "entity", "entity_id", "actor_id", "actor_role", "on_behalf_of", "ip",
                    "user_agent", "request_id", "before", "after", "reason"),
            filters=("entity", "action", "created_at"),
            sorts=("-id",),
        ),
    },
)  # fmt: skip
_DECIDED = Asked(
    key="decided",
    label="Decisions",
    options={
        "products": (
            "About products",
            sa.and_(
                StatusHistory.entity == "products",
                StatusHistory.from_status == "pending",
                StatusHistory.to_status.in_(("approved", "rejected")),
            ),
        )
    },
)
_CURRENCY = by_currency(lambda code: sa.exists().where(Product.id == StatusHistory.entity_id, Product.currency == code))
HISTORY = Entity(
    noun="status_history",
    model=StatusHistory,
    label="Status history",
    singular="Status change",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("created_at", "entity", "field", "from_status", "to_status", "actor_id", "reason"),
            detail=("created_at", "entity", "field", "entity_id", "from_status", "to_status", "actor", "actor_id",
                    "reason", "request_id"),
            filters=("actor_id", "created_at"),
            asked=(_DECIDED, _CURRENCY),
            sorts=("-id",),
        ),
    },
)  # fmt: skip
_APPROVALS = Access(
    columns=("operation_id", "status", "requested_by", "decided_by", "expires_at", "created_at"),
    detail=("operation_id", "status", "requested_by", "decided_by", "decided_at", "note", "expires_at", "created_at"),
    filters=("status", "requested_by", "created_at"),
    search=False,
    history=True,
)
APPROVALS = Entity(
    noun="approvals",
    model=Approval,
    label="Approvals",
    singular="Approval",
    group="Work",
    access={Role.ADMIN: _APPROVALS, Role.FINANCE: _APPROVALS},
)
