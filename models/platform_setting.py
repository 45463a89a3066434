"""Business settings, editable in the back-office; their names, types and defaults are in `services.settings`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.enums import LabelledEnum
from models.base import Base, HasId, HasVersion, check, enum_column


class SettingType(LabelledEnum):
    """How the JSON value is to be read."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json", "JSON"


class PlatformSetting(HasId, HasVersion, Base):
    """ERD `PLATFORM_SETTINGS`. Secrets are never settings."""

    __tablename__ = "platform_settings"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        check("key_format", r"key ~ '^[a-z_]+(\.[a-z_]+)+$'"),
        check(
            "value_has_type",
            "(type = 'json') OR (type = jsonb_typeof(value))",
        ),
        sa.Index("ix_platform_settings_created_at_id", "created_at", "id"),
    )

    key: Mapped[str] = mapped_column(sa.String(80))
    value: Mapped[Any] = mapped_column(JSONB(none_as_null=False))
    description: Mapped[str | None]
    type: Mapped[SettingType] = enum_column(SettingType)

    def __str__(self) -> str:
        return self.key
