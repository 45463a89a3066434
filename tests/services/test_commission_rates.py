"""Changing a commission rate: how many products it reaches, and who may."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import commission_rates
from backoffice.services.commission_rates import Effect, Holder
from models import PlatformSetting, Product, SubscriptionPlan, User, VendorProfile
from models.product import ProductStatus
from models.subscription import SubscriptionStatus
from tests.factories import (
    acting_for,
    make_category,
    make_plan,
    make_product,
    make_subscription,
    make_user,
    make_vendor,
)


class Shop:
    """One vendor on an 8 % plan with two products on sale, one of them with its own 5 %; another one without plan."""

    def __init__(self, session: Session) -> None:
        self.session, self.category = session, make_category(session)
        self.plan = make_plan(session)
        self.vendor, self.other = make_vendor(session), make_vendor(session)
        self.subscription = make_subscription(session, vendor=self.vendor, plan=self.plan)
        self.own = self.product(self.vendor, commission_rate_override=Decimal("0.05"))
        self.plain = self.product(self.vendor)
        self.product(self.other)
        self.product(self.vendor, status=ProductStatus.DRAFT)

    def product(self, vendor: User, **values: object) -> Product:
        defaults = {"status": ProductStatus.ACTIVE, "category": self.category}
        return make_product(self.session, vendor=vendor, **(defaults | values))

    def profile(self, vendor: User) -> VendorProfile:
        return self.session.scalars(sa.select(VendorProfile).where(VendorProfile.vendor_id == vendor.id)).one()

    def default(self) -> PlatformSetting:
        query = sa.select(PlatformSetting).where(PlatformSetting.key == commission_rates.DEFAULT)
        return self.session.scalars(query).one()

    def effect(self, holder: Holder, rate: str | None) -> tuple[int, int, int]:
        found = commission_rates.effect(self.session, holder, None if rate is None else Decimal(rate))
        return found.changing, found.keeping, found.shadowed


@pytest.fixture
def shop(session: Session) -> Shop:
    return Shop(session)


class TestEffect:
    def test_of_a_product(self, shop: Shop) -> None:
        """COM-9: what the next rule gives anyway is no change; a draft counts when it is on sale."""
        assert shop.effect(shop.plain, "0.07") == (1, 0, 0)
        assert shop.effect(shop.plain, "0.08") == (0, 0, 0)
        assert shop.effect(shop.own, None) == (1, 0, 0)
        shop.plain.status = ProductStatus.INACTIVE
        shop.session.flush()
        assert shop.effect(shop.plain, "0.07") == (0, 0, 0)

    def test_of_a_contract_that_hides_a_plan(self, shop: Shop) -> None:
        """COM-9: a catch-all that stands before a narrower rule is told, even where the number is the same."""
        profile = shop.profile(shop.vendor)
        assert shop.effect(profile, "0.2") == (1, 1, 1)
        assert shop.effect(profile, "0.08") == (0, 1, 1)
        assert shop.effect(profile, None) == (0, 1, 0)
        assert shop.effect(shop.profile(shop.other), "0.2") == (1, 0, 0)

    def test_of_a_plan(self, shop: Shop) -> None:
        """COM-9."""
        assert shop.effect(shop.plan, "0.2") == (1, 1, 0)
        shop.profile(shop.vendor).commission_rate = Decimal(0)
        shop.session.flush()
        assert shop.effect(shop.plan, "0.2") == (0, 2, 0)

    def test_of_the_default(self, shop: Shop) -> None:
        """COM-9, SUB-6: a vendor who is suspended is on the default, so its change reaches them."""
        assert shop.effect(shop.default(), "0.2") == (1, 2, 0)
        shop.subscription.suspended_at = now()
        shop.subscription.status = SubscriptionStatus.SUSPENDED
        shop.session.flush()
        assert shop.effect(shop.default(), "0.2") == (2, 1, 0)


class TestChange:
    def test_each_holder_keeps_its_new_rate(self, shop: Shop) -> None:
        """COM-9, COM-7: a fraction with six places."""
        admin = acting_for(make_user(shop.session))
        holders: list[Holder] = [shop.plain, shop.profile(shop.vendor), shop.plan, shop.default()]
        for holder in holders:
            found = commission_rates.change(shop.session, holder, Decimal("0.125"), acting=admin)
            assert isinstance(found, Effect)
            shop.session.refresh(holder)
            assert commission_rates.current(holder) == Decimal("0.125")
        assert shop.default().value == "0.125000"

    def test_product_and_contract_may_be_left_open(self, shop: Shop) -> None:
        """COM-1: then the next rule decides."""
        admin = acting_for(make_user(shop.session))
        commission_rates.change(shop.session, shop.own, None, acting=admin)
        commission_rates.change(shop.session, shop.profile(shop.vendor), None, acting=admin)
        assert (commission_rates.current(shop.own), shop.profile(shop.vendor).commission_rate) == (None, None)

    def test_plan_and_default_may_not(self, shop: Shop) -> None:
        admin = acting_for(make_user(shop.session))
        for holder in (shop.plan, shop.default()):
            with pytest.raises(InvalidInputError, match="left open"):
                commission_rates.change(shop.session, holder, None, acting=admin)

    def test_another_setting_is_no_rate(self, shop: Shop) -> None:
        other = shop.session.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == "tax.remitter")).one()
        with pytest.raises(DomainError, match="no commission rate"):
            commission_rates.change(shop.session, other, Decimal(0), acting=acting_for(make_user(shop.session)))

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.VENDOR, Role.LOGISTICS])
    def test_only_admins(self, shop: Shop, role: Role) -> None:
        with pytest.raises(ForbiddenError, match="Only admins"):
            commission_rates.change(
                shop.session, shop.plain, Decimal(0), acting=acting_for(make_user(shop.session, role))
            )
        assert isinstance(shop.plan, SubscriptionPlan)
