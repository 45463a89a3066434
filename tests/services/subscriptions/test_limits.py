"""What a plan allows: products are refused, orders only told of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Chunk, Target
from backoffice.clock import now
from backoffice.jobs import sweeps
from backoffice.services import products
from backoffice.services.subscriptions import limits
from models import Notification, Product, Subscription, User
from models.order import OrderStatus
from models.product import ProductStatus
from models.subscription import SubscriptionStatus
from tests.factories import acting_for, make_order, make_plan, make_product, make_subscription, make_vendor


@pytest.fixture
def vendor(session: Session) -> User:
    """On a plan for two products and one order a month."""
    vendor = make_vendor(session)
    make_subscription(session, vendor=vendor, plan=make_plan(session, max_products=2, max_orders_per_month=1))
    return vendor


def drafts(session: Session, vendor: User, number: int) -> list[Product]:
    return [make_product(session, vendor=vendor, status=ProductStatus.DRAFT) for _ in range(number)]


class TestProducts:
    def test_as_many_as_the_plan_allows_are_taken_in(self, session: Session, vendor: User) -> None:
        """SUB-6: one is live, so one more fits; the first that was made."""
        live = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
        make_product(session, vendor=vendor, status=ProductStatus.REJECTED)
        first, second = drafts(session, vendor, 2)
        outcomes = products.submit(session, {first.id: None, second.id: None}, acting=acting_for(vendor))
        assert {one.id: (one.moved, one.refusal) for one in outcomes} == {
            first.id: (True, None),
            second.id: (False, limits.TOO_MANY),
        }
        assert live.status is ProductStatus.ACTIVE

    def test_live_products_stay_when_the_plan_shrinks(self, session: Session, vendor: User) -> None:
        """SUB-6: over the limit nothing is hidden; they may even be taken off the shop and listed again."""
        live = [make_product(session, vendor=vendor, status=ProductStatus.ACTIVE) for _ in range(3)]
        seen = {one.id: None for one in live}
        assert all(one.moved for one in products.deactivate(session, seen, acting=acting_for(vendor)))
        assert all(one.moved for one in products.activate(session, seen, acting=acting_for(vendor)))
        assert limits.too_many(session, [one.id for one in live], lock=False) == frozenset()

    @pytest.mark.parametrize("status", [SubscriptionStatus.SUSPENDED, SubscriptionStatus.EXPIRED])
    def test_a_suspension_does_not_lift_the_limit(
        self, session: Session, vendor: User, status: SubscriptionStatus
    ) -> None:
        """SUB-6: its end does, since no plan says any number then."""
        subscription = session.scalars(sa.select(Subscription)).one()
        subscription.suspended_at, subscription.status = now(), status
        session.flush()
        made = drafts(session, vendor, 3)
        over = limits.too_many(session, [one.id for one in made], lock=False)
        assert len(over) == (1 if status is SubscriptionStatus.SUSPENDED else 0)

    def test_the_dry_run_and_the_result_say_why(self, session: Session, vendor: User) -> None:
        """SUB-6: only what would otherwise have gone ahead is told so."""
        action, who = registry.get("product.submit"), acting_for(vendor)
        made = [*drafts(session, vendor, 3), make_product(session, vendor=vendor, status=ProductStatus.INACTIVE)]
        verdicts = action.plan(session, made, {}, who)
        assert [one.code for one in verdicts] == [None, "not_allowed", "not_allowed", "illegal_transition"]
        assert isinstance(action.run, Chunk)
        settled = action.run.run(session, [Target(id=one.id, version=None) for one in made[:2]], {}, who)
        assert [settled[one.id].message for one in made[:2]] == ["Submitted for review.", limits.TOO_MANY]


class TestOrders:
    def test_more_orders_are_told_once_a_month_and_none_is_refused(self, session: Session, vendor: User) -> None:
        """SUB-6: flags and upsells; a cancelled order does not count."""
        make_order(session, vendor=vendor)
        make_order(session, vendor=vendor, status=OrderStatus.CANCELLED, paid=False)
        sweeps.tell_subscribers(session)
        assert told(session) == []
        make_order(session, vendor=vendor)
        sweeps.tell_subscribers(session)
        sweeps.tell_subscribers(session)
        assert told(session) == ["2 orders this month; your plan is for 1. A larger one may pay."]

    def test_the_list_shows_who_is_over(self, session: Session, vendor: User) -> None:
        """SUB-6."""
        mine = session.scalars(sa.select(Subscription)).one()
        free = make_subscription(session, vendor=make_vendor(session))
        for _ in range(3):
            make_order(session, vendor=vendor)
        found = limits.remarks(session, [mine.id, free.id])
        assert found == {
            mine.id: ["3 products; the plan is for 2.", "3 orders this month; the plan is for 1."],
            free.id: [],
        }


def told(session: Session) -> list[str]:
    query = sa.select(Notification.message).where(
        Notification.event_key == "subscription.over_orders", Notification.channel == "in_app"
    )
    return list(session.scalars(query))
