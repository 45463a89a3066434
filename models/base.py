"""The declarative base, annotated column types, and mix-ins that every table shares.

House rules are in docs/architecture.md ("Tables"): UUIDv7 ids, timestamptz, statuses as text with a CHECK made from the
enum, amounts as NUMERIC(19,4) with an exponent CHECK, an integer row version raised by a trigger.
"""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from backoffice.enums import LabelledEnum, Status

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
E_ = TypeVar("E_", bound=StrEnum)
Json = Any

#: Tags in `Column.info`: personal data is logged as a keyed hash, a secret as a marker (AUD-1).
PII = {"pii": True}
SECRET = {"secret": True}


def uuid7() -> uuid.UUID:
    """A time-ordered UUID, version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits."""
    value = int.from_bytes(os.urandom(10), "big") | (int(time.time() * 1000) & ((1 << 48) - 1)) << 80
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


class EnumText(sa.types.TypeDecorator[StrEnum]):
    """An enum stored as its value in varchar; read back as the member."""

    impl = sa.String(32)
    cache_ok = True

    def __init__(self, enum_class: type[StrEnum]) -> None:
        super().__init__()
        self.enum_class = enum_class

    def process_bind_param(self, value: StrEnum | str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Refuse a value that is no member before the database does."""
        return None if value is None else self.enum_class(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:  # noqa: ARG002
        """The member."""
        return None if value is None else self.enum_class(value)

    @property
    def python_type(self) -> type[StrEnum]:
        """The enum."""
        return self.enum_class


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        dt.datetime: sa.DateTime(timezone=True),
        uuid.UUID: sa.Uuid(),
        Decimal: sa.Numeric(19, 4),
        str: sa.Text(),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
    }


UUID_DEFAULT = sa.text("uuid7()")
CreatedAt = Annotated[dt.datetime, mapped_column(server_default=sa.func.now())]
UpdatedAt = Annotated[dt.datetime, mapped_column(server_default=sa.func.now(), server_onupdate=sa.FetchedValue())]
Currency = Annotated[str, mapped_column(sa.String(3))]
Amount = Annotated[Decimal, mapped_column(sa.Numeric(19, 4))]
Rate = Annotated[Decimal, mapped_column(sa.Numeric(7, 6))]


class HasId:
    """A UUIDv7 primary key and the time of creation."""

    #: The sentinel lets many new rows be one INSERT: what it returns is told apart by the ids.
    id: Mapped[uuid.UUID] = mapped_column(
        primary_key=True, default=uuid7, server_default=UUID_DEFAULT, sort_order=-1, insert_sentinel=True
    )
    created_at: Mapped[CreatedAt]


class HasVersion:
    """`updated_at` and the row version, both written by a trigger; people who edit compare the version (I8)."""

    updated_at: Mapped[UpdatedAt]
    version: Mapped[int] = mapped_column(server_default="1", default=1, server_onupdate=sa.FetchedValue())


class HasDeletedAt:
    """Soft delete: hidden everywhere, kept for what refers to it. Never on financial, audit or message rows."""

    deleted_at: Mapped[dt.datetime | None]


def enum_column(enum_class: type[E_], *, default: E_ | None = None, **options: Any) -> MappedColumn[Any]:
    """A column for `enum_class`; its named CHECK is added by `models.constraints` from the enum's values."""
    if default is not None:
        options.setdefault("default", default)
        options.setdefault("server_default", default.value)
    return mapped_column(EnumText(enum_class), **options)


def foreign_key(target: str, **options: Any) -> MappedColumn[Any]:
    """A reference `table.column`, indexed, RESTRICT on delete."""
    options.setdefault("index", True)
    return mapped_column(sa.ForeignKey(target, ondelete="RESTRICT"), **options)


def check(name: str, text: str) -> sa.CheckConstraint:
    """A named CHECK; the naming convention makes it `ck_<table>_<name>`."""
    return sa.CheckConstraint(text, name=name)


__all__ = [
    "NAMES",
    "PII",
    "SECRET",
    "UUID_DEFAULT",
    "Amount",
    "Base",
    "CreatedAt",
    "Currency",
    "EnumText",
    "HasDeletedAt",
    "HasId",
    "HasVersion",
    "Json",
    "LabelledEnum",
    "Rate",
    "Status",
    "UpdatedAt",
    "check",
    "enum_column",
    "foreign_key",
    "uuid7",
]
