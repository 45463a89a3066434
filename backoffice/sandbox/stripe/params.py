"""Which parameters an endpoint takes, and the checks made before anything is executed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from backoffice.sandbox.stripe.errors import ValidationError

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}\Z")
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_KEY: Final = 40
MAX_METADATA_VALUE: Final = 500


class Kind(Enum):
    """How a parameter is written."""

    TEXT = auto()
    POSITIVE = auto()
    METADATA = auto()
    TEXTS = auto()
    HASH = auto()
    TIME = auto()
    FLAG = auto()


def check(given: Mapping[str, Any], takes: Mapping[str, Kind], required: frozenset[str]) -> dict[str, Any]:
    """The parameters with integers as integers. Raises `ValidationError` naming the parameter at fault."""
    for name in given:
        if name not in takes:
            raise ValidationError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    for name in sorted(required):
        if given.get(name) in (None, ""):
            raise ValidationError(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return {name: _read(name, value, takes[name]) for name, value in given.items()}


def _read(name: str, value: Any, kind: Kind) -> Any:
    """One value, checked and converted."""
    match kind:
        case Kind.POSITIVE:
            return positive(name, value)
        case Kind.METADATA:
            return _metadata(name, value)
        case Kind.FLAG:
            return _flag(name, value)
        case Kind.TIME:
            return (
                {step: whole(name, child) for step, child in value.items()}
                if isinstance(value, dict)
                else whole(name, value)
            )
        case _:
            return _plain(name, value, kind)


def _plain(name: str, value: Any, kind: Kind) -> Any:
    """A text, some texts or an object, as they are."""
    if kind is Kind.TEXTS and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise ValidationError("Invalid array", param=name)
    if kind is Kind.HASH and not isinstance(value, dict):
        raise ValidationError("Invalid object", param=name)
    if kind is Kind.TEXT and not isinstance(value, str):
        raise ValidationError("Invalid string", param=name)
    return value


def _flag(name: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, str) or value not in {"true", "false"}:
        raise ValidationError(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def positive(name: str, value: Any) -> int:
    """A whole number of at least one, such as an amount in the smallest unit."""
    number = whole(name, value)
    if number < 1:
        raise ValidationError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=name
        )
    return number


def whole(name: str, value: Any) -> int:
    """A whole number."""
    if not isinstance(value, str) or not _WHOLE.match(value):
        raise ValidationError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def _metadata(name: str, value: Any) -> dict[str, str]:
    """Up to fifty short keys with texts; an empty text means the key is unset."""
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(child, str) for child in value.values()):
        raise ValidationError("Invalid object", param=name)
    if len(value) > MAX_METADATA_KEYS:
        raise ValidationError(f"You can have at most {MAX_METADATA_KEYS} metadata keys.", param=name)
    for key, text in value.items():
        if len(key) > MAX_METADATA_KEY or len(text) > MAX_METADATA_VALUE:
            raise ValidationError("Metadata keys have up to 40 and values up to 500 characters.", param=name)
    return {key: text for key, text in value.items() if text}
