"""A vendor's checklist: answers, verdicts, and what is missing before it may be active (VEN-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission, Role
from backoffice.services import people
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from backoffice.services.vendors import documents
from models import VendorProfile, VendorRequirement
from models.notification import NotificationType
from models.user import UserStatus
from models.vendor_profile import VerificationStatus
from models.vendor_requirement import RequirementKind, RequirementStatus

_ADMINS_ONLY: Final = "Only admins verify vendors."
_VERIFICATION: Final = "verification_status"
_KINDS: Final = list(RequirementKind)


def answer(session: Session, requirement: VendorRequirement, *, text: str, acting: Acting) -> None:
    """Answer a requirement (read locked); admins write down what a vendor who cannot sign in has sent.

    The last answer hands the checklist in: the vendor is under review. Raises `InvalidInputError` without a text, and
    refuses an ID document that nobody has uploaded.
    """
    require(acting, Permission.VENDORS_ANSWER)
    given = required_text(text, "Write the answer.", field="answer")
    if requirement.kind.needs_document and not documents.handed_in(session, requirement):
        raise DomainError("Upload the document first.", code="no_document")
    values = {
        "answer": given,
        "answered_by": require_person(acting),
        "answered_at": NOW,
        "decided_by": None,
        "decided_at": None,
        "refusal": None,
        "due_at": None,
    }
    move(session, requirement, RequirementStatus.SUBMITTED, acting=acting, values=values)
    _hand_in(session, requirement, acting)


def accept(session: Session, requirement: VendorRequirement, *, acting: Acting) -> None:
    """Agree to the answer of a requirement (read locked)."""
    require(acting, Permission.VENDORS_VERIFY, _ADMINS_ONLY)
    values = {"decided_by": require_person(acting), "decided_at": NOW}
    move(session, requirement, RequirementStatus.ACCEPTED, acting=acting, values=values)


def refuse(
    session: Session, requirement: VendorRequirement, *, reason: str, due_at: dt.datetime | None, acting: Acting
) -> None:
    """Ask for another answer, also to one that was accepted and turned out inaccurate (Art. 30(3)).

    A vendor that is active needs `due_at`, in the future: it is suspended then. One that was verified is under review.
    """
    require(acting, Permission.VENDORS_VERIFY, _ADMINS_ONLY)
    text = required_text(reason, "Say what is wrong; the vendor reads it.", field="reason")
    profile = _profile(session, requirement.profile_id)
    if due_at is None and profile.standing is UserStatus.ACTIVE:
        raise InvalidInputError("Say by when: this vendor is active.", field="due_on")
    if due_at is not None and due_at <= session.scalars(sa.select(NOW)).one():
        raise InvalidInputError("Choose a day to come.", field="due_on")
    decided = {"decided_by": require_person(acting), "decided_at": NOW, "refusal": text, "due_at": due_at}
    move(session, requirement, RequirementStatus.REFUSED, acting=acting, reason=text, values=decided)
    if profile.verification_status is VerificationStatus.APPROVED:
        _move(session, profile, VerificationStatus.UNDER_REVIEW, acting, Actor.SYSTEM, reason=text)
    until = f" Answer until {due_at:%Y-%m-%d}, or your shop is suspended." if due_at else ""
    notify(
        session,
        [requirement.vendor_id],
        event="vendor.requirement_refused",
        title=f"{requirement.kind.label}: another answer is needed",
        message=f"{text}{until}",
        subject=("vendor_requirements", requirement.id),
        severity=NotificationType.WARNING,
    )


def missing(session: Session, vendor_id: uuid.UUID, *, but: RequirementStatus | None = None) -> list[str]:
    """The requirements that nobody has accepted (or that are not `but`), each with how it stands, in their order."""
    found = session.execute(
        sa.select(VendorRequirement.kind, VendorRequirement.status).where(
            VendorRequirement.vendor_id == vendor_id,
            VendorRequirement.status.not_in({RequirementStatus.ACCEPTED, but or RequirementStatus.ACCEPTED}),
        )
    ).all()
    rows = sorted(found, key=lambda row: _KINDS.index(row.kind))
    return [f"{row.kind.label} ({row.status.label.lower()})" for row in rows]


def why_not_active(session: Session, vendor_id: uuid.UUID) -> str | None:
    """The sentence that says what is missing before the vendor may be active; None when nothing is."""
    profile = session.scalars(sa.select(VendorProfile).where(VendorProfile.vendor_id == vendor_id)).one()
    if profile.terminated_at is not None:
        return "This vendor was terminated, which is for good."
    absent = missing(session, vendor_id)
    if profile.verification_status is not VerificationStatus.APPROVED:
        absent.append(f"verification ({profile.verification_status.label.lower()})")
    return f"The vendor cannot be active yet. Missing: {', '.join(absent)}." if absent else None


def _hand_in(session: Session, requirement: VendorRequirement, acting: Acting) -> None:
    """Put the vendor under review once every requirement has an answer; a person looks at it then."""
    profile = _profile(session, requirement.profile_id)
    if missing(session, requirement.vendor_id, but=RequirementStatus.SUBMITTED):
        return
    if profile.verification_status is VerificationStatus.REJECTED:
        _move(session, profile, VerificationStatus.PENDING, acting, Actor.VENDOR)
    if profile.verification_status is VerificationStatus.PENDING:
        _move(session, profile, VerificationStatus.UNDER_REVIEW, acting, Actor.VENDOR)
    notify(
        session,
        people.active(session, Role.ADMIN),
        event="vendor.submitted",
        title="A vendor waits for verification",
        message="Every requirement has an answer.",
        subject=("vendor_profiles", profile.id),
    )


def _move(
    session: Session,
    profile: VendorProfile,
    to: VerificationStatus,
    acting: Acting,
    actor: Actor,
    reason: str | None = None,
) -> None:
    move(session, profile, to, acting=acting, field=_VERIFICATION, actor=actor, reason=reason)


def _profile(session: Session, profile_id: uuid.UUID) -> VendorProfile:
    return session.scalars(
        sa.select(VendorProfile)
        .where(VendorProfile.id == profile_id)
        .with_for_update(of=VendorProfile)
        .execution_options(populate_existing=True)
    ).one()
