"""JSON that people type, as text or row by row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import fastjsonschema

from models.schemas import Schema
from views.forms.fields import ValueField


class JsonField(ValueField):
    """JSON as text; an empty field is NULL, and `[]`, `{}`, `0`, `false` are themselves.

    What is typed must fit `schema`, a JSON Schema whose `description` is the refusal.
    """

    control = "textarea"

    def __init__(self, *args: Any, schema: Schema | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schema = schema

    def text(self, value: Any) -> str:
        """The value, indented."""
        return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)

    def parse(self, text: str) -> Any:
        """The value. Raises `ValueError` for what JSONB cannot hold: NaN, NUL, half a surrogate pair, endless depth."""
        try:
            value = json.loads(text, parse_constant=_refuse, parse_float=Decimal)
            value = json.loads(text, parse_constant=_refuse)
            written = json.dumps(value, ensure_ascii=False, allow_nan=False)
            written.encode()
        except (ValueError, RecursionError):
            raise ValueError("This is not JSON.") from None
        if "\\u0000" in written:
            raise ValueError("This text cannot be stored.")
        if self.schema is not None:
            try:
                fastjsonschema.validate(self.schema, value)
            except fastjsonschema.JsonSchemaValueException as refused:
                raise ValueError(_place(self.schema, refused.path) + self.schema["description"]) from None
        return value

    @property
    def rows(self) -> str:
        """How it is typed row by row: `list` of texts, `facts` by name; nothing where only JSON will do."""
        schema = self.schema or {}
        if schema.get("type") == "array" and schema.get("items", {}).get("type") == "string":
            return "list"
        return "facts" if schema.get("type") == "object" and isinstance(schema["additionalProperties"], dict) else ""


def _place(schema: Schema, path: Sequence[str]) -> str:
    """Where in the value the mistake is: the path begins with the value itself and counts from 0, people from 1."""
    if len(path) != 2:
        return ""
    return f"Look at number {int(path[1]) + 1}. " if schema["type"] == "array" else f"Look at “{path[1]}”. "


def _refuse(name: str) -> Any:
    raise ValueError(name)
