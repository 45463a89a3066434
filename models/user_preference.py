"""How each person wants the pages."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.preferences import Density, Locale, Theme
from models.base import Base, enum_column, foreign_key


class UserPreference(Base):
    """One row a person who chose something; read with the session at every request."""

    __tablename__ = "user_preferences"

    user_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False, primary_key=True)
    #: An IANA name, checked against the list of the application, which grows with the world's decisions.
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC", server_default="UTC")
    locale: Mapped[Locale] = enum_column(Locale, default=Locale.EN)
    theme: Mapped[Theme] = enum_column(Theme, default=Theme.SYSTEM)
    density: Mapped[Density] = enum_column(Density, default=Density.COMFORTABLE)
