"""Operations: actions on their way from click to effect. The row, not the queue, is the record (JOB-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from backoffice.permissions import Role
from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
from models.user import User


class QueueName(LabelledEnum):
    """One worker process serves one queue (J8)."""

    MONEY = "money"
    DEFAULT = "default"
    BULK = "bulk"


class OperationStatus(Status):
    """Life of an operation (B12)."""

    AWAITING_APPROVAL = (
        "awaiting_approval",
        "Awaiting approval",
        Tone.WARNING,
        {"queued": "AF", "rejected": "AF", "expired": "S", "cancelled": "AVLF"},
    )
    QUEUED = "queued", "Queued", Tone.INFO, {"running": "S", "cancelled": "AVLF"}
    RUNNING = (
        "running",
        "Running",
        Tone.INFO,
        {"succeeded": "S", "partial": "S", "failed": "S", "cancelled": "S"},
    )
    SUCCEEDED = "succeeded", "Succeeded", Tone.SUCCESS
    PARTIAL = "partial", "Partly done", Tone.WARNING, {"queued": "AVLF"}
    FAILED = "failed", "Failed", Tone.DANGER, {"queued": "AVLF"}
    REJECTED = "rejected", "Rejected", Tone.NEUTRAL
    EXPIRED = "expired", "Expired", Tone.NEUTRAL
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL


class OperationItemStatus(Status):
    """Life of one target of an operation (B12)."""

    QUEUED = "queued", "Queued", Tone.INFO, {"running": "S", "skipped": "S", "cancelled": "AVLFS"}
    RUNNING = (
        "running",
        "Running",
        Tone.INFO,
        {"succeeded": "S", "refused": "S", "failed": "S", "queued": "S", "needs_attention": "S"},
    )
    SUCCEEDED = "succeeded", "Done", Tone.SUCCESS
    REFUSED = "refused", "Refused", Tone.WARNING
    FAILED = "failed", "Failed", Tone.DANGER, {"queued": "AVLF"}
    SKIPPED = "skipped", "Skipped", Tone.NEUTRAL
    CANCELLED = "cancelled", "Cancelled", Tone.NEUTRAL
    NEEDS_ATTENTION = "needs_attention", "Needs attention", Tone.DANGER, {"queued": "AVLF"}


class ApprovalStatus(Status):
    """Life of a second person's decision (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"approved": "AF", "rejected": "AF", "expired": "S", "void": "S"}
    APPROVED = "approved", "Approved", Tone.SUCCESS, {"void": "S"}
    REJECTED = "rejected", "Rejected", Tone.DANGER
    EXPIRED = "expired", "Expired", Tone.NEUTRAL
    VOID = "void", "Void", Tone.NEUTRAL


class Leased:
    """A row that a worker takes for a while: the pattern of everything that is done later (architecture, 5)."""

    queue: Mapped[QueueName] = enum_column(QueueName, default=QueueName.DEFAULT)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Not before this time, by the database's clock.
    run_after: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    #: Since when, or from when on, a worker should have it. Waking one moves `run_after` and not this, so it is what
    #: tells that nobody comes (J19).
    due_since: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    leased_until: Mapped[dt.datetime | None]
    #: The one worker that may finish what it leased; a late writer holds an old token and loses.
    lease_token: Mapped[uuid.UUID | None]
    last_error: Mapped[str | None]


class Operation(HasId, HasVersion, Leased, Base):
    """One submitted action on one or many targets of one entity.

    `client_key` makes a double click one operation (M18). `selection` is how the targets were chosen: ticked ids or the
    filter. When a second person is needed the operation waits, and its `approvals` row pins `content_hash`.
    """

    __tablename__ = "operations"
    __table_args__ = (
        sa.UniqueConstraint("actor_id", "client_key"),
        check("finished_has_time", "(status IN ('queued', 'running', 'awaiting_approval')) = (finished_at IS NULL)"),
        check("second_person", "NOT second_person_required OR approved_by IS NULL OR approved_by <> actor_id"),
        check("approval_is_whole", "num_nulls(approved_by, approved_at) <> 1"),
        check(
            "approved_before_queue",
            "NOT second_person_required OR approved_by IS NOT NULL"
            " OR status IN ('awaiting_approval', 'rejected', 'expired', 'cancelled')",
        ),
        sa.Index("ix_operations_created_at_id", "created_at", "id"),
        sa.Index("ix_operations_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_operations_actor_id_created_at_id", "actor_id", "created_at", "id"),
        sa.Index("ix_operations_due", "run_after", postgresql_where=sa.text("status IN ('queued', 'running')")),
    )

    #: Key of the action in the registry, such as `payout.release`.
    action: Mapped[str] = mapped_column(sa.String(64))
    #: Table of the targets.
    entity: Mapped[str] = mapped_column(sa.String(64))
    #: Panel it was submitted from; decides who else may see it.
    panel: Mapped[Role] = enum_column(Role)
    actor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    status: Mapped[OperationStatus] = enum_column(OperationStatus, default=OperationStatus.QUEUED)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    reason: Mapped[str | None]
    selection: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    client_key: Mapped[str] = mapped_column(sa.String(64))
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    second_person_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    approved_at: Mapped[dt.datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    request_id: Mapped[str] = mapped_column(sa.String(64))
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]

    actor: Mapped[User] = relationship(foreign_keys=[actor_id], lazy="raise")

    def __str__(self) -> str:
        return f"{self.action} ({self.total})"


class OperationItem(Base):
    """One target: the version the person saw, and what came of it."""

    __tablename__ = "operation_items"
    __table_args__ = (
        sa.PrimaryKeyConstraint("operation_id", "position"),
        # This way round it finds the operations of a target, and leaves one index to find the items of an operation.
        sa.UniqueConstraint("target_id", "operation_id"),
        # Every item is updated twice soon after it was made: with no index on what changes and room on its page, that
        # costs no index entry (PostgreSQL's heap-only tuples).
        {"postgresql_with": {"fillfactor": 50}},
    )

    operation_id: Mapped[uuid.UUID] = foreign_key("operations.id", index=False)
    position: Mapped[int]
    target_id: Mapped[uuid.UUID]
    #: Version seen by the person; null for entities without versions.
    target_version: Mapped[int | None]
    status: Mapped[OperationItemStatus] = enum_column(OperationItemStatus, default=OperationItemStatus.QUEUED)
    code: Mapped[str | None] = mapped_column(sa.String(64))
    message: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    run_after: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]


class Approval(HasId, HasVersion, Base):
    """A second person's yes or no to an operation, pinned to what they saw (PAY-5, M10)."""

    __tablename__ = "approvals"
    __table_args__ = (
        check("maker_is_not_checker", "decided_by <> requested_by"),
        check(
            "decided_has_person",
            "status NOT IN ('approved', 'rejected') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
        ),
        sa.Index("uq_approvals_open", "operation_id", unique=True, postgresql_where=sa.text("status = 'pending'")),
        sa.Index("ix_approvals_created_at_id", "created_at", "id"),
        sa.Index("ix_approvals_status_created_at_id", "status", "created_at", "id"),
    )

    operation_id: Mapped[uuid.UUID] = foreign_key("operations.id")
    status: Mapped[ApprovalStatus] = enum_column(ApprovalStatus, default=ApprovalStatus.PENDING)
    requested_by: Mapped[uuid.UUID] = foreign_key("users.id")
    decided_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    decided_at: Mapped[dt.datetime | None]
    #: SHA-256 of targets, versions, amounts and inputs; a change voids the approval.
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str | None]
    expires_at: Mapped[dt.datetime]

    operation: Mapped[Operation] = relationship(lazy="raise")
