"""The verdict on a vendor under review (B12); only a complete checklist can be approved (VEN-3)."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.guards import require, required_text
from backoffice.services.notifications import notify
from backoffice.services.transitions import move
from backoffice.services.vendors import checklist
from models import VendorProfile
from models.notification import NotificationType
from models.vendor_profile import VerificationStatus

_FIELD: Final = "verification_status"


def why_not_approved(session: Session, profile: VendorProfile) -> str | None:
    """The sentence that says which answers nobody has accepted; None when all are."""
    absent = checklist.missing(session, profile.vendor_id)
    return f"The checklist is not complete. Missing: {', '.join(absent)}." if absent else None


def approve(session: Session, profile: VendorProfile, *, acting: Acting) -> None:
    """Approve a vendor (profile read locked) whose whole checklist was accepted."""
    _require(acting)
    if refusal := why_not_approved(session, profile):
        raise DomainError(refusal, code="checklist_incomplete")
    move(session, profile, VerificationStatus.APPROVED, acting=acting, field=_FIELD)


def reject(session: Session, profile: VendorProfile, *, reason: str, acting: Acting) -> None:
    """Turn a vendor (profile read locked) down; it may answer what was refused and is looked at again."""
    _not_verified(session, profile, VerificationStatus.REJECTED, "rejected", reason, acting)


def give_back(session: Session, profile: VendorProfile, *, reason: str, acting: Acting) -> None:
    """Ask a vendor (profile read locked) for changes."""
    _not_verified(session, profile, VerificationStatus.PENDING, "given back", reason, acting)


def _not_verified(
    session: Session, profile: VendorProfile, to: VerificationStatus, verb: str, reason: str, acting: Acting
) -> None:
    _require(acting)
    text = required_text(reason, "Say why; the vendor reads it.", field="reason")
    move(session, profile, to, acting=acting, field=_FIELD, reason=text)
    notify(
        session,
        [profile.vendor_id],
        event="vendor.not_verified",
        title=f"Your verification was {verb}",
        message=text,
        subject=("vendor_profiles", profile.id),
        severity=NotificationType.WARNING,
    )


def _require(acting: Acting) -> None:
    require(acting, Permission.VENDORS_VERIFY, "Only admins verify vendors.")
