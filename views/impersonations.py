"""Who viewed as whom, when and why (ACC-4)."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Impersonation
from views.access import Access, Entity

ENTITY = Entity(
    noun="impersonations",
    model=Impersonation,
    label="Views as others",
    singular="View as another",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("viewer_id", "user_id", "reason", "created_at", "ended_at", "ended_reason"),
            detail=("viewer_id", "user_id", "reason", "created_at", "expires_at", "ended_at", "ended_reason"),
            filters=("viewer_id", "user_id"),
            search=False,
        ),
    },
)
