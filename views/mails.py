"""What people were told by e-mail, and why some of it could not be sent. What it said is theirs."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.permissions import Role
from backoffice.services.notification_events import EVENTS
from models import Mail
from views.access import Access, Entity
from views.columns import computed

#: What happened, in words; of an event that nobody declares any more only the key is known.
_EVENT = computed(
    "event",
    "Event",
    sa.case({event.key: event.label for event in EVENTS.values()}, value=Mail.event_key, else_=Mail.event_key),
)

ENTITY = Entity(
    noun="mails",
    model=Mail,
    label="E-mails",
    singular="E-mail",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("user_id", _EVENT, "status", "attempts", "last_error", "sent_at", "created_at"),
            detail=("user_id", _EVENT, "subject_type", "subject_id", "status", "attempts", "run_after",
                    "last_error", "sent_at", "created_at"),
            export=None,
            filters=("status", "user_id", "created_at"),
            search=False,
            history=True,
        )
    },
)  # fmt: skip
