"""A vendor's checklist, its documents, and decisions about vendors."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from models import User, VendorDecision, VendorDocument, VendorProfile, VendorRequirement
from models.base import uuid7
from models.media_type import MediaType
from models.vendor_decision import VendorVerdict
from models.vendor_requirement import RequirementKind, RequirementStatus
from tests.factories.payouts import make_hold
from tests.factories.users import make_user

PDF = b"%PDF-1.7 made up"


def profile_of(session: Session, vendor: User) -> VendorProfile:
    """The vendor's profile, as it is now."""
    statement = sa.select(VendorProfile).where(VendorProfile.vendor_id == vendor.id)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def requirement_of(session: Session, vendor: User, kind: RequirementKind) -> VendorRequirement:
    """One line of the vendor's checklist."""
    mine = (VendorRequirement.vendor_id == vendor.id, VendorRequirement.kind == kind)
    return session.scalars(sa.select(VendorRequirement).where(*mine)).one()


def accept_all(session: Session, vendor: User, *, but: RequirementKind | None = None) -> None:
    """Have an admin agree to the whole checklist, or to all of it `but` one line."""
    admin = make_user(session)
    for kind in RequirementKind:
        if kind is but:
            continue
        requirement = requirement_of(session, vendor, kind)
        requirement.answer, requirement.answered_by, requirement.answered_at = kind.label, vendor.id, now()
        requirement.status = RequirementStatus.SUBMITTED
        session.flush()
        requirement.decided_by, requirement.decided_at = admin.id, now()
        requirement.status = RequirementStatus.ACCEPTED
        session.flush()


def make_document(session: Session, requirement: VendorRequirement, **values: Any) -> VendorDocument:
    """A small PDF beside the requirement."""
    content = values.pop("content", PDF)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "requirement_id": requirement.id,
        "vendor_id": requirement.vendor_id,
        "uploaded_by": requirement.vendor_id,
        "file_name": "passport.pdf",
        "media_type": MediaType.PDF,
        "size": len(content),
        "content": content,
    }
    document = VendorDocument(**(defaults | values))
    session.add(document)
    session.flush()
    return document


def make_vendor_decision(session: Session, *, vendor: User, by: User, **values: Any) -> VendorDecision:
    """A suspension that was decided some time ago and is over."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "vendor_id": vendor.id,
        "profile_id": profile_of(session, vendor).id,
        "verdict": VendorVerdict.SUSPENDED,
        "reason": "Complaints",
        "decided_by": by.id,
        "effects": [],
    }
    hold = values.pop("hold", None) or make_hold(session, vendor=vendor, released_at=now(), released_by=by.id)
    decision = VendorDecision(**(defaults | {"hold_id": hold.id} | values))
    session.add(decision)
    session.flush()
    return decision
