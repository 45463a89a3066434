"""What vendors answer to reviews, and taking an answer down."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import review_responses
from models import Notification, ProductReview, User
from models.product import ProductStatus
from models.product_review import ReviewStatus
from tests.factories import acting_for, make_product, make_review, make_user, make_vendor


@pytest.fixture
def vendor(session: Session) -> User:
    return make_vendor(session)


@pytest.fixture
def review(session: Session, vendor: User) -> ProductReview:
    """A published review of a product of the vendor."""
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
    return make_review(session, product=product, status=ReviewStatus.APPROVED)


def test_a_vendor_answers_and_answers_anew(session: Session, review: ProductReview, vendor: User) -> None:
    acting = acting_for(vendor)
    review_responses.respond(session, review, text="  Thank you. ", acting=acting)
    session.refresh(review)
    assert (review.vendor_response, review.responded_by) == ("Thank you.", vendor.id)
    review_responses.respond(session, review, text="Thank you very much.", acting=acting)
    session.refresh(review)
    assert review.vendor_response == "Thank you very much."
    assert review.status is ReviewStatus.APPROVED


def test_nobody_else_answers(session: Session, review: ProductReview) -> None:
    """ACC-1, RVW-1: another vendor finds nothing; an admin moderates and does not answer."""
    with pytest.raises(NotFoundError):
        review_responses.respond(session, review, text="Ours is better.", acting=acting_for(make_vendor(session)))
    for role in (Role.ADMIN, Role.FINANCE, Role.LOGISTICS):
        with pytest.raises(ForbiddenError):
            review_responses.respond(session, review, text="Hello", acting=acting_for(make_user(session, role)))
    assert review.vendor_response is None


@pytest.mark.parametrize("status", [ReviewStatus.PENDING, ReviewStatus.REJECTED])
def test_what_nobody_reads_is_not_answered(session: Session, vendor: User, status: ReviewStatus) -> None:
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE)
    hidden = make_review(session, product=product, status=status)
    with pytest.raises(DomainError, match="that the shop shows"):
        review_responses.respond(session, hidden, text="Thank you.", acting=acting_for(vendor))


def test_an_empty_answer_is_none(session: Session, review: ProductReview, vendor: User) -> None:
    with pytest.raises(InvalidInputError):
        review_responses.respond(session, review, text=" \n ", acting=acting_for(vendor))


def test_an_admin_takes_an_answer_down(session: Session, review: ProductReview, vendor: User) -> None:
    """The vendor reads why; the review stays."""
    admin = acting_for(make_user(session))
    review_responses.respond(session, review, text="You lie.", acting=acting_for(vendor))
    with pytest.raises(ForbiddenError):
        review_responses.take_down(session, review, reason="Rude.", acting=acting_for(vendor))
    review_responses.take_down(session, review, reason="Rude.", acting=admin)
    session.refresh(review)
    assert (review.vendor_response, review.responded_by, review.responded_at) == (None, None, None)
    assert review.status is ReviewStatus.APPROVED
    told = session.execute(sa.select(Notification.user_id, Notification.message)).all()
    assert [tuple(one) for one in told] == [(vendor.id, "Rude.")]
    with pytest.raises(DomainError, match="has not answered"):
        review_responses.take_down(session, review, reason="Again.", acting=admin)
