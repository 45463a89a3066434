"""What was decided about a vendor as a whole, with what it did line by line (VEN-1, VEN-2)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from backoffice.enums import LabelledEnum
from models.base import Base, HasId, check, enum_column, foreign_key


class VendorVerdict(LabelledEnum):
    """What was decided."""

    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    TERMINATED = "terminated"


class VendorDecision(HasId, Base):
    """One decision about one vendor. Append-only; `decided_by` is null when the system suspended (VEN-3).

    A suspension keeps what its end must take back: the hold that it placed, and the subscription that it paused.
    """

    __tablename__ = "vendor_decisions"
    __table_args__ = (
        check("reason_not_blank", "btrim(reason) <> ''"),
        check("suspension_has_hold", "(verdict = 'suspended') = (hold_id IS NOT NULL)"),
        check("only_suspension_pauses", "verdict = 'suspended' OR subscription_id IS NULL"),
        check("paused_is_known", "subscription_id IS NOT NULL OR unpaid_since IS NULL"),
        check("system_only_suspends", "verdict = 'suspended' OR decided_by IS NOT NULL"),
        check("effects_list", "jsonb_typeof(effects) = 'array'"),
        sa.Index("ix_vendor_decisions_created_at_id", "created_at", "id"),
        sa.Index("ix_vendor_decisions_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_vendor_decisions_profile_id_created_at_id", "profile_id", "created_at", "id"),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    profile_id: Mapped[uuid.UUID] = foreign_key("vendor_profiles.id", index=False)
    verdict: Mapped[VendorVerdict] = enum_column(VendorVerdict)
    reason: Mapped[str]
    decided_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    hold_id: Mapped[uuid.UUID | None] = foreign_key("payout_holds.id")
    #: The subscription that was paused, and since when it had been unpaid.
    subscription_id: Mapped[uuid.UUID | None] = foreign_key("subscriptions.id")
    unpaid_since: Mapped[dt.datetime | None]
    #: What came of it: label, count and amounts by currency of each line, as the preview has shown them.
    effects: Mapped[list[Any]]
