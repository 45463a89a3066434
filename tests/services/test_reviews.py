"""Moderation of customer reviews."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import ForbiddenError
from backoffice.permissions import Role
from backoffice.services import reviews
from models import Notification, StatusHistory
from models.product import ProductStatus
from models.product_review import ReviewRejectionReason, ReviewStatus
from tests.factories import acting_for, make_product, make_review, make_user, make_vendor


def test_an_admin_approves_and_the_vendor_is_told_once(session: Session) -> None:
    """RVW-1: pending -> approved by A; one message a vendor."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    rows = [make_review(session, product=product) for _ in range(2)]
    admin = make_user(session)
    outcomes = reviews.approve(session, {row.id: row.version for row in rows}, acting=acting_for(admin))
    assert all(outcome.moved for outcome in outcomes)
    session.refresh(rows[0])
    assert (rows[0].status, rows[0].moderated_by) == (ReviewStatus.APPROVED, admin.id)
    told = session.scalars(sa.select(Notification)).all()
    assert [(note.user_id, note.message) for note in told] == [
        (product.vendor_id, "2 reviews of your products were published.")
    ]


def test_rejecting_keeps_the_note_inside(session: Session) -> None:
    """MOD-2: a reason code always; the internal note is neither in the history nor in a message."""
    review = make_review(session, status=ReviewStatus.APPROVED)
    reviews.reject(
        session,
        {review.id: None},
        reason=ReviewRejectionReason.FAKE,
        note="Same address as three others.",
        acting=acting_for(make_user(session)),
    )
    session.refresh(review)
    assert (review.status, review.rejection_reason) == (ReviewStatus.REJECTED, ReviewRejectionReason.FAKE)
    assert review.moderation_note == "Same address as three others."
    reasons = session.scalars(sa.select(StatusHistory.reason).where(StatusHistory.entity_id == review.id)).all()
    assert reasons == ["Suspected fake"]
    assert session.scalars(sa.select(Notification.message)).all() == ["1 review of your products was taken down."]


def test_an_appeal_brings_a_rejected_review_back(session: Session) -> None:
    """B12: rejected -> approved (A, appeal)."""
    review = make_review(session, status=ReviewStatus.REJECTED)
    [outcome] = reviews.approve(session, {review.id: None}, acting=acting_for(make_user(session)))
    session.refresh(review)
    assert outcome.moved
    assert review.rejection_reason is None


@pytest.mark.parametrize("role", [Role.VENDOR, Role.FINANCE, Role.LOGISTICS])
def test_nobody_but_admins_moderates_reviews(session: Session, role: Role) -> None:
    """RVW-1: a vendor cannot moderate reviews of own products, nor can other staff."""
    vendor = make_vendor(session)
    review = make_review(session, product=make_product(session, vendor=vendor, status=ProductStatus.ACTIVE))
    who = acting_for(vendor if role is Role.VENDOR else make_user(session, role))
    with pytest.raises(ForbiddenError, match="Only admins"):
        reviews.approve(session, {review.id: None}, acting=who)
    with pytest.raises(ForbiddenError, match="Only admins"):
        reviews.reject(session, {review.id: None}, reason=ReviewRejectionReason.SPAM, acting=who)


def test_a_review_changed_since_is_left_alone(session: Session) -> None:
    """MOD-1: the author edited it meanwhile."""
    review = make_review(session)
    review.title = "Now with an advertisement"
    session.flush()
    [outcome] = reviews.approve(session, {review.id: 1}, acting=acting_for(make_user(session)))
    assert (outcome.moved, outcome.fresh) == (False, False)
