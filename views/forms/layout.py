"""How a form is laid out: which fields stand together, what is said about them, and when they are of use.

Tables read by all forms; names that mean the same everywhere are said once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from models import User
from models.base import EnumText
from views.columns import attribute_column, is_amount, is_personal, referred_model

#: Forms of fewer fields are one group without a name.
_FEW = 5
_MONEY = frozenset({"currency", "commission_rate", "commission_rate_override", "payout_schedule", "hold_days"})
_MEASURES = frozenset({"weight", "length", "width", "height", "dimensions", "is_digital", "requires_shipping"})
_GROUPS = ("Facts", "Money", "Text", "Measures", "More")

#: What is said below a field, by attribute, or by table and attribute where it means something else.
HINTS: Mapping[str, str] = {
    "carrier": "As the label names it, like DHL or UPS.",
    "commission_rate": "A share between 0 and 1: 0.15 is 15 %.",
    "commission_rate_override": "A share between 0 and 1 that beats the plan's. Empty means not set; 0 is a value.",
    "compare_price": "Shown struck through beside the price.",
    "country": "Two letters, like DE.",
    "currency": "Three letters, like USD. It cannot be changed later.",
    "dimensions": "Centimetres, like length, width and height.",
    "estimated_delivery": "UTC, like 2026-03-01 14:30.",
    "features": "What the plan offers, by name.",
    "height": "Centimetres.",
    "images": "Addresses of pictures; the first is the main one.",
    "length": "Centimetres.",
    "max_products": "Empty means without limit.",
    "max_orders_per_month": "Empty means without limit.",
    "min_stock_level": "At this stock or below, the product counts as low.",
    "seo_meta": "What search engines are told, by name.",
    "short_description": "One or two sentences for lists.",
    "slug": "The last part of the address in the shop; small letters, digits and hyphens.",
    "sort_order": "Lower numbers come first.",
    "allows_backorder": "It may be sold when nothing is left.",
    "tracks_stock": "Orders take from the stock. Digital products never do.",
    "weight": "Kilograms.",
    "width": "Centimetres.",
}


class Shown(NamedTuple):
    """The field is of use while the field `by` is `value`; hidden, it keeps what it holds."""

    by: str
    value: str


#: Fields of use under a condition, by table and attribute. Only such as may be empty, or nobody could fill them in.
SHOWN: Mapping[str, Mapping[str, Shown]] = {
    "products": {name: Shown("requires_shipping", "yes") for name in ("weight", "length", "width", "height")},
}


class Group(NamedTuple):
    """Fields that stand together; `label` is empty for the only group of a small form."""

    label: str
    names: Sequence[str]


def remarks(model: type[Any], name: str, names: Sequence[str]) -> dict[str, Any]:
    """What a field is told beside its kind, in a form of the fields `names`."""
    column = attribute_column(model, name)
    table = model.__tablename__
    shown = SHOWN.get(table, {}).get(name)
    return {
        "description": HINTS.get(f"{table}.{name}", HINTS.get(name, "")),
        # Labels of people are personal too.
        "private": is_personal(column) or referred_model(column) is User,
        "shown_when": shown if shown is not None and shown.by in names else None,
    }


def groups(model: type[Any], names: Sequence[str]) -> tuple[Group, ...]:
    """The fields in groups, each in the order of `names`."""
    if len(names) < _FEW:
        return (Group("", tuple(names)),)
    found: dict[str, list[str]] = {label: [] for label in _GROUPS}
    for name in names:
        found[_group(attribute_column(model, name), name)].append(name)
    return tuple(Group(label, tuple(inside)) for label, inside in found.items() if inside)


def _group(column: sa.Column[Any], name: str) -> str:
    if name in _MEASURES:
        return "Measures"
    if name in _MONEY or is_amount(column):
        return "Money"
    if isinstance(column.type, JSONB):
        return "More"
    long = isinstance(column.type, sa.String) and column.type.length is None and not isinstance(column.type, EnumText)
    return "Text" if long else "Facts"
