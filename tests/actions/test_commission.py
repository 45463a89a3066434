"""What the commission actions say before and after, and what may be typed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Each
from backoffice.actions.inputs import InvalidFormError, clean
from models import PlatformSetting, VendorProfile
from models.product import ProductStatus
from tests.factories import acting_for, make_product, make_subscription, make_user, make_vendor


def test_the_dry_run_says_what_changes(session: Session) -> None:
    """COM-9: numbers before, then the typed rate with all it does; the plan that a contract hides is flagged."""
    action, vendor = registry.get("commission.set_vendor_rate"), make_vendor(session)
    make_subscription(session, vendor=vendor)
    make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
    make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, commission_rate_override=0)
    profile = session.scalars(sa.select(VendorProfile).where(VendorProfile.vendor_id == vendor.id)).one()
    admin = acting_for(make_user(session))
    [first] = action.plan(session, [profile], {}, admin)
    assert first.message == "The rate is open. You see what changes before it does."
    [second] = action.plan(session, [profile], clean(action, {"percent": "12.5"}), admin)
    assert second.message == (
        "The rate is open and becomes 12.5 %. Active products whose commission changes: 1. Kept by a narrower rate: 1."
        " Careful: this hides the rate of the vendor's plan on 1 products."
    )
    assert profile.commission_rate is None
    assert isinstance(action.run, Each)
    told = action.run.run(session, profile, clean(action, {"percent": "12.5"}), admin)
    assert told == "Changed; active products whose commission changes: 1."
    [third] = action.plan(session, [profile], clean(action, {"percent": ""}), admin)
    assert third.message == (
        "The rate is 12.5 % and becomes open. Active products whose commission changes: 1. Kept by a narrower rate: 1."
    )


def test_other_settings_are_no_rates(session: Session) -> None:
    action = registry.get("commission.set_default_rate")
    setting = session.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == "tax.remitter")).one()
    [verdict] = action.plan(session, [setting], {}, acting_for(make_user(session)))
    assert (verdict.ok, verdict.code) == (False, "no_rate")


@pytest.mark.parametrize("typed", ["-1", "100.01", "1.00001", "NaN", "ten"])
def test_what_is_no_percentage_is_refused(typed: str) -> None:
    """COM-7: from 0 to 100 with four decimals."""
    with pytest.raises(InvalidFormError):
        clean(registry.get("commission.set_product_rate"), {"percent": typed})


def test_a_plan_needs_a_rate() -> None:
    with pytest.raises(InvalidFormError, match="Write a rate"):
        clean(registry.get("commission.set_plan_rate"), {"percent": ""})
