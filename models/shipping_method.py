"""Ways to ship, with their rates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Amount, Base, Currency, HasDeletedAt, HasId, HasVersion, check
from models.schemas import COVERAGE, written_as


class ShippingMethod(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `SHIPPING_METHODS`. Rates are in `currency`: base + per kg + per item."""

    __tablename__ = "shipping_methods"
    __table_args__ = (
        check("rates_not_negative", "least(base_rate, per_kg_rate, per_item_rate) >= 0"),
        check("days_in_order", "estimated_days_min BETWEEN 0 AND estimated_days_max"),
        sa.Index("ix_shipping_methods_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(sa.String(120))
    carrier: Mapped[str] = mapped_column(sa.String(60))
    service_type: Mapped[str] = mapped_column(sa.String(60))
    base_rate: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    per_kg_rate: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    per_item_rate: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    currency: Mapped[Currency]
    estimated_days_min: Mapped[int]
    estimated_days_max: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    coverage_areas: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=written_as(COVERAGE))

    def __str__(self) -> str:
        return self.name
