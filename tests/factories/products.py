"""Categories, products and their reviews."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from models import Category, Product, ProductReview, User
from models.base import uuid7
from models.product import ProductStatus, RejectionReason
from models.product_review import ReviewRejectionReason, ReviewStatus
from tests.factories.users import make_user, make_vendor


def make_category(session: Session, **values: Any) -> Category:
    """A category at the root of the tree."""
    mark = uuid.uuid4().hex[:12]
    category = Category(**({"id": uuid7(), "name": f"Category {mark}", "slug": f"category-{mark}"} | values))
    session.add(category)
    session.flush()
    return category


def make_product(
    session: Session, *, vendor: User | None = None, category: Category | None = None, **values: Any
) -> Product:
    """A product waiting for review, unless `status` says otherwise; what the status demands is filled in."""
    mark = uuid.uuid4().hex[:12]
    status = values.setdefault("status", ProductStatus.PENDING)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "vendor_id": (vendor or make_vendor(session)).id,
        "category_id": (category or make_category(session)).id,
        "name": f"Product {mark}",
        "slug": f"product-{mark}",
        "sku": f"SKU-{mark}",
        "price": Decimal("10.00"),
        "currency": "USD",
        "stock_quantity": 10,
    }
    if status in {ProductStatus.ACTIVE, ProductStatus.INACTIVE}:
        defaults["published_at"] = now()
    if status is ProductStatus.REJECTED:
        defaults["rejection_reason"] = RejectionReason.INCOMPLETE
    product = Product(**(defaults | values))
    session.add(product)
    session.flush()
    return product


def make_review(
    session: Session, *, product: Product | None = None, user: User | None = None, **values: Any
) -> ProductReview:
    """A review of four stars waiting for moderation."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "product_id": (product or make_product(session, status=ProductStatus.ACTIVE)).id,
        "user_id": (user or make_user(session, Role.CUSTOMER)).id,
        "rating": 4,
        "title": "Does what it should",
    }
    if values.get("status") is ReviewStatus.REJECTED:
        defaults["rejection_reason"] = ReviewRejectionReason.SPAM
    review = ProductReview(**(defaults | values))
    session.add(review)
    session.flush()
    return review
