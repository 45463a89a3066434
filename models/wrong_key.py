"""Wrong keys at addresses that programs post to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from models.base import PII, Base, HasId


class WrongKey(HasId, Base):
    """One wrong key, for the throttle; what was tried is not kept. Nobody needs it after the throttle's window."""

    __tablename__ = "wrong_keys"
    __table_args__ = (sa.Index("ix_wrong_keys_created_at", "created_at"),)

    ip: Mapped[str | None] = mapped_column(INET, info=PII)
