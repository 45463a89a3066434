"""Decisions about changes, and what is kept of every decision (MOD-1, MOD-2)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import products, reviews
from backoffice.services.change_requests import decide
from models import ModerationDecision, Notification, Product, ProductChangeRequest, StatusHistory, User
from models.change_request import ChangeRequestStatus
from models.product import ProductStatus, RejectionReason
from models.product_review import ReviewRejectionReason
from tests.factories import acting_for, make_change_request, make_product, make_review, make_user, make_vendor


def product_of(session: Session, request: ProductChangeRequest) -> Product:
    return session.get_one(Product, request.product_id, populate_existing=True)


def kept(session: Session) -> list[ModerationDecision]:
    return list(session.scalars(sa.select(ModerationDecision).order_by(ModerationDecision.id)))


def test_approving_changes_the_product_and_pins_what_was_seen(session: Session) -> None:
    """MOD-1: the product has the proposed values, counted as reviewed, and the vendor is told."""
    product = make_product(session, status=ProductStatus.ACTIVE, price=Decimal("10.00"))
    proposed = {"price": "25.00", "images": ["https://example.com/a.jpg"], "specifications": {"colour": "red"}}
    request = make_change_request(session, product=product, proposed=proposed)
    admin = make_user(session)
    [outcome] = decide.confirm(session, {request.id: 1}, acting=acting_for(admin))
    assert outcome.moved
    after = product_of(session, request)
    assert (after.price, after.images, after.specifications) == (
        Decimal(25),
        proposed["images"],
        proposed["specifications"],
    )
    assert (after.reviewed_by, after.reviewed_version, after.content_version) == (admin.id, 2, 2)
    session.refresh(request)
    assert (request.status, request.decided_by) == (ChangeRequestStatus.CONFIRMED, admin.id)
    [decision] = kept(session)
    assert (decision.entity, decision.entity_id, decision.seen_version) == ("product_change_requests", request.id, 1)
    assert (decision.verdict, decision.decided_by, decision.rule) == ("approved", admin.id, None)
    told = session.scalars(sa.select(Notification).filter_by(user_id=product.vendor_id)).one()
    assert told.event_key == "product.change_confirmed"
    step = session.scalars(sa.select(StatusHistory).filter_by(entity_id=request.id)).one()
    assert (step.from_status, step.to_status, step.actor) == ("pending", "confirmed", "A")


@pytest.mark.parametrize("who", ["vendor", "admin"])
def test_a_request_or_product_edited_since_is_not_approved(session: Session, who: str) -> None:
    """MOD-1: the vendor changed the request, or an admin the product, after the moderator had looked."""
    request = make_change_request(session)
    if who == "vendor":
        request.proposed = {"name": "Another"}
    else:
        product_of(session, request).description = "Written by an admin."
    session.flush()
    [outcome] = decide.confirm(session, {request.id: 1}, acting=acting_for(make_user(session)))
    assert (outcome.moved, outcome.fresh) == (False, False)
    session.refresh(request)
    assert (request.status, request.version) == (ChangeRequestStatus.PENDING, 2)
    assert request.content_version == product_of(session, request).content_version
    assert kept(session) == []


def test_a_sale_does_not_void_what_was_seen(session: Session) -> None:
    """MOD-1: stock is not content."""
    request = make_change_request(session)
    product_of(session, request).stock_quantity -= 1
    session.flush()
    [outcome] = decide.confirm(session, {request.id: 1}, acting=acting_for(make_user(session)))
    assert outcome.moved


@pytest.mark.parametrize("verb", ["decline", "ask_for_changes"])
def test_turning_down_needs_words_for_the_vendor(session: Session, verb: str) -> None:
    """MOD-2: reason code and message to the vendor, internal note apart."""
    request = make_change_request(session)
    turn_down, admin = getattr(decide, verb), acting_for(make_user(session))
    with pytest.raises(InvalidInputError, match="Tell the vendor why"):
        turn_down(session, {request.id: 1}, reason=RejectionReason.PRICING, message=" ", acting=admin)
    turn_down(
        session, {request.id: 1}, reason=RejectionReason.PRICING, message=" Too dear. ", note="Look again", acting=admin
    )
    session.refresh(request)
    assert (request.reason, request.message) == (RejectionReason.PRICING, "Too dear.")
    assert request.status in {ChangeRequestStatus.DECLINED, ChangeRequestStatus.CHANGES_REQUESTED}
    [decision] = kept(session)
    assert (decision.reason, decision.message, decision.note) == ("pricing", "Too dear.", "Look again")
    told = session.scalars(sa.select(Notification).filter_by(user_id=request.vendor_id)).one()
    assert "Too dear." in told.message
    assert "Look again" not in told.message
    assert (told.subject_type, told.subject_id) == ("products", request.product_id)


def test_nobody_decides_twice(session: Session) -> None:
    """B12: what was decided stays decided."""
    request = make_change_request(session)
    admin = acting_for(make_user(session))
    decide.confirm(session, {request.id: 1}, acting=admin)
    [again] = decide.decline(session, {request.id: None}, reason=RejectionReason.OTHER, message="No.", acting=admin)
    assert (again.moved, again.before) == (False, ChangeRequestStatus.CONFIRMED)
    assert len(kept(session)) == 1


def test_only_the_vendor_withdraws_and_only_own_ones(session: Session) -> None:
    """ACC-1, B12: withdrawing is the vendor's; one of another does not exist."""
    request = make_change_request(session)
    with pytest.raises(ForbiddenError):
        decide.cancel(session, {request.id: None}, acting=acting_for(make_user(session)))
    [foreign] = decide.cancel(session, {request.id: None}, acting=acting_for(make_vendor(session)))
    assert (foreign.moved, foreign.before) == (False, None)
    vendor = acting_for(session.get_one(User, request.vendor_id))
    [own] = decide.cancel(session, {request.id: None}, acting=vendor)
    assert own.moved


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LOGISTICS, Role.VENDOR])
def test_only_admins_decide(session: Session, role: Role) -> None:
    """B12."""
    request = make_change_request(session)
    somebody = acting_for(make_vendor(session) if role is Role.VENDOR else make_user(session, role))
    with pytest.raises(ForbiddenError):
        decide.confirm(session, {request.id: None}, acting=somebody)


