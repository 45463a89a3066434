"""What people were told by e-mail, and why some of it could not be sent. What it said is theirs."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Mail
from views.access import Access, Entity

ENTITY = Entity(
    noun="mails",
    model=Mail,
    label="E-mails",
    singular="E-mail",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("user_id", "event_key", "status", "attempts", "last_error", "sent_at", "created_at"),
            detail=("user_id", "event_key", "subject_type", "subject_id", "status", "attempts", "run_after",
                    "last_error", "sent_at", "created_at"),
            export=None,
            filters=("status", "user_id", "created_at"),
            search=False,
            history=True,
        )
    },
)  # fmt: skip
