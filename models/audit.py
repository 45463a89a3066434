"""What happened, for good: the audit log written by triggers, and the status history of every machine."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import PII, SECRET, UUID_DEFAULT, Base, HasId, foreign_key, uuid7

#: Says itself for whom, whoever writes the row; see `backoffice.database.telling`. Spelled as PostgreSQL spells it
#: back, since Alembic cannot compare values that are NULL.
_ON_BEHALF_OF = sa.text("(NULLIF(current_setting('backoffice.on_behalf_of'::text, true), ''::text))::uuid")


class AuditLog(Base):
    """One row a changed row and statement (AUD-1); append-only, partitioned by month. Written by triggers only.

    `before` and `after` hold changed keys only; personal data as a keyed hash, secrets as a marker. `actor_id` has no
    foreign key, because the log outlives everything.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        sa.PrimaryKeyConstraint("id", "created_at"),
        sa.Index("ix_audit_log_entity_entity_id", "entity", "entity_id", "created_at"),
        sa.Index("ix_audit_log_actor_id_created_at", "actor_id", "created_at"),
        sa.Index("ix_audit_log_request_id", "request_id"),
        # What people look for; changes of rows are nearly all there is and need none.
        sa.Index(
            "ix_audit_log_events",
            "action",
            "id",
            postgresql_where=sa.text("action NOT IN ('insert', 'update', 'delete')"),
        ),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[uuid.UUID] = mapped_column(default=uuid7, server_default=UUID_DEFAULT)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    actor_id: Mapped[uuid.UUID | None]
    #: Role of the person, or the name of the part of the system that acted.
    actor_role: Mapped[str | None] = mapped_column(sa.String(64))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    ip: Mapped[str | None] = mapped_column(INET, info=PII)
    user_agent: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    #: `insert`, `update`, `delete`, or the name of an event such as `sign_in`.
    action: Mapped[str] = mapped_column(sa.String(40))
    entity: Mapped[str] = mapped_column(sa.String(64))
    entity_id: Mapped[str] = mapped_column(sa.String(64))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str | None]
    #: As whom `actor_id` was viewing, reading only (ACC-4); no foreign key either.
    on_behalf_of: Mapped[uuid.UUID | None] = mapped_column(server_default=_ON_BEHALF_OF)


class StatusHistory(HasId, Base):
    """One row a step of any status machine (STM-1); append-only."""

    __tablename__ = "status_history"
    __table_args__ = (
        sa.Index("ix_status_history_entity_id_created_at", "entity_id", "created_at"),
        sa.Index("ix_status_history_created_at", "created_at", postgresql_using="brin"),
        sa.Index(
            "ix_status_history_decisions",
            "created_at",
            postgresql_where=sa.text("entity = 'products' AND from_status = 'pending'"),
        ),
    )

    #: Table and column of the machine, such as `orders` and `payment_status`.
    entity: Mapped[str] = mapped_column(sa.String(64))
    field: Mapped[str] = mapped_column(sa.String(40), default="status", server_default="status")
    entity_id: Mapped[uuid.UUID]
    from_status: Mapped[str | None] = mapped_column(sa.String(32))
    to_status: Mapped[str] = mapped_column(sa.String(32))
    actor_id: Mapped[uuid.UUID | None] = foreign_key("users.id")
    #: The letter of the actor in the machine (B12).
    actor: Mapped[str] = mapped_column(sa.String(1))
    reason: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(sa.String(64))


#: The key of the hashes that stand for personal data in the log; one row, readable by the owner only (AUD-1).
audit_key = sa.Table(
    "audit_key",
    Base.metadata,
    sa.Column("is_only", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("key", sa.LargeBinary, nullable=False, info=SECRET),
    sa.CheckConstraint("is_only", name="one_row"),
    sa.CheckConstraint("length(key) >= 32", name="key_length"),
)
