"""The tree of categories; a trigger refuses cycles and more than six levels."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasDeletedAt, HasId, HasVersion, check, foreign_key

MAX_DEPTH = 6


class Category(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `CATEGORIES`."""

    __tablename__ = "categories"
    __table_args__ = (
        sa.Index("uq_categories_name", "name", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        sa.Index("uq_categories_slug", "slug", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        check("not_own_parent", "parent_id <> id"),
        check("slug_format", "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"),
        sa.Index("ix_categories_sort_order_id", "sort_order", "id"),
    )

    name: Mapped[str] = mapped_column(sa.String(120))
    slug: Mapped[str] = mapped_column(sa.String(140))
    description: Mapped[str | None]
    image_url: Mapped[str | None] = mapped_column(sa.String(500))
    parent_id: Mapped[uuid.UUID | None] = foreign_key("categories.id")
    sort_order: Mapped[int] = mapped_column(default=0, server_default="0")
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())

    parent: Mapped[Category | None] = relationship(remote_side="Category.id", lazy="raise")

    def __str__(self) -> str:
        return self.name
