"""Every decision of a moderator, whatever became of it later (MOD-1, MOD-2)."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from models.base import Base, HasId, check, enum_column, foreign_key


class ModerationVerdict(LabelledEnum):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    TAKEN_DOWN = "taken_down"


class ModerationDecision(HasId, Base):
    """One decision about one row of `entity`. Append-only.

    `seen_version` is what was decided about: the content version of a product, the version of anything else.
    `message` went to the vendor, `note` stays in the house. `rule` says by which rule the system decided (MOD-6).
    """

    __tablename__ = "moderation_decisions"
    __table_args__ = (
        check("by_person_or_rule", "num_nonnulls(decided_by, rule) = 1"),
        check("refusal_has_reason", "verdict = 'approved' OR reason IS NOT NULL"),
        sa.Index("ix_moderation_decisions_created_at_id", "created_at", "id"),
        sa.Index("ix_moderation_decisions_entity_id_created_at", "entity_id", "created_at"),
        sa.Index("ix_moderation_decisions_vendor_id_created_at", "vendor_id", "created_at"),
    )

    entity: Mapped[str] = mapped_column(sa.String(40))
    entity_id: Mapped[uuid.UUID]
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    verdict: Mapped[ModerationVerdict] = enum_column(ModerationVerdict)
    seen_version: Mapped[int]
    decided_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    rule: Mapped[str | None] = mapped_column(sa.String(40))
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    message: Mapped[str | None]
    note: Mapped[str | None]
