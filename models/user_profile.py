"""Business and legal facts of a user; exactly one row a user."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import PII, Base, HasDeletedAt, HasId, HasVersion, check, foreign_key
from models.schemas import FACTS, written_as
from models.user import User


class UserProfile(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `USER_PROFILES`. The address is the legal one; delivery addresses are `shipping_addresses`."""

    __tablename__ = "user_profiles"
    __table_args__ = (
        sa.UniqueConstraint("user_id"),
        check("country_format", "country ~ '^[A-Z]{2}$'"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    bio: Mapped[str | None] = mapped_column(info=PII)
    company_name: Mapped[str | None] = mapped_column(sa.String(200))
    website: Mapped[str | None] = mapped_column(sa.String(300))
    address_line1: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    address_line2: Mapped[str | None] = mapped_column(sa.String(200), info=PII)
    city: Mapped[str | None] = mapped_column(sa.String(100), info=PII)
    state: Mapped[str | None] = mapped_column(sa.String(100), info=PII)
    postal_code: Mapped[str | None] = mapped_column(sa.String(20), info=PII)
    country: Mapped[str | None] = mapped_column(sa.String(2))
    tax_id: Mapped[str | None] = mapped_column(sa.String(50), info=PII)
    business_license: Mapped[str | None] = mapped_column(sa.String(100), info=PII)
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata", info=PII | written_as(FACTS))

    user: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.company_name or f"Profile {self.id}"
