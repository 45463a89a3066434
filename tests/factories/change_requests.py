"""Changes of reviewed products, and decisions of moderators."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from models import ModerationDecision, Product, ProductChangeRequest, User
from models.base import uuid7
from models.moderation_decision import ModerationVerdict
from models.product import ProductStatus
from tests.factories.products import make_product
from tests.factories.users import make_user


def make_change_request(session: Session, *, product: Product | None = None, **values: Any) -> ProductChangeRequest:
    """Another name for a product that is in the shop; it waits for review."""
    product = product or make_product(session, status=ProductStatus.ACTIVE)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "product_id": product.id,
        "vendor_id": product.vendor_id,
        "content_version": product.content_version,
        "proposed": {"name": f"{product.name} II"},
        "former": {"name": product.name},
    }
    request = ProductChangeRequest(**(defaults | values))
    session.add(request)
    session.flush()
    return request


def make_decision(session: Session, *, product: Product, by: User | None = None, **values: Any) -> ModerationDecision:
    """An approval of a product."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "entity": "products",
        "entity_id": product.id,
        "vendor_id": product.vendor_id,
        "verdict": ModerationVerdict.APPROVED,
        "seen_version": product.content_version,
        "decided_by": (by or make_user(session)).id,
    }
    decision = ModerationDecision(**(defaults | values))
    session.add(decision)
    session.flush()
    return decision
