"""An admin who sees the panel of somebody else, to help them (ACC-4)."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, check, foreign_key
from models.user import User


class Impersonation(HasId, Base):
    """One time of viewing as somebody; it began when the row was made, by the database's clock."""

    __tablename__ = "impersonations"
    __table_args__ = (
        check("viewer_is_another", "viewer_id <> user_id"),
        check("an_hour_at_most", "expires_at > created_at AND expires_at <= created_at + interval '1 hour'"),
        check("ended_has_reason", "(ended_at IS NULL) = (ended_reason IS NULL)"),
        check("reason_is_given", "btrim(reason) <> ''"),
        sa.Index("ix_impersonations_created_at_id", "created_at", "id"),
        # One at a time in a session.
        sa.Index("uq_impersonations_open", "session_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")),
    )

    viewer_id: Mapped[uuid.UUID] = foreign_key("users.id")
    user_id: Mapped[uuid.UUID] = foreign_key("users.id")
    #: The viewer's session; no foreign key, because this outlives sessions.
    session_id: Mapped[uuid.UUID]
    reason: Mapped[str] = mapped_column(sa.String(500))
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(sa.String(40))

    viewer: Mapped[User] = relationship(foreign_keys="Impersonation.viewer_id", lazy="raise")
    user: Mapped[User] = relationship(foreign_keys="Impersonation.user_id", lazy="raise")
