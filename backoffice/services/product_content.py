"""Which part of a product a moderator has agreed to (MOD-3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from models import Product
from models.product import MATERIAL_FIELDS, ProductStatus

#: Statuses in which the shop shows, or may at any moment show, what was reviewed (MOD-3).
REVIEWED: Final = frozenset({ProductStatus.APPROVED, ProductStatus.ACTIVE, ProductStatus.INACTIVE})
#: A vendor changes the price by this share at most without a new review (MOD-3).
SMALL_PRICE_CHANGE: Final = Decimal("0.30")


def to_review(product: Product, changed: Mapping[str, Any]) -> frozenset[str]:
    """The names among `changed`, new values by name, that a vendor may not change without a new review (MOD-3).

    None before the first review; a price counts beyond `SMALL_PRICE_CHANGE`.
    """
    if product.status not in REVIEWED:
        return frozenset()
    return frozenset(
        name
        for name, value in changed.items()
        if name in MATERIAL_FIELDS
        and value != getattr(product, name)
        and not (name == "price" and _is_small(product.price, value))
    )


def _is_small(price: Decimal, new: Decimal | None) -> bool:
    return new is not None and abs(new - price) <= price * SMALL_PRICE_CHANGE
