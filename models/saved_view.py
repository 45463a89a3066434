"""What people keep of lists: views with a name, and how each person likes a list."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from backoffice.permissions import Role
from models.base import PII, Base, HasId, HasVersion, check, enum_column, foreign_key


class ViewVisibility(LabelledEnum):
    """Who sees a saved view."""

    PRIVATE = "private", "Only me"
    ROLE = "role", "Everybody in this panel"


class SavedView(HasId, HasVersion, Base):
    """A list as somebody wants to see it again: filters, order and columns under a name.

    Vendors share nothing, because what one filters by is no business of another's (ACC-1).
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "panel", "noun", "name"),
        check("name_not_empty", "name <> ''"),
        check("position_not_negative", "position >= 0"),
        check("default_is_shared", "NOT is_default OR visibility = 'role'"),
        check("vendors_share_nothing", "panel <> 'vendor' OR visibility = 'private'"),
        sa.Index("ix_saved_views_panel_noun", "panel", "noun"),
        sa.Index("uq_saved_views_default", "panel", "noun", unique=True, postgresql_where=sa.text("is_default")),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    noun: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(80))
    #: Filters and search as the address has them; somebody may have searched for a person.
    query: Mapped[str] = mapped_column(default="", server_default="", info=PII)
    #: Keys of columns in order; None for the list's own.
    columns: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    sort: Mapped[str | None] = mapped_column(sa.String(64))
    visibility: Mapped[ViewVisibility] = enum_column(ViewVisibility, default=ViewVisibility.PRIVATE)
    #: Opened when somebody of the panel opens the list.
    is_default: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: Shown in the menu, below the list.
    pinned: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    position: Mapped[int] = mapped_column(default=0, server_default="0")

    def __str__(self) -> str:
        return self.name


class ListPreference(HasId, Base):
    """Columns, order and page size of one list as one person likes them."""

    __tablename__ = "list_preferences"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "panel", "noun"),
        check("size_offered", "size IN (20, 50, 100)"),
    )

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    panel: Mapped[Role] = enum_column(Role)
    noun: Mapped[str] = mapped_column(sa.String(40))
    columns: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    sort: Mapped[str | None] = mapped_column(sa.String(64))
    size: Mapped[int | None]
