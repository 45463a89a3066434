"""Reviews of products by customers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Base, HasId, HasVersion, check, enum_column, foreign_key
from models.product import Product
from models.user import User


class ReviewStatus(Status):
    """Moderation of a review (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"approved": "A", "rejected": "A"}
    APPROVED = "approved", "Approved", Tone.SUCCESS, {"rejected": "A", "pending": "S"}
    REJECTED = "rejected", "Rejected", Tone.DANGER, {"approved": "A", "pending": "S"}


class ReviewRejectionReason(LabelledEnum):
    """Why a review was rejected."""

    SPAM = "spam"
    OFFENSIVE = "offensive"
    OFF_TOPIC = "off_topic", "Off topic"
    FAKE = "fake", "Suspected fake"
    PERSONAL_DATA = "personal_data", "Contains personal data"
    OTHER = "other"


class ProductReview(HasId, HasVersion, Base):
    """ERD `PRODUCT_REVIEWS`. One review a product and customer; `is_verified_purchase` is computed (RVW-1).

    The vendor of the product may answer a review that the shop shows; the answer stands below it.
    """

    __tablename__ = "product_reviews"
    __table_args__ = (
        sa.UniqueConstraint("product_id", "user_id"),
        check("rating_range", "rating BETWEEN 1 AND 5"),
        check("rejected_has_reason", "status <> 'rejected' OR rejection_reason IS NOT NULL"),
        check("response_is_whole", "num_nulls(vendor_response, responded_by, responded_at) IN (0, 3)"),
        check("response_not_empty", "btrim(vendor_response) <> ''"),
        check("verified_has_item", "NOT is_verified_purchase OR order_item_id IS NOT NULL"),
        sa.Index("ix_product_reviews_created_at_id", "created_at", "id"),
        sa.Index("ix_product_reviews_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_product_reviews_user_id_status", "user_id", "status"),
    )

    product_id: Mapped[uuid.UUID] = foreign_key("products.id", index=False)
    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    rating: Mapped[int] = mapped_column(sa.SmallInteger)
    title: Mapped[str | None]
    content: Mapped[str | None]
    images: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_verified_purchase: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    status: Mapped[ReviewStatus] = enum_column(ReviewStatus, default=ReviewStatus.PENDING)
    order_item_id: Mapped[uuid.UUID | None] = foreign_key("order_items.id")
    moderated_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    moderated_at: Mapped[dt.datetime | None]
    moderation_note: Mapped[str | None]
    rejection_reason: Mapped[ReviewRejectionReason | None] = enum_column(ReviewRejectionReason, nullable=True)

    vendor_response: Mapped[str | None]
    responded_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    responded_at: Mapped[dt.datetime | None]

    product: Mapped[Product] = relationship(lazy="raise")
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="raise")

    def __str__(self) -> str:
        return self.title or f"Review {self.id}"
