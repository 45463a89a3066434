"""The files of dispute messages: uploaded first, and hung on a message of their uploader when it is written (DSP-4)."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import PII, Base, HasId, check, enum_column, foreign_key
from models.media_type import MediaType

#: Bytes of a file at most.
MOST_BYTES: Final = 5_000_000


class DisputeAttachment(HasId, Base):
    """A file, visible exactly when its message is; without one it is its uploader's alone, and gone after a day.

    Triggers let it change once, from having no message to a message of its uploader in the same dispute.
    """

    __tablename__ = "dispute_attachments"
    __table_args__ = (
        check("size_range", f"size BETWEEN 1 AND {MOST_BYTES}"),
        check("size_is_of_content", "size = octet_length(content)"),
        check("sha256_is_of_content", "sha256 = encode(sha256(content), 'hex')"),
        check("file_name_not_empty", "file_name <> ''"),
        # However often the same form is sent, its files are kept once.
        sa.UniqueConstraint("dispute_id", "uploaded_by", "client_key", "sha256"),
        sa.Index("ix_dispute_attachments_created_at_id", "created_at", "id"),
        sa.Index("ix_dispute_attachments_dispute_id_created_at_id", "dispute_id", "created_at", "id"),
        sa.Index("ix_dispute_attachments_message_id_created_at_id", "message_id", "created_at", "id"),
        sa.Index("ix_dispute_attachments_pending", "created_at", postgresql_where=sa.text("message_id IS NULL")),
    )

    dispute_id: Mapped[uuid.UUID] = foreign_key("disputes.id", index=False)
    message_id: Mapped[uuid.UUID | None] = foreign_key("dispute_messages.id", index=False)
    uploaded_by: Mapped[uuid.UUID] = foreign_key("users.id")
    #: The key of the form that it came with.
    client_key: Mapped[str] = mapped_column(sa.String(64))
    #: As the person's machine calls it.
    file_name: Mapped[str] = mapped_column(sa.String(120), info=PII)
    media_type: Mapped[MediaType] = enum_column(MediaType)
    size: Mapped[int]
    #: Hexadecimal.
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, info=PII, deferred=True)

    def __str__(self) -> str:
        return self.file_name
