"""What users did."""

from __future__ import annotations

from backoffice.permissions import Role
from models import AnalyticsEvent
from views.access import Access, Entity

ENTITY = Entity(
    noun="analytics_events",
    model=AnalyticsEvent,
    label="Analytics events",
    singular="Analytics event",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("event_type", "event_name", "user_id", "session_id", "created_at"),
            detail=("event_type", "event_name", "user_id", "session_id", "ip_address", "user_agent", "properties",
                    "created_at"),
            filters=("user_id", "created_at"),
        ),
    },
)  # fmt: skip
