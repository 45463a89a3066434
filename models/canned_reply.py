"""Texts that moderators send again and again."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from models.base import Base, HasDeletedAt, HasId, HasVersion, check, enum_column


class CannedFor(LabelledEnum):
    """Where a text is offered."""

    PRODUCT = "product", "Products and their changes"
    REVIEW = "review", "Reviews"
    DISPUTE = "dispute", "Disputes"


class CannedReply(HasId, HasVersion, HasDeletedAt, Base):
    """A text for a kind of decision; with a `reason`, offered for that reason code first."""

    __tablename__ = "canned_replies"
    __table_args__ = (
        check("title_not_empty", "btrim(title) <> ''"),
        check("text_not_empty", "btrim(text) <> ''"),
        sa.Index("ix_canned_replies_created_at_id", "created_at", "id"),
        sa.Index("ix_canned_replies_offered_for_title_id", "offered_for", "title", "id"),
        sa.Index("ix_canned_replies_title_id", "title", "id"),
    )

    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str]
    offered_for: Mapped[CannedFor] = enum_column(CannedFor)
    reason: Mapped[str | None] = mapped_column(sa.String(40))

    def __str__(self) -> str:
        return self.title
