"""Terminating vendors (VEN-2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError
from backoffice.permissions import Role
from backoffice.services import users
from backoffice.services.constraints import refusal_for
from backoffice.services.vendors import suspension, termination
from models import Order, Product, Subscription, User, VendorDecision
from models.order import OrderStatus
from models.product import ProductStatus
from models.subscription import SubscriptionStatus
from models.user import UserStatus
from models.vendor_decision import VendorVerdict
from tests.factories import (
    accept_all,
    acting_for,
    make_dispute,
    make_invoice,
    make_order,
    make_product,
    make_subscription,
    make_user,
    make_vendor,
    profile_of,
)


@pytest.fixture
def acting(session: Session) -> Acting:
    return acting_for(make_user(session))


@pytest.fixture
def vendor(session: Session) -> User:
    return make_vendor(session)


def _terminate(session: Session, vendor: User, acting: Acting) -> list[str]:
    done = termination.terminate(session, profile_of(session, vendor), reason="Gone", acting=acting)
    return [str(one) for one in done]


def _open_order(session: Session, vendor: User) -> None:
    make_order(session, vendor=vendor)


def _cancelled_with_dispute(session: Session, vendor: User) -> None:
    make_dispute(session, order=make_order(session, vendor=vendor, paid=False, status=OrderStatus.CANCELLED))


def _unpaid_fee(session: Session, vendor: User) -> None:
    make_invoice(session, make_subscription(session, vendor=vendor))


@pytest.mark.parametrize(
    ("make", "named"),
    [(_open_order, "open orders: 1"), (_cancelled_with_dispute, "disputes: 1"), (_unpaid_fee, "unpaid plan fees: 1")],
)
def test_nothing_may_be_open(
    session: Session, vendor: User, acting: Acting, make: Callable[[Session, User], None], named: str
) -> None:
    """VEN-2: the sentence names what is still there."""
    make(session, vendor)
    with pytest.raises(DomainError, match=named):
        _terminate(session, vendor, acting)
    assert session.get_one(User, vendor.id).status is UserStatus.ACTIVE


def test_a_balance_of_either_sign_is_open(session: Session, vendor: User, acting: Acting) -> None:
    """VEN-2: the earnings of a delivered order are a balance until they are paid out."""
    order = make_order(session, vendor=vendor)
    session.execute(sa.update(Order).where(Order.id == order.id).values(status=OrderStatus.REFUNDED))
    with pytest.raises(DomainError, match="balances that are not zero: 1"):
        _terminate(session, vendor, acting)


@pytest.mark.parametrize("suspended", [True, False])
def test_ends_everything_for_good(session: Session, vendor: User, acting: Acting, *, suspended: bool) -> None:
    """VEN-2: irreversible in the application and in the database; the rows are kept."""
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
    subscription = make_subscription(session, vendor=vendor)
    accept_all(session, vendor)
    profile = profile_of(session, vendor)
    if suspended:
        suspension.suspend(session, profile, reason="Fakes", pauses=True, acting=acting)
    foretold = [str(one) for one in termination.foretell(session, profile)]
    assert _terminate(session, vendor, acting) == foretold
    assert session.get_one(User, vendor.id).status is UserStatus.INACTIVE
    assert session.get_one(Subscription, subscription.id).status is SubscriptionStatus.EXPIRED
    assert session.get_one(Product, product.id).status is ProductStatus.ACTIVE
    assert session.scalars(sa.select(VendorDecision.verdict).order_by(VendorDecision.id.desc())).first() is (
        VendorVerdict.TERMINATED
    )
    with pytest.raises(DomainError, match="terminated, which is for good"):
        users.activate(session, user_id=vendor.id, acting=acting)
    with pytest.raises(DomainError, match="terminated already"):
        _terminate(session, vendor, acting)
    for statement in ("UPDATE users SET status = 'active' WHERE id = :id",
                      "UPDATE vendor_profiles SET terminated_at = NULL WHERE vendor_id = :id"):  # fmt: skip
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            session.execute(sa.text(statement), {"id": vendor.id})
        assert refusal_for(refused.value).message == "A terminated vendor does not come back."


def test_only_admins(session: Session, vendor: User) -> None:
    """VEN-2."""
    for role in (Role.FINANCE, Role.VENDOR):
        with pytest.raises(ForbiddenError):
            _terminate(session, vendor, acting_for(make_user(session, role)))