def test_a_deleted_product_is_not_changed(session: Session) -> None:
    request = make_change_request(session)
    product_of(session, request).deleted_at = sa.func.now()
    session.flush()
    [outcome] = decide.confirm(session, {request.id: None}, acting=acting_for(make_user(session)))
    assert (outcome.moved, outcome.refusal) == (False, "The product was deleted.")


def test_decisions_about_products_and_reviews_are_kept_too(session: Session) -> None:
    """MOD-1, MOD-2: with the version that was decided about, and who said what to whom."""
    admin = make_user(session)
    acting: Acting = acting_for(admin)
    good, bad = make_product(session), make_product(session)
    live = make_product(session, status=ProductStatus.ACTIVE)
    review = make_review(session, product=live)
    products.approve(session, {good.id: 1}, acting=acting)
    said = {"message": "No.", "note": "Known.", "acting": acting}
    products.reject(session, {bad.id: 1}, reason=RejectionReason.DUPLICATE, **said)
    reviews.reject(session, {review.id: 1}, reason=ReviewRejectionReason.SPAM, note="Bot", acting=acting)
    products.take_down(session, {live.id: 1}, reason=RejectionReason.PROHIBITED, **said)
    found = kept(session)
    assert [(one.entity_id, one.verdict, one.seen_version, one.reason, one.message, one.note) for one in found] == [
        (good.id, "approved", 1, None, None, None),
        (bad.id, "rejected", 1, "duplicate", "No.", "Known."),
        (review.id, "rejected", 1, "spam", None, "Bot"),
        (live.id, "taken_down", 1, "prohibited", "No.", "Known."),
    ]
    assert {one.decided_by for one in found} == {admin.id}
    assert found[2].vendor_id == live.vendor_id
