"""Reports that people asked for."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Report
from views.access import Access, Entity

_SHARED = Access(
    columns=("name", "type", "status", "user_id", "generated_at", "created_at"),
    detail=("name", "type", "status", "user_id", "filters", "body", "generated_at", "created_at"),
    filters=("type", "status", "created_at"),
    history=True,
)

ENTITY = Entity(
    noun="reports",
    model=Report,
    label="Reports",
    singular="Report",
    group="Work",
    access={Role.ADMIN: _SHARED, Role.FINANCE: _SHARED},
)
