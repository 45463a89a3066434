"""Columns of lists, record pages and exports: which SQL they need; made from the model where that says enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from models.base import Base, EnumText
from models.schemas import PICTURES
from views.labels import referred


class Kind(StrEnum):
    """How a value is shown."""

    TEXT = "text"
    LONG = "long"
    CODE = "code"
    ID = "id"
    EMAIL = "email"
    LINK = "link"
    ADDRESS = "address"
    MONEY = "money"
    NUMBER = "number"
    RATE = "rate"
    BOOL = "bool"
    TIME = "time"
    ENUM = "enum"
    REF = "ref"
    JSON = "json"
    PICTURES = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `parts` is what it selects: the value, then the currency of money or the label of a reference."""

    key: str
    label: str
    kind: Kind
    parts: tuple[Any, ...]
    target: type[Base] | None = None
    #: Whether it shows personal data, so that looking at a record is noted (ACC-3).
    personal: bool = False

    @property
    def numeric(self) -> bool:
        """Whether its values stand under each other, to the right."""
        return self.kind in {Kind.MONEY, Kind.NUMBER, Kind.RATE}


def attribute_column(model: type[Any], name: str) -> sa.Column[Any]:
    """The table column behind the mapped attribute `name`. Raises `KeyError` when there is none."""
    return sa.inspect(model).column_attrs[name].columns[0]


def referred_model(column: sa.Column[Any]) -> type[Any] | None:
    """The entity that `column` points at, when it is a foreign key."""
    for key in column.foreign_keys:
        table = key.column.table
        return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
    return None


def is_amount(column: sa.Column[Any]) -> bool:
    """Whether the column is money (MON-1), told apart from other numbers by its type."""
    return isinstance(column.type, sa.Numeric) and (column.type.precision, column.type.scale) == (19, 4)


_SPELLED = {
    "id": "ID",
    "api_version": "API version",
    "sku": "SKU",
    "product_sku": "Product SKU",
    "seo_meta": "SEO metadata",
    "tax_id": "Tax ID",
    "ip_address": "IP address",
    "ip": "IP address",
    "avatar_url": "Avatar URL",
    "image_url": "Image URL",
    "session_id": "Session ID",
    "entity_id": "Record ID",
    "request_id": "Request ID",
    "extra": "Metadata",
    "body": "Data",
}


def words(name: str) -> str:
    """`category_id` as people read it: `Category`."""
    text = name.removesuffix("_id").replace("_", " ")
    return _SPELLED.get(name) or text[:1].upper() + text[1:]


def column(model: type[Any], name: str, label: str | None = None) -> Column:
    """The column for an attribute of the model, its kind read from the type."""
    source = attribute_column(model, name)
    attribute = getattr(model, name)
    label = label or words(name)
    target = referred_model(source)
    parts: tuple[Any, ...] = (attribute,)
    kind = _kind(source)
    if target is not None:
        kind, parts = Kind.REF, (attribute, referred(attribute, target))
    elif is_amount(source) and hasattr(model, "currency"):
        kind, parts = Kind.MONEY, (attribute, model.currency)
    return Column(key=name, label=label, kind=kind, parts=parts, target=target, personal=is_personal(source))


def is_personal(column: sa.Column[Any]) -> bool:
    """Whether the model tags the column as personal data."""
    return bool(column.info.get("pii"))


def _kind(source: sa.Column[Any]) -> Kind:
    if isinstance(source.type, sa.Numeric) and source.type.scale == 6:
        return Kind.RATE
    if source.info.get("schema") is PICTURES:
        return Kind.PICTURES
    if isinstance(source.type, sa.String):
        return _text_kind(source)
    for types, kind in _KINDS:
        if isinstance(source.type, types):
            return kind
    return Kind.TEXT


def _text_kind(source: sa.Column[Any]) -> Kind:
    """What a text is: told by the name where names mean the same everywhere, else by its length."""
    if source.name in _NAMED:
        return _NAMED[source.name]
    if source.name.startswith("stripe_"):
        return Kind.CODE
    return Kind.LONG if source.type.length is None else Kind.TEXT  # type: ignore[attr-defined]


_NAMED = {
    "avatar_url": Kind.LINK,
    "email": Kind.EMAIL,
    "image_url": Kind.LINK,
    "order_number": Kind.CODE,
    "product_sku": Kind.CODE,
    "request_id": Kind.CODE,
    "sku": Kind.CODE,
    "tracking_number": Kind.CODE,
    "website": Kind.LINK,
}
_KINDS: tuple[tuple[Any, Kind], ...] = (
    (EnumText, Kind.ENUM),
    (sa.DateTime, Kind.TIME),
    (sa.Boolean, Kind.BOOL),
    ((sa.Integer, sa.Numeric), Kind.NUMBER),
    (JSONB, Kind.JSON),
    (sa.Uuid, Kind.ID),
)


def personal(columns: Sequence[Column]) -> list[str]:
    """Names of those that show personal data (ACC-3)."""
    return [column.key for column in columns if column.personal]


def computed(
    key: str,
    label: str,
    *parts: Any,
    kind: Kind = Kind.TEXT,
    target: type[Base] | None = None,
    personal: bool = False,
) -> Column:
    """A column that is an expression of its own."""
    return Column(key=key, label=label, kind=kind, parts=parts, target=target, personal=personal)


def resolve(model: type[Any], specs: Sequence[str | Column]) -> tuple[Column, ...]:
    """Columns from their names; a `Column` stands for itself."""
    return tuple(spec if isinstance(spec, Column) else column(model, spec) for spec in specs)
