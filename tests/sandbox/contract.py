"""Compare JSON with the installed SDK's own types, which Stripe generates from its API description."""

from __future__ import annotations

import sys
import types
import typing
from contextlib import suppress
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe import ListObject, StripeObject

#: Names under which the SDK imports some of its own classes.
ALIASES = {"CardResource": "Card", "DisputeResource": "Dispute", "IssuingDisputeResource": "Dispute"}


class _Names(dict[str, Any]):
    """Resolves the SDK's forward references, which it imports for type checkers only."""

    def __missing__(self, name: str) -> Any:
        for module in (stripe, stripe.issuing, stripe.test_helpers):
            with suppress(AttributeError):
                return getattr(module, ALIASES.get(name, name))
        raise KeyError(name)


def fields(cls: type) -> dict[str, Any]:
    """Field name to type; class variables and the SDK's own bookkeeping left out."""
    own = {name: hint for name, hint in cls.__annotations__.items() if not name.startswith("_")}
    space = _Names(vars(sys.modules[cls.__module__]) | vars(cls) | vars(typing))
    resolved = {}
    for name, hint in own.items():
        if get_origin(hint) is typing.ClassVar:
            continue
        resolved[name] = _resolve(hint, space)
    return resolved


def _resolve(hint: Any, space: _Names) -> Any:
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        return _resolve(eval(hint, {}, space), space)  # noqa: S307 - the SDK's own annotations
    return hint


def problems(  # noqa: PLR0911 - one return per kind of type
    value: Any, hint: Any, where: str, space: _Names | None = None
) -> list[str]:
    """Every way in which `value` is not what `hint` says."""
    hint = _resolve(hint, space or _Names())
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        tried = [problems(value, option, where, space) for option in get_args(hint)]
        return [] if [] in tried else min(tried, key=len)
    if hint is type(None):
        return [] if value is None else [f"{where}: not null"]
    if origin is Literal:
        return [] if value in get_args(hint) else [f"{where}: {value!r} is not one of {get_args(hint)}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [p for i, item in enumerate(value) for p in problems(item, get_args(hint)[0], f"{where}[{i}]", space)]
    if origin is not None and issubclass(origin, ListObject):
        return [] if {"object", "data", "has_more", "url"} == set(value) else [f"{where}: no list object"]
    cls = origin or hint
    if isinstance(cls, type) and issubclass(cls, StripeObject):
        return compare(value, cls, where)
    return [] if type(value) is cls else [f"{where}: {value!r} is no {hint}"]


def compare(body: Any, cls: type, where: str) -> list[str]:
    """Unknown, missing and mistyped fields of an object."""
    if not isinstance(body, dict):
        return [f"{where}: {body!r} is no object"]
    known = fields(cls)
    if not known:
        return []
    space = _Names(vars(sys.modules[cls.__module__]) | vars(cls))
    found = [f"{where}.{name}: unknown to the SDK" for name in body if name not in known]
    for name, hint in known.items():
        if name in body:
            found += problems(body[name], hint, f"{where}.{name}", space)
        elif type(None) not in get_args(hint):
            found.append(f"{where}.{name}: missing")
        elif "ExpandableField" in str(cls.__annotations__[name]):
            # The SDK marks nullable and absent alike, but a reference is always sent.
            found.append(f"{where}.{name}: missing reference")
    return found
