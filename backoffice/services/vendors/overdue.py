"""Vendors who did not correct in time what they were asked to correct are suspended (VEN-3, Art. 30(3))."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services.vendors import suspension
from models import User, VendorProfile, VendorRequirement
from models.user import UserStatus
from models.vendor_requirement import RequirementStatus


def suspend(session: Session, *, limit: int, acting: Acting) -> int:
    """Suspend the active vendors with an overdue requirement; their subscriptions keep running. How many."""
    late = sa.and_(VendorRequirement.status == RequirementStatus.REFUSED, VendorRequirement.due_at <= NOW)
    found = session.scalars(
        sa.select(VendorProfile)
        .join(User, User.id == VendorProfile.vendor_id)
        .where(
            User.status == UserStatus.ACTIVE,
            VendorProfile.id.in_(sa.select(VendorRequirement.profile_id).where(late)),
        )
        .order_by(VendorProfile.id)
        .limit(limit)
        .with_for_update(of=VendorProfile, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for profile in found:
        mine = sa.select(VendorRequirement).where(VendorRequirement.profile_id == profile.id, late)
        overdue = session.scalars(mine.order_by(VendorRequirement.due_at, VendorRequirement.id)).all()
        reason = f"Not corrected in time: {', '.join(one.kind.label for one in overdue)}."
        suspension.suspend(session, profile, reason=reason, pauses=False, acting=acting)
    return len(found)
