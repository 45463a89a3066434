"""What people were told."""

from __future__ import annotations

from backoffice.permissions import Role
from backoffice.services.notifications import mark_read
from models import Notification
from views.access import Access, Entity

_MINE = Access(
    columns=("title", "message", "type", "read_at", "created_at"),
    detail=("title", "message", "type", "channel", "status", "subject_type", "subject_id", "read_at", "created_at"),
    filters=("created_at",),
    search=False,
    export=None,
)

ENTITY = Entity(
    noun="notifications",
    model=Notification,
    label="Notifications",
    singular="Notification",
    group="Work",
    opened=mark_read,
    access={Role.ADMIN: _MINE, Role.FINANCE: _MINE, Role.LOGISTICS: _MINE, Role.VENDOR: _MINE},
)
