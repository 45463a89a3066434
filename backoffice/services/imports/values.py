"""Values of attributes as JSON and back, by the type of the column, so that a worker needs no form."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from models.base import Base, EnumText


def model_of(table: str) -> type[Any]:
    """The entity that is stored in this table. Raises `KeyError`."""
    for mapper in Base.registry.mappers:
        if getattr(mapper.local_table, "name", None) == table:
            return mapper.class_
    raise KeyError(table)


def packed(value: Any) -> Any:
    """The value as JSON holds it."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, dt.datetime) else value


def unpacked(model: type[Any], name: str, value: Any) -> Any:
    """What `packed` was given for this attribute. Raises `KeyError` for one that the model has not."""
    kind = sa.inspect(model).column_attrs[name].columns[0].type
    if value is None:
        return None
    if isinstance(kind, EnumText):
        return kind.enum_class(value)
    if isinstance(kind, sa.Numeric):
        return Decimal(value)
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(value)
    return dt.datetime.fromisoformat(value) if isinstance(kind, sa.DateTime) else value
