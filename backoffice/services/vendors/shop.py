"""What is on sale: derived, and stored by no row, so that a suspended vendor comes back exactly as it was (VEN-1)."""

from __future__ import annotations

import sqlalchemy as sa

from models import Product, User
from models.product import ProductStatus
from models.user import UserStatus


def sellable() -> sa.ColumnElement[bool]:
    """Whether a product can be bought now: it is active, and so is its vendor."""
    return sa.and_(listed(), of_vendor(UserStatus.ACTIVE))


def listed() -> sa.ColumnElement[bool]:
    """Whether the vendor wants to sell a product and may, whatever became of the vendor."""
    return sa.and_(Product.status == ProductStatus.ACTIVE, Product.deleted_at.is_(None))


def of_vendor(*standing: UserStatus) -> sa.ColumnElement[bool]:
    """Whether the vendor of a product has one of these statuses."""
    return sa.exists().where(User.id == Product.vendor_id, User.status.in_(standing))
