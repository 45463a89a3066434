"""Products: what vendors sell and admins moderate."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasDeletedAt, HasId, HasVersion, check, enum_column, foreign_key
from models.category import Category
from models.schemas import FACTS, PICTURES, written_as
from models.user import User


class ProductStatus(Status):
    """Moderation and sale (B12). Only `active` sells; `approved` has passed review and is not listed yet.

    The system approves what trusted vendors hand in (MOD-6).
    """

    DRAFT = "draft", "Draft", Tone.NEUTRAL, {"pending": "VA"}
    PENDING = "pending", "Pending review", Tone.WARNING, {"draft": "V", "approved": "AS", "rejected": "A"}
    APPROVED = "approved", "Approved", Tone.INFO, {"active": "VAS", "rejected": "A", "pending": "S"}
    REJECTED = "rejected", "Rejected", Tone.DANGER, {"draft": "V", "pending": "V"}
    ACTIVE = "active", "Active", Tone.SUCCESS, {"inactive": "VA", "rejected": "A"}
    INACTIVE = "inactive", "Inactive", Tone.NEUTRAL, {"active": "VA", "rejected": "A", "pending": "S"}


class ProductVisibility(LabelledEnum):
    """Who can find an active product in the shop."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNLISTED = "unlisted"


class RejectionReason(LabelledEnum):
    """Why a product was rejected or taken down (MOD-2)."""

    PROHIBITED = "prohibited", "Prohibited item"
    COUNTERFEIT = "counterfeit", "Suspected counterfeit"
    MISLEADING = "misleading", "Misleading description or images"
    INCOMPLETE = "incomplete", "Incomplete information"
    WRONG_CATEGORY = "wrong_category", "Wrong category"
    PRICING = "pricing", "Implausible price"
    DUPLICATE = "duplicate", "Duplicate listing"
    OTHER = "other", "Other"


#: A change of one of these asks for a new review (MOD-3); the others apply at once.
MATERIAL_FIELDS = ("name", "description", "short_description", "images", "category_id", "specifications", "price")

_SEARCH = (
    "setweight(to_tsvector('simple', coalesce(name, '')), 'A') || "
    "setweight(to_tsvector('simple', coalesce(short_description, '')), 'B') || "
    "setweight(to_tsvector('simple', coalesce(description, '')), 'C') || "
    "setweight(to_tsvector('simple', coalesce(sku, '')), 'D')"
)


class Product(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `PRODUCTS`. `content_version` rises on material edits only and is what moderation pins (MOD-1)."""

    __tablename__ = "products"
    __table_args__ = (
        sa.Index("uq_products_slug", "slug", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        sa.Index("uq_products_sku", "sku", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        check("name_not_empty", "name <> ''"),
        check("price_positive", "price > 0"),
        check("compare_price_positive", "compare_price > 0"),
        check("stock_not_negative", "stock_quantity >= 0 OR allows_backorder"),
        check("min_stock_not_negative", "min_stock_level >= 0"),
        check("measures_not_negative", "least(weight, length, width, height) >= 0"),
        check("rejected_has_reason", "status <> 'rejected' OR rejection_reason IS NOT NULL"),
        check("active_was_published", "status <> 'active' OR published_at IS NOT NULL"),
        check("commission_rate_range", "commission_rate_override BETWEEN 0 AND 1"),
        sa.Index("ix_products_created_at_id", "created_at", "id"),
        sa.Index("ix_products_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_products_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        # What a vendor has to correct.
        sa.Index(
            "ix_products_rejected",
            "vendor_id",
            "created_at",
            "id",
            postgresql_where=sa.text("status = 'rejected' AND deleted_at IS NULL"),
        ),
        sa.Index("ix_products_category_id_created_at_id", "category_id", "created_at", "id"),
        sa.Index("ix_products_price_id", "price", "id"),
        sa.Index("ix_products_name_id", "name", "id"),
        sa.Index("ix_products_stock_quantity_id", "stock_quantity", "id"),
        sa.Index("ix_products_search_vector", "search_vector", postgresql_using="gin"),
        sa.Index(
            "ix_products_pending",
            "created_at",
            "id",
            postgresql_where=sa.text("status = 'pending' AND deleted_at IS NULL"),
        ),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    category_id: Mapped[uuid.UUID] = foreign_key("categories.id", index=False)
    name: Mapped[str] = mapped_column(sa.String(200))
    slug: Mapped[str] = mapped_column(sa.String(240))
    description: Mapped[str | None]
    short_description: Mapped[str | None]
    price: Mapped[Amount]
    compare_price: Mapped[Decimal | None]
    currency: Mapped[Currency]
    sku: Mapped[str] = mapped_column(sa.String(64))
    stock_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    min_stock_level: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Whether orders take from `stock_quantity` at all (STK-5); a digital product never does.
    tracks_stock: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    #: Whether it may be sold below zero.
    allows_backorder: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    status: Mapped[ProductStatus] = enum_column(ProductStatus, default=ProductStatus.DRAFT)
    visibility: Mapped[ProductVisibility] = enum_column(ProductVisibility, default=ProductVisibility.PUBLIC)
    images: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True), info=written_as(PICTURES))
    specifications: Mapped[dict[str, Any] | None] = mapped_column(info=written_as(FACTS))
    #: Read-only projection of the variants, which get a table of their own later (data model C2.18).
    variants: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    weight: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 3))
    length: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 2))
    width: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 2))
    height: Mapped[Decimal | None] = mapped_column(sa.Numeric(12, 2))
    is_digital: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    requires_shipping: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    seo_meta: Mapped[dict[str, Any] | None] = mapped_column(info=written_as(FACTS))
    published_at: Mapped[dt.datetime | None]
    content_version: Mapped[int] = mapped_column(default=1, server_default="1", server_onupdate=sa.FetchedValue())
    #: Beats the vendor's and the plan's rate; null means "not set", 0 is a value (COM-1).
    commission_rate_override: Mapped[Decimal | None] = mapped_column(sa.Numeric(7, 6))
    reviewed_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    reviewed_at: Mapped[dt.datetime | None]
    #: The `content_version` that the last decision was about.
    reviewed_version: Mapped[int | None]
    rejection_reason: Mapped[RejectionReason | None] = enum_column(RejectionReason, nullable=True)
    #: What the vendor is told with a rejection.
    rejection_message: Mapped[str | None]
    search_vector: Mapped[Any] = mapped_column(TSVECTOR, sa.Computed(_SEARCH, persisted=True), deferred=True)

    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")
    category: Mapped[Category] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.name
