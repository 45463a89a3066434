"""Decode the nested form encoding of Stripe: `metadata[order]=7`, `expand[]=charge`, `expand[0]=charge`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from backoffice.sandbox.stripe.errors import ValidationError

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_PART = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """The parameters of a query string or form body: strings, lists of strings and dictionaries, nested.

    Raises `ValidationError` for a key that is no path or that means two things at once.
    """
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        match = _KEY.match(key)
        if match is None:
            raise ValidationError(f"Invalid parameter name: {key}", param=key)
        _place(tree, [match[1], *_PART.findall(match[2])], value)
    return {name: _lists(child) for name, child in tree.items()}


def _place(tree: dict[str, Any], path: list[str], value: str) -> None:
    """Put `value` at `path`; an empty step appends."""
    for step in path[:-1]:
        child = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(child, dict):
            raise ValidationError(f"Invalid parameter: {path[0]}", param=path[0])
        tree = child
    last = path[-1] or str(len(tree))
    if isinstance(tree.get(last), dict):
        raise ValidationError(f"Invalid parameter: {path[0]}", param=path[0])
    tree[last] = value


def _lists(value: Any) -> Any:
    """Turn dictionaries whose keys count from zero into lists."""
    if not isinstance(value, dict):
        return value
    if value and list(value) == [str(index) for index in range(len(value))]:
        return [_lists(child) for child in value.values()]
    return {name: _lists(child) for name, child in value.items()}
