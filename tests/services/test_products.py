"""Moderation and sale of products."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import products
from models import Notification, Product, StatusHistory
from models.product import ProductStatus, RejectionReason
from tests.factories import acting_for, make_product, make_user, make_vendor


def reload(session: Session, product: Product) -> Product:
    session.refresh(product)
    return product


def history(session: Session, row_id: uuid.UUID) -> list[tuple[str | None, str, str]]:
    rows = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == row_id).order_by(StatusHistory.id))
    return [(row.from_status, row.to_status, row.actor) for row in rows]


def test_approving_pins_the_content_that_was_seen(session: Session) -> None:
    """MOD-1: approval records who, when and about which content_version."""
    admin, product = make_user(session), make_product(session)
    [outcome] = products.approve(session, {product.id: 1}, acting=acting_for(admin))
    assert outcome.moved
    reload(session, product)
    assert (product.status, product.reviewed_by, product.reviewed_version) == (ProductStatus.APPROVED, admin.id, 1)
    assert product.reviewed_at is not None
    assert history(session, product.id) == [("pending", "approved", "A")]


def test_a_product_edited_since_is_not_approved(session: Session) -> None:
    """MOD-1: the moderator saw version 1, the vendor changed the name, so nothing is approved."""
    product = make_product(session)
    product.name = "Something else entirely"
    session.flush()
    reload(session, product)
    assert product.content_version == 2
    [outcome] = products.approve(session, {product.id: 1}, acting=acting_for(make_user(session)))
    assert (outcome.moved, outcome.fresh) == (False, False)
    assert reload(session, product).status is ProductStatus.PENDING
    assert history(session, product.id) == []


def test_a_sale_does_not_void_a_review(session: Session) -> None:
    """MOD-1: stock is not content, so a moderator's version stays good while the product sells."""
    product = make_product(session)
    product.stock_quantity -= 1
    session.flush()
    [outcome] = products.approve(session, {product.id: 1}, acting=acting_for(make_user(session)))
    assert outcome.moved


def test_each_vendor_is_told_once_how_many(session: Session) -> None:
    """MOD-2: one message a vendor, however many products."""
    one, two = make_vendor(session), make_vendor(session)
    mine = [make_product(session, vendor=one) for _ in range(3)]
    other = make_product(session, vendor=two)
    products.approve(session, {row.id: None for row in [*mine, other]}, acting=acting_for(make_user(session)))
    told = session.execute(sa.select(Notification.user_id, Notification.message)).all()
    assert sorted(message for _, message in told) == [
        "3 of your products were approved.",
        "One of your products was approved.",
    ]
    assert {user for user, _ in told} == {one.id, two.id}


def test_rejecting_needs_a_message_for_the_vendor(session: Session) -> None:
    """MOD-2: a reason code alone is not enough."""
    product = make_product(session)
    with pytest.raises(InvalidInputError, match="Tell the vendor why"):
        products.reject(
            session,
            {product.id: 1},
            reason=RejectionReason.PRICING,
            message="  ",
            acting=acting_for(make_user(session)),
        )


def test_rejecting_tells_the_vendor_why(session: Session) -> None:
    """MOD-2: reason code in the row and the history, free text to the vendor."""
    product = make_product(session)
    products.reject(
        session,
        {product.id: 1},
        reason=RejectionReason.PRICING,
        message="Ten times the usual price.",
        acting=acting_for(make_user(session)),
    )
    reload(session, product)
    assert (product.status, product.rejection_reason) == (ProductStatus.REJECTED, RejectionReason.PRICING)
    assert product.rejection_message == "Ten times the usual price."
    told = session.scalars(sa.select(Notification).where(Notification.user_id == product.vendor_id)).one()
    assert told.message == "One of your products was rejected. Implausible price. Ten times the usual price."
    reasons = session.scalars(sa.select(StatusHistory.reason).where(StatusHistory.entity_id == product.id)).all()
    assert reasons == ["Implausible price"]


@pytest.mark.parametrize("status", sorted(products.REVIEWED))
def test_take_down_is_for_what_passed_review(session: Session, status: ProductStatus) -> None:
    """B12: approved, active, inactive -> rejected (A takedown, reason)."""
    product, pending = make_product(session, status=status), make_product(session)
    outcomes = products.take_down(
        session,
        {product.id: None, pending.id: None},
        reason=RejectionReason.COUNTERFEIT,
        message="A rights holder complained.",
        acting=acting_for(make_user(session)),
    )
    assert [outcome.moved for outcome in outcomes] == [True, False]
    assert reload(session, product).status is ProductStatus.REJECTED
    assert reload(session, pending).status is ProductStatus.PENDING


def test_published_at_is_set_on_first_activation_only(session: Session) -> None:
    """MOD-5."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.APPROVED)
    seller = acting_for(vendor)
    products.activate(session, {product.id: None}, acting=seller)
    first = reload(session, product).published_at
    assert first is not None
    session.execute(sa.update(Product).where(Product.id == product.id).values(published_at=first.replace(year=2020)))
    products.deactivate(session, {product.id: None}, acting=seller)
    products.activate(session, {product.id: None}, acting=seller)
    published = reload(session, product).published_at
    assert published is not None
    assert published.year == 2020


def test_a_vendor_submits_and_withdraws_own_products(session: Session) -> None:
    """B12: draft -> pending -> draft by V."""
    vendor = make_vendor(session)
    product = make_product(session, vendor=vendor, status=ProductStatus.DRAFT)
    products.submit(session, {product.id: None}, acting=acting_for(vendor))
    assert reload(session, product).status is ProductStatus.PENDING
    products.withdraw(session, {product.id: None}, acting=acting_for(vendor))
    assert history(session, product.id) == [("draft", "pending", "V"), ("pending", "draft", "V")]


def test_another_vendors_product_does_not_exist(session: Session) -> None:
    """ACC-1: a foreign id answers like a missing one, and nothing changes."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    missing = uuid.uuid4()
    outcomes = products.deactivate(session, {product.id: None, missing: None}, acting=acting_for(make_vendor(session)))
    assert [(outcome.moved, outcome.before) for outcome in outcomes] == [(False, None), (False, None)]
    assert reload(session, product).status is ProductStatus.ACTIVE


@pytest.mark.parametrize("role", [Role.VENDOR, Role.FINANCE, Role.LOGISTICS])
def test_only_admins_moderate(session: Session, role: Role) -> None:
    """B12: pending -> approved is for A alone."""
    product = make_product(session)
    with pytest.raises(ForbiddenError):
        products.approve(session, {product.id: None}, acting=acting_for(make_user(session, role)))


def test_an_admin_does_not_withdraw_for_the_vendor(session: Session) -> None:
    """B12: pending -> draft is for V alone."""
    product = make_product(session)
    with pytest.raises(ForbiddenError, match="Only the vendor"):
        products.withdraw(session, {product.id: None}, acting=acting_for(make_user(session)))


def test_ten_thousand_decisions_are_a_handful_of_statements(session: Session, engine: sa.Engine) -> None:
    """STM-1: the statements of a chunk do not depend on how many products are in it."""
    counts = []
    for number in (1, 40):
        seen = {make_product(session, vendor=make_vendor(session)).id: 1 for _ in range(number)}
        statements: list[str] = []

        def note(_c: object, _u: object, statement: str, *_: object, to: list[str] = statements) -> None:
            to.append(statement)

        admin = acting_for(make_user(session))
        sa.event.listen(engine, "before_cursor_execute", note)
        products.approve(session, seen, acting=admin)
        sa.event.remove(engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] == 3
