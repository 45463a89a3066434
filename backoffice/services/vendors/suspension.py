"""Suspending a vendor at once, and taking it back to exactly what was there (VEN-1)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW, now
from backoffice.errors import DomainError
from backoffice.permissions import Permission, Role
from backoffice.services import people
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from backoffice.services.subscriptions import change
from backoffice.services.transitions import move
from backoffice.services.vendors import decisions, effects, shut_out
from backoffice.services.vendors.effects import Case, Effect
from backoffice.services.vendors.running import orders
from models import PayoutHold, Subscription, User, VendorDecision, VendorProfile, VendorRequirement
from models.base import uuid7
from models.notification import NotificationType
from models.payout import HoldSource
from models.subscription import SubscriptionStatus
from models.user import UserStatus
from models.vendor_decision import VendorVerdict
from models.vendor_requirement import RequirementStatus

_ADMINS_ONLY: Final = "Only admins suspend and reinstate vendors."


def foretell_suspension(session: Session, profile: VendorProfile, *, pauses: bool) -> Sequence[Effect]:
    """What `suspend` would do now; changes nothing."""
    return effects.foretold(session, effects.SUSPENSION, Case(vendor_id=profile.vendor_id, pauses=pauses))


def suspend(session: Session, profile: VendorProfile, *, reason: str, pauses: bool, acting: Acting) -> Sequence[Effect]:
    """Suspend the vendor of `profile` (read locked); `pauses` says whether an active subscription pauses too.

    Nothing that the vendor made is rewritten: what is on sale follows from the vendor's status. Returns what it did.
    """
    require(acting, Permission.VENDORS_SUSPEND, _ADMINS_ONLY)
    why = required_text(reason, "Say why the vendor is suspended.", field="reason")
    since = session.scalars(sa.select(NOW)).one()
    vendor = shut_out.lock(session, profile)
    move(session, vendor, UserStatus.SUSPENDED, acting=acting, reason=why)
    hold = PayoutHold(
        id=uuid7(),
        vendor_id=vendor.id,
        source=HoldSource.ADMIN,
        reason=f"Suspended: {why}",
        placed_by=acting.user_id,
    )
    session.add(hold)
    paused = _running(session, vendor.id) if pauses else None
    unpaid_since = paused.unpaid_since if paused else None
    if paused is not None:
        change.suspend(session, paused, reason=why, now=now(), acting=acting)
    shut_out.sign_out(session, vendor.id, acting=acting)
    case = Case(
        vendor_id=vendor.id, hold_id=hold.id, subscription_id=paused.id if paused else None, pauses=pauses, since=since
    )
    done = effects.counted(session, effects.SUSPENSION, case)
    undoing = {"hold_id": hold.id, "subscription_id": case.subscription_id, "unpaid_since": unpaid_since}
    decisions.keep(session, profile, VendorVerdict.SUSPENDED, reason=why, effects=done, acting=acting, **undoing)
    _tell(session, profile, vendor, why)
    return done


def foretell_reinstatement(session: Session, profile: VendorProfile) -> Sequence[Effect]:
    """What `reinstate` would do now; changes nothing."""
    return effects.foretold(session, effects.REINSTATEMENT, _case(profile.vendor_id, _last(session, profile.vendor_id)))


def why_not_reinstated(session: Session, profile: VendorProfile) -> str | None:
    """The sentence that names what the vendor still has to correct; None when nothing is overdue (Art. 30(3))."""
    overdue = session.scalars(
        sa.select(VendorRequirement.kind)
        .where(
            VendorRequirement.vendor_id == profile.vendor_id,
            VendorRequirement.status == RequirementStatus.REFUSED,
            VendorRequirement.due_at <= NOW,
        )
        .order_by(VendorRequirement.due_at, VendorRequirement.id)
    ).all()
    return f"Still to be corrected: {', '.join(kind.label for kind in overdue)}." if overdue else None


def reinstate(session: Session, profile: VendorProfile, *, reason: str, acting: Acting) -> Sequence[Effect]:
    """End the suspension of the vendor of `profile` (read locked): what it held or paused is as it was.

    Sessions stay ended; the vendor signs in anew. Returns what it did.
    """
    require(acting, Permission.VENDORS_SUSPEND, _ADMINS_ONLY)
    person = require_person(acting)
    why = required_text(reason, "Say why the vendor is reinstated.", field="reason")
    if refusal := why_not_reinstated(session, profile):
        raise DomainError(refusal, code="overdue")
    vendor, last = shut_out.lock(session, profile), _last(session, profile.vendor_id)
    move(session, vendor, UserStatus.ACTIVE, acting=acting, reason=why)
    if last is not None:
        _release(session, last, person)
        _resume(session, last, why, acting)
    done = effects.counted(session, effects.REINSTATEMENT, _case(vendor.id, last))
    decisions.keep(session, profile, VendorVerdict.REINSTATED, reason=why, effects=done, acting=acting)
    notify(
        session,
        [vendor.id],
        event="vendor.reinstated",
        title="Your shop is open again",
        message=why,
        subject=("vendor_profiles", profile.id),
    )
    return done


def _case(vendor_id: uuid.UUID, last: VendorDecision | None) -> Case:
    if last is None:
        return Case(vendor_id=vendor_id)
    return Case(vendor_id=vendor_id, hold_id=last.hold_id, subscription_id=last.subscription_id)


def _last(session: Session, vendor_id: uuid.UUID) -> VendorDecision | None:
    """The suspension that runs; None for one from before they were kept."""
    return session.scalars(
        sa.select(VendorDecision)
        .where(VendorDecision.vendor_id == vendor_id, VendorDecision.verdict == VendorVerdict.SUSPENDED)
        .order_by(VendorDecision.created_at.desc(), VendorDecision.id.desc())
        .limit(1)
    ).one_or_none()


def _running(session: Session, vendor_id: uuid.UUID) -> Subscription | None:
    """The active subscription, locked. One that was cancelled runs to its end, and one in trouble stays there."""
    return session.scalars(
        sa.select(Subscription)
        .where(Subscription.vendor_id == vendor_id, Subscription.status == SubscriptionStatus.ACTIVE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _release(session: Session, last: VendorDecision, person: uuid.UUID) -> None:
    session.execute(
        sa.update(PayoutHold)
        .where(PayoutHold.id == last.hold_id, PayoutHold.released_at.is_(None))
        .values(released_at=NOW, released_by=person)
        .execution_options(synchronize_session=False)
    )


def _resume(session: Session, last: VendorDecision, why: str, acting: Acting) -> None:
    """Let the paused subscription run again, unless it has ended meanwhile."""
    paused = session.scalars(
        sa.select(Subscription)
        .where(Subscription.id == last.subscription_id, Subscription.status == SubscriptionStatus.SUSPENDED)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if paused is not None:
        change.reinstate(session, paused, reason=why, acting=acting)
        paused.unpaid_since = last.unpaid_since


def _tell(session: Session, profile: VendorProfile, vendor: User, why: str) -> None:
    """The vendor by law, and admins of the orders that somebody must ship or cancel in its place."""
    subject = ("vendor_profiles", profile.id)
    warning = NotificationType.WARNING
    notify(
        session,
        [vendor.id],
        event="vendor.suspended",
        title="Your shop is suspended",
        message=why,
        subject=subject,
        severity=warning,
    )
    left = effects.effect(session, "Orders to ship or cancel", orders(vendor.id))
    if left.count:
        notify(
            session,
            people.active(session, Role.ADMIN),
            event="vendor.orders_left",
            title=f"{vendor.name} is suspended and has open orders",
            message=f"{left}.",
            subject=subject,
            severity=warning,
        )
