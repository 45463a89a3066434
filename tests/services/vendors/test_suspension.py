"""Suspending and reinstating vendors (VEN-1)."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import disputes, user_sessions
from backoffice.services.constraints import refusal_for
from backoffice.services.notifications import notify
from backoffice.services.vendors import shop, suspension
from models import Dispute, Notification, Order, PayoutHold, Product, Subscription, User, UserSession, VendorDecision
from models.dispute import DisputeStatus
from models.order import OrderStatus
from models.payout import HoldSource
from models.product import ProductStatus
from models.subscription import SubscriptionStatus
from models.user import UserStatus
from models.vendor_requirement import RequirementKind, RequirementStatus
from tests.factories import (
    accept_all,
    acting_for,
    make_dispute,
    make_order,
    make_product,
    make_subscription,
    make_user,
    make_vendor,
    profile_of,
    requirement_of,
)


@pytest.fixture
def acting(session: Session) -> Acting:
    return acting_for(make_user(session))


@pytest.fixture
def vendor(session: Session) -> User:
    return make_vendor(session)


def _suspend(session: Session, vendor: User, acting: Acting, *, pauses: bool = False) -> list[str]:
    done = suspension.suspend(session, profile_of(session, vendor), reason="Fakes", pauses=pauses, acting=acting)
    return [str(one) for one in done]


def _reinstate(session: Session, vendor: User, acting: Acting) -> list[str]:
    done = suspension.reinstate(session, profile_of(session, vendor), reason="Cleared up", acting=acting)
    return [str(one) for one in done]


def _sellable(session: Session, vendor: User) -> set[str]:
    return set(session.scalars(sa.select(Product.name).where(Product.vendor_id == vendor.id, shop.sellable())))


class TestSuspend:
    def test_nothing_is_sold_and_no_product_is_rewritten(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1: a derived predicate; dokan #1439 and #66 rewrote statuses."""
        for status in ProductStatus:
            make_product(session, vendor=vendor, status=status, name=status.value)
        assert _sellable(session, vendor) == {"active"}
        before = session.execute(sa.select(Product.id, Product.status, Product.version)).all()
        _suspend(session, vendor, acting)
        assert _sellable(session, vendor) == set()
        assert session.execute(sa.select(Product.id, Product.status, Product.version)).all() == before
        _reinstate(session, vendor, acting)
        assert _sellable(session, vendor) == {"active"}

    def test_new_orders_are_refused_and_open_ones_go_on(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1."""
        order = make_order(session, vendor=vendor)
        _suspend(session, vendor, acting)
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            make_order(session, vendor=vendor)
        assert refusal_for(refused.value).message == "This vendor is not active, so it gets no new orders."
        order.status = OrderStatus.PROCESSING
        session.flush()
        assert session.scalar(sa.select(Order.status).where(Order.id == order.id)) is OrderStatus.PROCESSING
        told = sa.select(Notification.message).where(Notification.event_key == "vendor.orders_left")
        assert "Orders to ship or cancel: 1" in session.scalars(told).all()[0]

    def test_payouts_are_held_by_the_admin(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1, PAY-12."""
        _suspend(session, vendor, acting)
        hold = session.scalars(sa.select(PayoutHold).where(PayoutHold.vendor_id == vendor.id)).one()
        assert (hold.source, hold.placed_by, hold.released_at) == (HoldSource.ADMIN, acting.user_id, None)

    def test_sessions_end(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1."""
        token = user_sessions.start(session, vendor, acting=acting_for(vendor))
        assert "Sessions that end: 1" in _suspend(session, vendor, acting)
        assert user_sessions.find(session, token, acting_for(vendor)) is None
        assert session.scalars(sa.select(UserSession.revoked_at).where(UserSession.user_id == vendor.id)).one()

    def test_only_what_must_be_told_is_told(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1: mail stops except legal notices (multivendorx #629)."""
        product = make_product(session, vendor=vendor)
        _suspend(session, vendor, acting)
        for event in ("product.approved", "payout.settled"):
            notify(session, [vendor.id], event=event, title="T", message="M", subject=("products", product.id))
        told = sa.select(Notification.event_key).where(Notification.shown_to(vendor.id))
        assert set(session.scalars(told)) == {"vendor.suspended", "payout.settled"}

    def test_disputes_continue(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1."""
        dispute = make_dispute(session, order=make_order(session, vendor=vendor))
        assert any(line.startswith("Disputes that continue: 1") for line in _suspend(session, vendor, acting))
        assert acting.user_id is not None
        disputes.assign(session, dispute, assignee_id=acting.user_id, acting=acting)
        assert session.get_one(Dispute, dispute.id).status is DisputeStatus.IN_REVIEW

    @pytest.mark.parametrize("pauses", [True, False])
    def test_the_choice_about_the_subscription_is_kept(
        self, session: Session, vendor: User, acting: Acting, *, pauses: bool
    ) -> None:
        """VEN-1: it keeps running, or pauses and comes back as it was, dunning and all."""
        unpaid = now() - dt.timedelta(days=2)
        subscription = make_subscription(session, vendor=vendor, unpaid_since=unpaid)
        columns = [column for column in Subscription.__table__.columns if column.name not in {"version", "updated_at"}]
        mine = sa.select(*columns).where(Subscription.id == subscription.id)
        before = session.execute(mine).one()
        _suspend(session, vendor, acting, pauses=pauses)
        wanted = SubscriptionStatus.SUSPENDED if pauses else SubscriptionStatus.ACTIVE
        assert session.scalar(sa.select(Subscription.status)) is wanted
        decision = session.scalars(sa.select(VendorDecision)).one()
        assert decision.subscription_id == (subscription.id if pauses else None)
        _reinstate(session, vendor, acting)
        assert session.execute(mine).one() == before

    def test_refusals(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1, STM-1: by nobody else, not without a reason, not twice."""
        for role in (Role.FINANCE, Role.VENDOR, Role.LOGISTICS):
            with pytest.raises(ForbiddenError):
                _suspend(session, vendor, acting_for(make_user(session, role)))
        with pytest.raises(InvalidInputError):
            suspension.suspend(session, profile_of(session, vendor), reason=" ", pauses=False, acting=acting)
        _suspend(session, vendor, acting)
        with pytest.raises(IllegalTransitionError):
            _suspend(session, vendor, acting)


class TestReinstate:
    def test_keeps_the_holds_of_others(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1, PAY-12: only the hold of the suspension ends."""
        other = PayoutHold(vendor_id=vendor.id, source=HoldSource.PROVIDER, reason="The bank asks.")
        session.add(other)
        session.flush()
        _suspend(session, vendor, acting)
        assert _reinstate(session, vendor, acting)[1] == "Payouts no longer held: 0"
        open_ones = session.scalars(sa.select(PayoutHold.id).where(PayoutHold.released_at.is_(None))).all()
        assert open_ones == [other.id]

    def test_a_vendor_still_to_correct_something_stays_out(
        self, session: Session, vendor: User, acting: Acting
    ) -> None:
        """VEN-3, Art. 30(3)."""
        accept_all(session, vendor)
        name = requirement_of(session, vendor, RequirementKind.LEGAL_NAME)
        name.status, name.refusal, name.due_at = RequirementStatus.REFUSED, "No", now() - dt.timedelta(days=1)
        session.flush()
        _suspend(session, vendor, acting)
        with pytest.raises(DomainError, match="Still to be corrected: Legal name"):
            _reinstate(session, vendor, acting)
        assert session.get_one(User, vendor.id).status is UserStatus.SUSPENDED

    def test_a_suspension_from_before_decisions_were_kept(self, session: Session, acting: Acting) -> None:
        """VEN-1: there is nothing but the status to take back."""
        vendor = make_vendor(session, status=UserStatus.SUSPENDED)
        make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
        assert _reinstate(session, vendor, acting)[0] == "Products sold again: 1"

    def test_refusals(self, session: Session, vendor: User, acting: Acting) -> None:
        """VEN-1: not by others, and not one who is not suspended."""
        with pytest.raises(IllegalTransitionError):
            _reinstate(session, vendor, acting)
        _suspend(session, vendor, acting)
        with pytest.raises(ForbiddenError):
            _reinstate(session, vendor, acting_for(make_user(session, Role.FINANCE)))
