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


def written_as(schema: Schema) -> dict[str, Any]:
    """The `info` of a column whose JSON has this schema."""
    return {"schema": schema}
