"""Keeping what was decided about a vendor, with everything that came of it (VEN-1, VEN-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services.vendors.effects import Effect
from models import VendorDecision, VendorProfile
from models.vendor_decision import VendorVerdict


def keep(
    session: Session,
    profile: VendorProfile,
    verdict: VendorVerdict,
    *,
    reason: str,
    effects: Sequence[Effect],
    acting: Acting,
    **undoing: Any,
) -> None:
    """Write the decision down for good; `undoing` is what the end of a suspension must take back."""
    decision = VendorDecision(
        vendor_id=profile.vendor_id,
        profile_id=profile.id,
        verdict=verdict,
        reason=reason,
        decided_by=acting.user_id,
        effects=[one.as_json() for one in effects],
        **undoing,
    )
    session.add(decision)
    session.flush()
