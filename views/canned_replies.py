"""Texts that moderators send again and again: written by admins, offered where they decide."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import CannedReply
from views.access import Access, Entity

_FIELDS = ("title", "offered_for", "reason", "text")

ENTITY = Entity(
    noun="canned_replies",
    model=CannedReply,
    label="Canned replies",
    singular="Canned reply",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("title", "offered_for", "reason", "updated_at"),
            detail=(*_FIELDS, "created_at", "updated_at"),
            filters=("offered_for",),
            sorts=("title", "-created_at"),
            search=False,
            create=_FIELDS,
            edit=_FIELDS,
            delete=True,
            write=Permission.CANNED_REPLIES_WRITE,
            history=True,
        ),
    },
)
