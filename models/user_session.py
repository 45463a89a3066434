"""Sessions of signed-in staff, and attempts to sign in."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import PII, SECRET, Base, HasId, foreign_key
from models.user import User


class UserSession(HasId, Base):
    """A reference token's digest; the row dies with sign-out, disabling and role change (U3)."""

    __tablename__ = "user_sessions"
    __table_args__ = (sa.UniqueConstraint("token_digest"),)

    user_id: Mapped[uuid.UUID] = foreign_key("users.id")
    token_digest: Mapped[str] = mapped_column(sa.String(64), info=SECRET)
    last_seen_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(sa.String(40))
    ip: Mapped[str | None] = mapped_column(INET, info=PII)
    user_agent: Mapped[str | None] = mapped_column(sa.String(300), info=PII)

    user: Mapped[User] = relationship(lazy="raise")


class SignInAttempt(HasId, Base):
    """One try to sign in, for the throttle per account and per address (U6)."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        sa.Index("ix_sign_in_attempts_email_created_at", "email", "created_at"),
        sa.Index("ix_sign_in_attempts_ip_created_at", "ip", "created_at"),
    )

    email: Mapped[str] = mapped_column(sa.String(254), info=PII)
    ip: Mapped[str | None] = mapped_column(INET, info=PII)
    user_id: Mapped[uuid.UUID | None] = foreign_key("users.id")
    succeeded: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
