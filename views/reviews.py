"""Reviews of products: moderated by admins, read by vendors."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.permissions import Role
from models import Product, ProductReview
from views.access import Access, Entity
from views.asked import by_currency
from views.listing.search import through

_DETAIL = ("product_id", "rating", "title", "content", "images", "is_verified_purchase", "status", "vendor_response",
           "responded_at", "created_at")  # fmt: skip

_CURRENCY = by_currency(
    lambda code: sa.exists().where(Product.id == ProductReview.product_id, Product.currency == code)
)

ENTITY = Entity(
    noun="reviews",
    model=ProductReview,
    label="Reviews",
    singular="Review",
    note="product_id",
    group="Catalogue",
    search=(through(ProductReview.product_id, Product.sku),),
    access={
        Role.ADMIN: Access(
            columns=("title", "product_id", "user_id", "rating", "is_verified_purchase", "status", "created_at"),
            detail=(*_DETAIL, "responded_by", "user_id", "order_item_id", "rejection_reason", "moderation_note",
                    "moderated_by",
                    "moderated_at"),
            filters=("status", "product_id", "user_id", "created_at"),
            asked=(_CURRENCY,),
            history=True,
        ),
        Role.VENDOR: Access(
            columns=("title", "product_id", "rating", "is_verified_purchase", "status", "created_at", "responded_at"),
            detail=_DETAIL,
            filters=("status", "product_id", "created_at"),
            asked=(_CURRENCY,),
        ),
    },
)  # fmt: skip
