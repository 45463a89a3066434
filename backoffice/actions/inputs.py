"""What was typed into an action's form, checked and turned into JSON."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from backoffice.actions.base import Action, Inputs
from backoffice.errors import InvalidInputError

#: In this order: an enum of this project is text too.
_CONVERTERS: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    (enum.Enum, lambda value: value.value),
    ((str, bool, int, type(None)), lambda value: value),
    (Decimal, lambda value: format(value, "f")),
    ((dt.datetime, dt.date, dt.time), lambda value: value.isoformat()),
    (uuid.UUID, str),
)


_NUL: Final = "\\u0000"
_UNSTORABLE: Final = "This text cannot be stored."


class InvalidFormError(InvalidInputError):
    """The form was not accepted; `errors` has the sentences by field."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        field, sentences = next(iter(errors.items()))
        super().__init__(sentences[0], field=field)
        self.errors = errors


class FormData:
    """A plain mapping in the shape that WTForms reads: `getlist`, `in`, iteration."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)

    def __contains__(self, name: object) -> bool:
        return name in self.raw

    def getlist(self, name: str) -> list[Any]:
        """All values of a field, as text."""
        getlist = getattr(self.raw, "getlist", None)
        if getlist is not None:
            return list(getlist(name))
        value = self.raw.get(name)
        if value is None:
            return []
        return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def clean(action: Action, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that the action's form makes of `raw`, as JSON. Raises `InvalidFormError`.

    `raw` is what a browser posts or the command line gives: text by field name, repeated fields as a list.
    """
    if action.form is None:
        return {}
    form = action.form(formdata=FormData(raw))
    form.validate()
    cleaned: dict[str, Any] = to_json(form.data)
    errors = {name: _sentences(found) for name, found in form.errors.items()}
    # PostgreSQL keeps no NUL, neither in text nor in JSON.
    errors |= {name: [_UNSTORABLE] for name, value in cleaned.items() if _NUL in json.dumps(value)}
    if errors:
        raise InvalidFormError(errors)
    return cleaned


def summary(inputs: Inputs) -> str | None:
    """The reason among the inputs, which is kept with the operation."""
    reason = inputs.get("reason")
    return reason if isinstance(reason, str) and reason else None


def to_json(value: Any) -> Any:
    """A form's value as JSON: amounts as decimal text (MON-1), times as ISO 8601, ids and enums as text."""
    if isinstance(value, Mapping):
        return {str(key): to_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(one) for one in value]
    for kinds, convert in _CONVERTERS:
        if isinstance(value, kinds):
            return convert(value)
    raise TypeError(f"{type(value).__name__} cannot be kept as an input")


def _sentences(errors: Any) -> list[str]:
    """The sentences of one field; those of nested fields one after the other."""
    if isinstance(errors, Mapping):
        return [sentence for nested in errors.values() for sentence in _sentences(nested)]
    found: list[str] = []
    for one in errors:
        found.extend([str(one)] if isinstance(one, str) or not isinstance(one, Mapping | Sequence) else _sentences(one))
    return found
