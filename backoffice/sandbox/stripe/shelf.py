"""Objects and balances on top of the store: put, get, find, and move money. All inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe.store import Store

#: The account whose key is used: the marketplace itself.
PLATFORM: Final = "platform"


def put(store: Store, body: Mapping[str, Any], account: str = PLATFORM) -> None:
    """Add an object of an account, or replace the one with its id; its place in lists stays that of its creation."""
    store.sql.execute(
        "INSERT INTO objects (id, type, body, account) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
        (body["id"], body["object"], json.dumps(body), account),
    )


def get(store: Store, kind: str, object_id: str, account: str = PLATFORM) -> dict[str, Any] | None:
    """The object of that type with that id, if it is the account's."""
    row = store.sql.execute(
        "SELECT body FROM objects WHERE id = ? AND type = ? AND account = ?", (object_id, kind, account)
    ).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def anything(store: Store, object_id: str) -> dict[str, Any] | None:
    """The object with that id, of whatever type and account."""
    row = store.sql.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
    return None if row is None else dict(json.loads(row[0]))


def existing(store: Store, object_id: str) -> tuple[dict[str, Any], str]:
    """An object that is known to be there, and whose it is."""
    row = store.sql.execute("SELECT body, account FROM objects WHERE id = ?", (object_id,)).fetchone()
    return json.loads(row[0]), row[1]


def find(store: Store, kind: str, where: Mapping[str, str], account: str = PLATFORM) -> list[dict[str, Any]]:
    """Every object of an account and type whose fields have these values, newest first."""
    clauses = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in where)
    rows = store.sql.execute(
        f"SELECT body FROM objects WHERE type = ? AND account = ?{clauses} ORDER BY seq DESC",  # noqa: S608 - our names
        (kind, account, *where.values()),
    )
    return [json.loads(body) for (body,) in rows]


def available(store: Store, account: str) -> dict[str, int]:
    """Available funds of an account by currency (lower case), in the currency's smallest unit."""
    rows = store.sql.execute("SELECT currency, available FROM balances WHERE account = ? ORDER BY 1", (account,))
    return dict(rows.fetchall())


def pending(store: Store, account: str) -> dict[str, int]:
    """Funds of an account that are not available yet, by currency."""
    rows = store.sql.execute(
        "SELECT currency, sum(amount) FROM pending WHERE account = ? GROUP BY 1 ORDER BY 1", (account,)
    )
    return dict(rows.fetchall())


def set_available(store: Store, account: str, currency: str, amount: int) -> None:
    """Make an account's available funds exactly `amount`, in the currency's smallest unit."""
    store.sql.execute("INSERT OR REPLACE INTO balances VALUES (?, ?, ?)", (account, currency.lower(), amount))


def move(store: Store, account: str, currency: str, amount: int) -> None:
    """Add `amount` (negative to take) to an account's available funds."""
    store.sql.execute(
        "INSERT INTO balances VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET available = available + excluded.available",
        (account, currency.lower(), amount),
    )
