"""Pages of a list by cursor, the `created` filter, and `expand`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.call import Call
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
_COMPARE: Final[Mapping[str, str]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}

#: An SQL condition and its values.
Clause = tuple[str, tuple[Any, ...]]


def chosen(call: Call, *names: str) -> dict[str, Any]:
    """The filters among the parameters that were given."""
    return {name: call.params[name] for name in names if name in call.params}


def page(call: Call, kind: str, where: Mapping[str, Any], extra: Sequence[Clause] = ()) -> Body:
    """One page of the account's objects of a type, newest first.

    `where` are fields and the value, or values, they must have; `extra` are SQL conditions of ours with their values.
    Raises `StripeError` for an unknown cursor or a wrong limit.
    """
    params = call.params
    limit = params.get("limit", DEFAULT_LIMIT)
    if limit > MAX_LIMIT:
        raise ValidationError(f"limit is at most {MAX_LIMIT}.", code="parameter_invalid_integer", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise ValidationError("You can only use one of starting_after and ending_before.", param="ending_before")
    clauses = [("type = ? AND account = ?", (kind, call.account)), *extra, *_created(params.get("created"))]
    clauses += [_equal(name, value) for name, value in where.items()]
    back = "ending_before" in params
    for cursor, side in (("starting_after", "<"), ("ending_before", ">")):
        if cursor in params:
            clauses.append((f"seq {side} ?", (_seq(call.store, kind, params[cursor], cursor),)))
    rows = call.store.sql.execute(
        f"SELECT body FROM objects WHERE {' AND '.join(clause for clause, _ in clauses)}"  # noqa: S608 - our own names
        f" ORDER BY seq {'ASC' if back else 'DESC'} LIMIT ?",
        (*(value for _, values in clauses for value in values), limit + 1),
    ).fetchall()
    found = [json.loads(body) for (body,) in rows[:limit]]
    return listing(call.path, found[::-1] if back else found, has_more=len(rows) > limit)


def _seq(store: Store, kind: str, object_id: str, param: str) -> int:
    """Where the cursor stands."""
    row = store.sql.execute("SELECT seq FROM objects WHERE id = ? AND type = ?", (object_id, kind)).fetchone()
    if row is None:
        raise missing(kind, object_id, param, status=400)
    return int(row[0])


def _equal(name: str, value: Any) -> Clause:
    """A field has a value, or one of some."""
    values = tuple(value) if isinstance(value, list) else (value,)
    if len(values) == 1:
        return f"json_extract(body, '$.{name}') = ?", values
    return f"json_extract(body, '$.{name}') IN ({', '.join('?' * len(values))})", values


def _created(wanted: Any) -> list[Clause]:
    """The time fits the filter: one exact second, or bounds."""
    if wanted is None:
        return []
    bounds = {"is": wanted} if isinstance(wanted, int) else wanted
    if not set(bounds) <= set(_COMPARE):
        raise ValidationError("created takes gt, gte, lt and lte.", param="created")
    return [(f"json_extract(body, '$.created') {_COMPARE[step]} ?", (limit,)) for step, limit in bounds.items()]


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
