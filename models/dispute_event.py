"""What happened to a dispute beside its status: its priority, whom it waits for, and what the clock did."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import Base, HasId, check, enum_column, foreign_key
from models.dispute import Dispute


class DisputeEventKind(LabelledEnum):
    """What happened; the last four are done by the clock, each once (DSP-7)."""

    PRIORITY = "priority", "Priority changed"
    WAITING = "waiting", "Waits for somebody else"
    ASSIGNED = "assigned", "Assigned by the clock"
    LEAD_TOLD = "lead_told", "Lead told"
    BREACHED = "breached", "Target missed"
    VENDOR_SILENT = "vendor_silent", "Vendor silent"


class WaitingFor(LabelledEnum):
    """On whose answer the clock of a dispute waits (DSP-6)."""

    NOBODY = "nobody"
    CUSTOMER = "customer"
    VENDOR = "vendor"


class DisputeEvent(HasId, Base):
    """One event of a dispute. Append-only; the state of its targets is computed from these rows (DSP-5 to DSP-7).

    `about` says what an escalation was about: a target, or the question that nobody answered. With the dispute and the
    kind it is unique, so that an escalation happens once however often the sweep runs.
    """

    __tablename__ = "dispute_events"
    __table_args__ = (
        check("change_says_what", "kind NOT IN ('priority', 'waiting') OR after IS NOT NULL"),
        check("escalation_says_about", "kind IN ('priority', 'waiting') OR about IS NOT NULL"),
        sa.UniqueConstraint("dispute_id", "kind", "about"),
        sa.Index("ix_dispute_events_dispute_id_created_at", "dispute_id", "created_at"),
        sa.Index("ix_dispute_events_created_at_id", "created_at", "id"),
    )

    dispute_id: Mapped[uuid.UUID] = foreign_key("disputes.id", index=False)
    kind: Mapped[DisputeEventKind] = enum_column(DisputeEventKind)
    before: Mapped[str | None] = mapped_column(sa.String(32))
    after: Mapped[str | None] = mapped_column(sa.String(32))
    about: Mapped[str | None] = mapped_column(sa.String(40))
    reason: Mapped[str | None]
    #: Null when the clock did it.
    actor_id: Mapped[uuid.UUID | None] = foreign_key("users.id")

    dispute: Mapped[Dispute] = relationship(lazy="raise")
