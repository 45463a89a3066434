"""Ending the business with a vendor for good, once nothing is open between the two (VEN-2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW, now
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from backoffice.services.subscriptions import change
from backoffice.services.transitions import move
from backoffice.services.vendors import decisions, effects, running, shut_out
from backoffice.services.vendors.effects import Case, Effect
from models import Subscription, VendorProfile
from models.notification import NotificationType
from models.payout import PayoutStatus
from models.subscription import SubscriptionStatus
from models.subscription_invoice import Settlement
from models.user import UserStatus
from models.vendor_decision import VendorVerdict

_UNDER_WAY: Final = (PayoutStatus.PENDING, PayoutStatus.PROCESSING, PayoutStatus.FAILED)
#: What must be over before, with the statement that finds it.
_OPEN: Final = (
    ("open orders", running.orders),
    ("returns", running.returns),
    ("disputes", running.disputes),
    ("chargebacks", running.chargebacks),
    ("payouts under way", lambda vendor_id: running.payouts(vendor_id, *_UNDER_WAY)),
    ("unpaid plan fees", running.fees),
    ("balances that are not zero", running.all_balances),
)


def why_not(session: Session, profile: VendorProfile) -> str | None:
    """The sentence that names everything which is still open; None when the vendor can be terminated."""
    if profile.terminated_at is not None:
        return "This vendor was terminated already."
    found = [effects.effect(session, label, rows(profile.vendor_id)) for label, rows in _OPEN]
    still = [str(one) for one in found if one.count]
    return f"The vendor cannot be terminated yet. Still there: {'; '.join(still)}." if still else None


def foretell(session: Session, profile: VendorProfile) -> Sequence[Effect]:
    """What `terminate` would do now; changes nothing."""
    return effects.foretold(session, effects.TERMINATION, Case(vendor_id=profile.vendor_id))


def terminate(session: Session, profile: VendorProfile, *, reason: str, acting: Acting) -> Sequence[Effect]:
    """End the business with the vendor of `profile` (read locked); all rows are kept. Returns what it did.

    Refuses while anything is open. Neither this nor the database lets the vendor come back.
    """
    require(acting, Permission.VENDORS_TERMINATE, "Only admins terminate vendors.")
    require_person(acting)
    why = required_text(reason, "Say why the vendor is terminated.", field="reason")
    since = session.scalars(sa.select(NOW)).one()
    vendor = shut_out.lock(session, profile)
    # Asked behind the lock: an order that was being placed is there now, or is refused.
    if refusal := why_not(session, profile):
        raise DomainError(refusal, code="still_open")
    if vendor.status is not UserStatus.INACTIVE:
        move(session, vendor, UserStatus.INACTIVE, acting=acting, reason=why)
    profile.terminated_at = since
    ended = _end_subscription(session, vendor.id, why, acting)
    shut_out.sign_out(session, vendor.id, acting=acting)
    case = Case(vendor_id=vendor.id, subscription_id=ended, since=since)
    done = effects.counted(session, effects.TERMINATION, case)
    decisions.keep(session, profile, VendorVerdict.TERMINATED, reason=why, effects=done, acting=acting)
    notify(
        session,
        [vendor.id],
        event="vendor.terminated",
        title="Your shop is closed for good",
        message=why,
        subject=("vendor_profiles", profile.id),
        severity=NotificationType.WARNING,
    )
    return done


def _end_subscription(session: Session, vendor_id: uuid.UUID, why: str, acting: Acting) -> uuid.UUID | None:
    """End the subscription that runs, if there is one; nothing is given for the rest of its period."""
    subscription = session.scalars(
        sa.select(Subscription)
        .where(Subscription.vendor_id == vendor_id, Subscription.status != SubscriptionStatus.EXPIRED)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if subscription is None:
        return None
    change.terminate(session, subscription, Settlement.SKIP, reason=why, now=now(), acting=acting)
    return subscription.id
