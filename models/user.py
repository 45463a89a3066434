"""People: staff of the four roles, and customers, who are data subjects and never sign in."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import Status, Tone
from backoffice.permissions import Role
from models.base import PII, SECRET, Base, HasDeletedAt, HasId, HasVersion, check, enum_column


class UserStatus(Status):
    """Whether a user may work here (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"active": "AS", "inactive": "A"}
    ACTIVE = "active", "Active", Tone.SUCCESS, {"inactive": "AVLF", "suspended": "AS"}
    INACTIVE = "inactive", "Inactive", Tone.NEUTRAL, {"active": "A"}
    SUSPENDED = "suspended", "Suspended", Tone.DANGER, {"active": "A", "inactive": "A"}


class User(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `USERS`. E-mail is stored in lower case and is unique among users that are not deleted."""

    __tablename__ = "users"
    __table_args__ = (
        check("email_lower", "email = lower(email)"),
        check("email_format", r"email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'"),
        check(
            "staff_has_password",
            "role = 'customer' OR password_hash IS NOT NULL OR status IN ('pending', 'inactive')",
        ),
        sa.Index("uq_users_email", "email", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        sa.Index("ix_users_created_at_id", "created_at", "id"),
        sa.Index("ix_users_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_users_role_status", "role", "status"),
    )

    email: Mapped[str] = mapped_column(sa.String(254), info=PII)
    password_hash: Mapped[str | None] = mapped_column(sa.String(255), info=SECRET)
    first_name: Mapped[str] = mapped_column(sa.String(100), info=PII)
    last_name: Mapped[str] = mapped_column(sa.String(100), info=PII)
    phone: Mapped[str | None] = mapped_column(sa.String(32), info=PII)
    role: Mapped[Role] = enum_column(Role)
    status: Mapped[UserStatus] = enum_column(UserStatus, default=UserStatus.PENDING)
    avatar_url: Mapped[str | None] = mapped_column(sa.String(500), info=PII)
    last_login: Mapped[dt.datetime | None]
    email_verified: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    #: SHA-256 digests, never the tokens themselves (data model C1.6).
    verification_token: Mapped[str | None] = mapped_column(sa.String(64), info=SECRET)
    reset_token: Mapped[str | None] = mapped_column(sa.String(64), info=SECRET)
    reset_token_expires: Mapped[dt.datetime | None]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    def __str__(self) -> str:
        return self.name
