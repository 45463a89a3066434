"""Ending what a vendor has open here, which suspension and termination share."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import impersonations, user_sessions
from backoffice.services.vendors.effects import ENDED
from models import User, VendorProfile


def lock(session: Session, profile: VendorProfile) -> User:
    """The vendor of the profile, locked; orders that are placed now wait for the end of the transaction."""
    return session.scalars(
        sa.select(User).where(User.id == profile.vendor_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def sign_out(session: Session, vendor_id: uuid.UUID, *, acting: Acting) -> None:
    """End the vendor's sessions, and the looks of admins at its panel."""
    user_sessions.end_all(session, vendor_id, reason=ENDED, acting=acting)
    impersonations.end_of_user(session, vendor_id, reason=ENDED, acting=acting)
