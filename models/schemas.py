"""What the JSON columns that people write may hold, as JSON Schemas; `description` is the sentence of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 500}

#: Addresses of pictures.
PICTURES: Final[Schema] = {
    "description": 'Write a list of picture addresses, like ["https://example.com/front.jpg"].',
    "type": "array",
    "maxItems": 50,
    "items": {**_TEXT, "pattern": "^(https?://|/)[^\\s]+$"},
}
#: Named facts.
FACTS: Final[Schema] = {
    "description": 'Write names and values, like {"colour": "red", "width": 30}.',
    "type": "object",
    "maxProperties": 100,
    "additionalProperties": {"type": ["string", "number", "boolean"], "maxLength": 2000},
}
#: Where a shipping method goes.
COVERAGE: Final[Schema] = {
    "description": 'Write the countries by their two letters, like {"countries": ["DE", "FR"]}.',
    "type": "object",
    "required": ["countries"],
    "additionalProperties": False,
    "properties": {"countries": {"type": "array", "items": {"type": "string", "pattern": "^[A-Z]{2}$"}}},
}

_TIME: Final = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: When a weekday begins and ends; days that are not there are free (DSP-6).
HOURS: Final[Schema] = {
    "description": 'Write the hours of each weekday, like {"monday": [["09:00", "12:00"], ["13:00", "18:00"]]}.',
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        day: {
            "type": "array",
            "minItems": 1,
            "maxItems": 10,
            "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _TIME},
        }
        for day in _DAYS
    },
}
#: Days on which nobody works.
HOLIDAYS: Final[Schema] = {
    "description": 'Write a list of days, like ["2026-12-25"].',
    "type": "array",
    "maxItems": 1000,
    "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}


def written_as(schema: Schema) -> dict[str, Any]:
    """The `info` of a column whose JSON has this schema."""
    return {"schema": schema}
