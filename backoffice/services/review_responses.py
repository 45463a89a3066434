"""What vendors answer to reviews of their products, and taking an answer down (RVW-1: they moderate none of them)."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.notifications import notify
from models import Product, ProductReview
from models.product_review import ReviewStatus

NOTHING_SAID: Final = "The vendor has not answered it."


def respond(session: Session, review: ProductReview, *, text: str, acting: Acting) -> None:
    """Answer a review (read locked) of an own product, or answer it anew; the audit log keeps what was there.

    Raises `NotFoundError` for a review of another vendor's product (ACC-1), `InvalidInputError` without a text, and
    `DomainError` for a review that the shop does not show.
    """
    require(acting, Permission.REVIEWS_RESPOND)
    if acting.vendor_id is None or acting.vendor_id != _vendor_of(session, review):
        raise NotFoundError
    if review.status is not ReviewStatus.APPROVED:
        raise DomainError("Only a review that the shop shows is answered.", code="not_shown")
    review.vendor_response = required_text(text, "Write the answer.", field="response")
    review.responded_by = require_person(acting)
    review.responded_at = NOW
    session.flush()


def take_down(session: Session, review: ProductReview, *, reason: str, acting: Acting) -> None:
    """Remove the vendor's answer from a review (read locked), and tell the vendor why.

    Raises `InvalidInputError` without a reason, and `DomainError` where there is no answer.
    """
    require(acting, Permission.REVIEWS_MODERATE, "Only admins moderate reviews.")
    why = required_text(reason, "Say why.", field="reason")
    if review.vendor_response is None:
        raise DomainError(NOTHING_SAID, code="no_response")
    review.vendor_response = review.responded_by = review.responded_at = None
    session.flush()
    notify(
        session,
        [_vendor_of(session, review)],
        event="review.response_removed",
        title="Your answer to a review was taken down",
        message=why,
        subject=("product_reviews", review.id),
    )


def _vendor_of(session: Session, review: ProductReview) -> uuid.UUID:
    return session.scalars(sa.select(Product.vendor_id).where(Product.id == review.product_id)).one()
