"""The preview of a decision about a vendor, and what it does, on the demo marketplace (VEN-1)."""

from __future__ import annotations

from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Each
from backoffice.permissions import Role
from backoffice.services import user_sessions
from models import Base, Payout, Subscription, User, VendorDecision, VendorProfile
from models.payout import PayoutStatus
from models.subscription import SubscriptionStatus
from models.user import UserStatus

#: What a suspension touches, or must leave alone.
_AFFECTED: Final = (
    "disputes", "orders", "payout_items", "payouts", "product_change_requests", "products", "returns",
    "subscription_invoices", "subscriptions", "user_profiles", "users", "vendor_profiles", "vendor_requirements",
)  # fmt: skip
_NOTED: Final = {"updated_at", "version"}


def _snapshot(session: Session) -> dict[str, list[Any]]:
    """Every row of the affected tables, and the holds that run, without the counters of changes."""
    session.flush()
    found = {}
    for name in _AFFECTED:
        table = Base.metadata.tables[name]
        columns = [column for column in table.columns if column.name not in _NOTED]
        found[name] = session.execute(sa.select(*columns).order_by(table.c.id)).all()
    holds = Base.metadata.tables["payout_holds"]
    found["holds"] = session.execute(sa.select(holds).where(holds.c.released_at.is_(None)).order_by(holds.c.id)).all()
    return found


def _plan_and_run(
    session: Session, key: str, profile: VendorProfile, inputs: dict[str, str], acting: Acting
) -> tuple[str, str]:
    """What the dry run says, and the message that the operation keeps."""
    action = registry.get(key)
    assert isinstance(action.run, Each)
    (verdict,) = action.plan(session, [profile], inputs, acting)
    assert verdict.ok
    return verdict.message, action.run.run(session, profile, inputs, acting)


def _busiest(session: Session) -> VendorProfile:
    """An active vendor with a payout to come and a plan that runs."""
    return session.scalars(
        sa.select(VendorProfile)
        .join(User, User.id == VendorProfile.vendor_id)
        .where(
            User.status == UserStatus.ACTIVE,
            sa.exists().where(Payout.vendor_id == User.id, Payout.status == PayoutStatus.PENDING),
            sa.exists().where(Subscription.vendor_id == User.id, Subscription.status == SubscriptionStatus.ACTIVE),
        )
        .order_by(VendorProfile.id)
        .limit(1)
    ).one()


@pytest.mark.parametrize("subscription", ["keep", "pause"])
def test_the_preview_is_the_effect_and_all_comes_back(demo: Session, subscription: str) -> None:
    """VEN-1: the operation keeps the lines of the preview; reinstating restores exactly what was there."""
    admin = demo.scalars(sa.select(User).where(User.role == Role.ADMIN).order_by(User.id)).first()
    assert admin is not None
    acting = Acting(user_id=admin.id, role=admin.role, name=admin.name)
    profile = _busiest(demo)
    user_sessions.start(demo, demo.get_one(User, profile.vendor_id), acting=acting)
    before = _snapshot(demo)

    inputs = {"reason": "Complaints", "subscription": subscription}
    foretold, done = _plan_and_run(demo, "vendor.suspend", profile, inputs, acting)
    assert done.splitlines() == foretold.splitlines()
    lines = dict(line.split(": ", 1) for line in done.splitlines())
    assert lines["Sessions that end"] == "1"
    assert lines["Subscriptions that pause"].startswith("1 (" if subscription == "pause" else "0")
    for busy in ("Products no longer sold", "Open orders that continue", "Payouts held"):
        assert not lines[busy].startswith("0"), busy
    kept = demo.scalars(sa.select(VendorDecision).order_by(VendorDecision.id.desc())).first()
    assert kept is not None
    assert [one["label"] for one in kept.effects] == list(lines)
    assert _snapshot(demo) != before

    demo.refresh(profile)
    foretold, done = _plan_and_run(demo, "vendor.reinstate", profile, {"reason": "Settled"}, acting)
    assert done.splitlines() == foretold.splitlines()
    assert _snapshot(demo) == before
