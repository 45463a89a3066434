"""What the sandbox's clock will do: an act on an object at a time, and funds that become available."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backoffice.sandbox.stripe import balance_transactions
from backoffice.sandbox.stripe.store import Store

#: Name of an act to what it does with the object's id.
Acts = Mapping[str, Callable[[Store, str], None]]


def schedule(store: Store, at: int, act: str, object_id: str) -> None:
    """Have `act` done to the object when the clock reaches `at`."""
    store.sql.execute("INSERT INTO agenda (at, act, id) VALUES (?, ?, ?)", (at, act, object_id))


def run(store: Store, acts: Acts) -> None:
    """Do whatever is due, oldest first; an act may put the next one on the agenda."""
    now = store.now()
    balance_transactions.settle(store, now)
    while row := store.sql.execute(
        "SELECT seq, act, id FROM agenda WHERE at <= ? ORDER BY at, seq LIMIT 1", (now,)
    ).fetchone():
        store.sql.execute("DELETE FROM agenda WHERE seq = ?", (row[0],))
        acts[row[1]](store, row[2])
