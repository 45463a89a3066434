"""From a mapped attribute to its form field; an attribute without a converter is an error at start, not a gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
import wtforms
from sqlalchemy.dialects.postgresql import JSONB

from models.base import EnumText
from views.columns import attribute_column, referred_model, words
from views.forms import fields, layout, texts
from views.forms.json_field import JsonField

Labeller = Callable[..., str | None]
#: Written by the database or by actions; a form that names one of these is a mistake.
NEVER = frozenset(
    {
        "id",
        "created_at",
        "updated_at",
        "deleted_at",
        "version",
        "content_version",
        "search_vector",
        "status",
        "payment_status",
        "verification_status",
        "password_hash",
        "verification_token",
        "reset_token",
    }
)


def make_field(model: type[Any], name: str, labeller: Labeller, names: Sequence[str] = ()) -> Any:
    """The unbound field for an attribute, in a form of the fields `names`.

    Raises `ValueError` for an attribute that forms must not have, or cannot show.
    """
    if name in NEVER:
        raise ValueError(f"{model.__name__}.{name} is not for forms")
    column = attribute_column(model, name)
    common = {"label": words(name), "nullable": _optional(column), "default": _default(column)}
    common |= layout.remarks(model, name, names)
    target = referred_model(column)
    if target is not None:
        return fields.PickerField(target=target, label_of=labeller, **common)
    for types, make in _CONVERTERS:
        if isinstance(column.type, types):
            return make(column, common)
    raise ValueError(f"{model.__name__}.{name}: no field for {column.type!r}")


#: Addresses on the web, told by their names.
_ADDRESSES = frozenset({"avatar_url", "image_url", "website"})


def _optional(column: sa.Column[Any]) -> bool:
    """A column with a scalar default may be left empty only when it may be NULL."""
    return bool(column.nullable)


def _default(column: sa.Column[Any]) -> Any:
    default = column.default
    return default.arg if isinstance(default, sa.ColumnDefault) and default.is_scalar else None


def _whole(_column: sa.Column[Any], common: dict[str, Any]) -> Any:
    # Nine digits always fit PostgreSQL's integer.
    return fields.NumberField(precision=9, scale=0, **common)


def _decimal(column: sa.Column[Any], common: dict[str, Any]) -> Any:
    kind: Any = column.type
    return fields.NumberField(precision=kind.precision, scale=kind.scale, **common)


def _text(column: sa.Column[Any], common: dict[str, Any]) -> Any:
    length = getattr(column.type, "length", None)
    if column.name == "email":
        return texts.EmailField(length=length, **common)
    if column.name in _ADDRESSES:
        return texts.LinkField(length=length, **common)
    return fields.TextField(length=length, long=length is None, **common)


_CONVERTERS: Sequence[tuple[Any, Callable[[Any, dict[str, Any]], Any]]] = (
    (EnumText, lambda column, common: fields.ChoiceField(members=column.type.enum_class, **common)),
    (sa.Boolean, lambda _column, common: fields.FlagField(**common)),
    (sa.Integer, _whole),
    (sa.Numeric, _decimal),
    (sa.DateTime, lambda _column, common: fields.MomentField(**common)),
    (JSONB, lambda column, common: JsonField(schema=column.info.get("schema"), **common)),
    (sa.String, _text),
)


class RowForm(wtforms.Form):
    """Base of every form over a row; `groups` says which fields stand together."""

    groups: Sequence[layout.Group] = ()
    #: What was typed and waits for a review; saving tells.
    waiting: frozenset[str] = frozenset()


def make_form(model: type[Any], names: Sequence[str], labeller: Labeller) -> type[RowForm]:
    """The form class for these attributes, in this order."""
    body: dict[str, Any] = {name: make_field(model, name, labeller, names) for name in names}
    body["groups"] = layout.groups(model, names)
    return type(f"{model.__name__}Form", (RowForm,), body)
