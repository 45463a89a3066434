"""Webhook deliveries to come and their answers: kept with the events, so a killed sandbox still owes them.

Stripe promises neither order nor a single delivery. `order` (control `/_webhooks`) makes it break both on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

#: Pauses between tries by the sandbox's clock; the last one repeats until the event is three days old.
PAUSES: Final = (1, 5, 30, 300, 1800, 7200, 18_000, 36_000, 43_200)
GIVE_UP_SECONDS: Final = 3 * 86_400

_MODE: Final = "webhook_mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What is done to deliveries that are planned from now on; `paused` stops all of them."""

    paused: bool = False
    #: Keep new deliveries until they are released, in any order.
    hold: bool = False
    #: How many more times each event is delivered.
    duplicate: int = 0
    #: Seconds of the sandbox's clock before the first try.
    delay: int = 0
    #: How many of the next events are never delivered; -1 for all.
    drop: int = 0


def mode(store: Store) -> Mode:
    """How deliveries are treated."""
    return Mode(**json.loads(store.setting(_MODE, "{}")))


def set_mode(store: Store, given: Mapping[str, Any]) -> None:
    """Change some of it. Raises `ValidationError` for what it is not."""
    try:
        changed = replace(mode(store), **given)
    except TypeError as error:
        raise ValidationError(f"No such treatment: {error}", param="webhooks") from None
    for name, value in asdict(changed).items():
        if type(value) is not type(getattr(Mode(), name)):
            raise ValidationError(f"{name} cannot be {value!r}.", param=name)
    store.remember(_MODE, json.dumps(asdict(changed)))


def plan(store: Store, event: Body) -> None:
    """Owe the event to every endpoint that wants it."""
    now = mode(store)
    endpoints = [one for one in shelf.find(store, "webhook_endpoint", {}) if _wants(one, event)]
    dropped = bool(endpoints) and now.drop != 0
    if dropped and now.drop > 0:
        set_mode(store, {"drop": now.drop - 1})
    state = "dropped" if dropped else "held" if now.hold else "pending"
    for endpoint in reversed(endpoints):
        for _copy in range(1 if dropped else 1 + now.duplicate):
            add(store, event["id"], endpoint["id"], state=state, at=store.now() + now.delay)


def add(store: Store, event_id: str, endpoint_id: str, *, state: str = "pending", at: int = 0) -> None:
    """One more delivery, after all others."""
    store.sql.execute(
        "INSERT INTO deliveries (place, event, endpoint, state, at)"
        " SELECT coalesce(max(place), 0) + 1, ?, ?, ?, ? FROM deliveries",
        (event_id, endpoint_id, state, at),
    )


def resend(store: Store, event_id: str) -> None:
    """Deliver an event to every endpoint once more, whatever became of it. Raises `ValidationError`."""
    event = shelf.anything(store, event_id)
    if event is None or event["object"] != "event":
        raise ValidationError(f"No such event: '{event_id}'", param="resend")
    for endpoint in reversed(shelf.find(store, "webhook_endpoint", {})):
        if _wants(endpoint, event):
            add(store, event_id, endpoint["id"])


def release(store: Store, wanted: str | list[str]) -> None:
    """Let held deliveries go: "all" as they were planned, "reverse", or those of the events listed, in that order."""
    rows = store.sql.execute("SELECT seq, event FROM deliveries WHERE state = 'held' ORDER BY place").fetchall()
    if wanted == "reverse":
        rows.reverse()
    elif isinstance(wanted, list):
        rows = [row for event_id in wanted for row in rows if row[1] == event_id]
    elif wanted != "all":
        raise ValidationError("Release all, reverse or a list of events.", param="release")
    (last,) = store.sql.execute("SELECT coalesce(max(place), 0) FROM deliveries").fetchone()
    for place, (seq, _event) in enumerate(rows, start=last + 1):
        store.sql.execute("UPDATE deliveries SET state = 'pending', place = ? WHERE seq = ?", (place, seq))


def due(store: Store) -> tuple[int, str, str] | None:
    """The next delivery to try: its number, the event and the endpoint."""
    if mode(store).paused:
        return None
    row = store.sql.execute(
        "SELECT seq, event, endpoint FROM deliveries WHERE state = 'pending' AND at <= ? ORDER BY place LIMIT 1",
        (store.now(),),
    ).fetchone()
    return None if row is None else (row[0], row[1], row[2])


def answered(store: Store, seq: int, status: int | None, said: str) -> None:
    """Write down how a try ended; anything but 2xx is tried again until the event is three days old."""
    row = store.sql.execute("SELECT event, tries, answers FROM deliveries WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        return
    event = shelf.anything(store, row[0]) or {"created": 0}
    now, tries = store.now(), row[1] + 1
    answers = [*json.loads(row[2]), {"time": now, "status": status, "said": said}]
    at = now + PAUSES[min(tries, len(PAUSES)) - 1]
    if status is not None and 200 <= status < 300:
        state = "delivered"
    else:
        state = "failed" if at > event["created"] + GIVE_UP_SECONDS else "pending"
    store.sql.execute(
        "UPDATE deliveries SET state = ?, at = ?, tries = ?, answers = ? WHERE seq = ?",
        (state, at, tries, json.dumps(answers), seq),
    )


def waiting(store: Store, event_id: str) -> int:
    """How many endpoints have not taken the event yet but still may."""
    (count,) = store.sql.execute(
        "SELECT count(DISTINCT endpoint) FROM deliveries AS d WHERE event = ? AND state IN ('pending', 'held')"
        " AND NOT EXISTS (SELECT 1 FROM deliveries AS o"
        "                 WHERE o.event = d.event AND o.endpoint = d.endpoint AND o.state = 'delivered')",
        (event_id,),
    ).fetchone()
    return int(count)


def listed(store: Store) -> list[dict[str, Any]]:
    """Every delivery in the order in which they go out, with its answers."""
    rows = store.sql.execute(
        "SELECT d.seq, d.event, o.body, d.endpoint, d.state, d.at, d.tries, d.answers"
        " FROM deliveries AS d LEFT JOIN objects AS o ON o.id = d.event ORDER BY d.place"
    )
    return [
        {
            "id": seq,
            "event": event,
            "type": json.loads(body)["type"] if body else None,
            "endpoint": endpoint,
            "state": state,
            "at": at,
            "tries": tries,
            "answers": json.loads(answers),
        }
        for seq, event, body, endpoint, state, at, tries, answers in rows
    ]


def _wants(endpoint: Body, event: Body) -> bool:
    """Whether the event is of the accounts and kinds the endpoint is for."""
    scope = "connect" if "account" in event else "platform"
    kinds = endpoint["enabled_events"]
    return endpoint["_scope"] in {scope, "both"} and ("*" in kinds or event["type"] in kinds)
