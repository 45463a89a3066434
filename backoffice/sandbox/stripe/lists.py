"""Pages of a list by cursor, the `created` filter, and `expand`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.errors import StripeError, ValidationError, missing
from backoffice.sandbox.stripe.objects import Body, listing
from backoffice.sandbox.stripe.params import Kind
from backoffice.sandbox.stripe.store import Store

DEFAULT_LIMIT: Final = 10
MAX_LIMIT: Final = 100
MAX_DEPTH: Final = 4

#: What every list takes beside its own filters.
PAGING: Final[Mapping[str, Kind]] = {
    "limit": Kind.POSITIVE,
    "starting_after": Kind.TEXT,
    "ending_before": Kind.TEXT,
    "created": Kind.TIME,
}
_COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def page(url: str, rows: list[Body], params: Mapping[str, Any]) -> Body:
    """One page of `rows`, which come newest first. Raises `StripeError` for an unknown cursor or a wrong limit."""
    limit = params.get("limit", DEFAULT_LIMIT)
    if limit > MAX_LIMIT:
        raise ValidationError(f"limit is at most {MAX_LIMIT}.", code="parameter_invalid_integer", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise ValidationError("You can only use one of starting_after and ending_before.", param="ending_before")
    rows = [row for row in rows if _created(row["created"], params.get("created"))]
    if "ending_before" in params:
        before = rows[: _index(rows, params["ending_before"], "ending_before")]
        return listing(url, before[-limit:], has_more=len(before) > limit)
    if "starting_after" in params:
        rows = rows[_index(rows, params["starting_after"], "starting_after") + 1 :]
    return listing(url, rows[:limit], has_more=len(rows) > limit)


def _index(rows: list[Body], object_id: str, param: str) -> int:
    """Where the cursor stands."""
    for index, row in enumerate(rows):
        if row["id"] == object_id:
            return index
    raise missing(rows[0]["object"] if rows else "object", object_id, param, status=400)


def _created(at: int, wanted: Any) -> bool:
    """Whether a time fits the filter: one exact second, or bounds."""
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return at == wanted
    if not set(wanted) <= set(_COMPARE):
        raise ValidationError("created takes gt, gte, lt and lte.", param="created")
    return all(_COMPARE[step](at, limit) for step, limit in wanted.items())


def expand(store: Store, body: Body, paths: list[str]) -> Body:
    """Replace ids by the objects they name: `charge`, `data.payment_intent`, `charge.payment_intent`."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            raise StripeError("You cannot expand more than 4 levels.", param="expand")
        _expand(store, body, steps, path)
    return body


def _expand(store: Store, body: Body, steps: list[str], path: str) -> None:
    """Expand one path below `body`, in place."""
    name, rest = steps[0], steps[1:]
    if name not in body:
        raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    child = body[name]
    if isinstance(child, str):
        child = body[name] = shelf.anything(store, child) or child
        if isinstance(child, str):
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
    if rest:
        for item in child if isinstance(child, list) else [child]:
            if isinstance(item, dict):
                _expand(store, item, rest, path)
