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


_OPTIONAL: Final = {"type": ["string", "null"]}
#: A batch of analytics events from the shop; properties are flat, so that nothing deep is stored or searched.
ANALYTICS: Final[Schema] = {
    "description": 'Send {"events": [{"type": "view", "name": "product_viewed"}]}, at most 100 at once.',
    "type": "object",
    "required": ["events"],
    "additionalProperties": False,
    "properties": {
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["type", "name"],
                "additionalProperties": False,
                "properties": {
                    "type": {"type": "string", "pattern": "^[a-z][a-z_]{0,39}$"},
                    "name": {"type": "string", "pattern": "^[a-z][a-z0-9_.]{0,79}$"},
                    "user_id": {**_OPTIONAL, "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
                    "session_id": {**_OPTIONAL, "maxLength": 64},
                    "ip": {**_OPTIONAL, "maxLength": 45},
                    "user_agent": {**_OPTIONAL, "maxLength": 300},
                    "properties": {
                        "type": ["object", "null"],
                        "maxProperties": 30,
                        "propertyNames": {"maxLength": 60},
                        "additionalProperties": {"type": ["string", "number", "boolean", "null"], "maxLength": 500},
                    },
                },
            },
        }
    },
}
