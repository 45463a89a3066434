"""Approving 1,000 and 10,000 products: in the worker, by a stock bulk action, and with one statement a table."""

from __future__ import annotations

import gc
import statistics
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from tests.bench import floor, ours, stock
from tests.bench.measure import Figure, Stopwatch

RUNS = 3
_PENDING = (
    "SELECT id FROM products WHERE status = 'pending' AND deleted_at IS NULL ORDER BY created_at, id LIMIT :count"
)
_BACK = (
    "UPDATE products SET status = 'pending', reviewed_at = NULL, reviewed_by = NULL, reviewed_version = NULL"
    " WHERE id = ANY(:ids)"
)


def figures(owner: sa.Engine, app_url: str, count: int) -> Mapping[str, Figure]:
    """The three ways over the same products in turn, each undone before the next."""
    with owner.connect() as connection:
        ids = list(connection.execute(sa.text(_PENDING), {"count": count}).scalars())
    if len(ids) < count:
        raise RuntimeError(f"Only {len(ids)} products wait for a review.")
    ways: Mapping[str, Callable[[], tuple[float, int]]] = {
        "ours": lambda: ours.approve(app_url, ids),
        "stock": lambda: _stock(app_url, ids),
        "floor": lambda: _floor(owner, ids),
    }
    rounds = [{name: _undone(run, owner, ids) for name, run in ways.items()} for _ in range(RUNS + 1)]
    # The first round warms everything up.
    return {name: _figure([one[name] for one in rounds[1:]]) for name in ways}


def _figure(results: list[tuple[float, int]]) -> Figure:
    times = [milliseconds for milliseconds, _ in results]
    return Figure(statistics.median(times), max(times), results[0][1], 0)


def _undone(run: Callable[[], tuple[float, int]], owner: sa.Engine, ids: list[uuid.UUID]) -> tuple[float, int]:
    """Run it, then make the products pending again, past the triggers, which would refuse that."""
    gc.collect()
    result = run()
    with owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(_BACK), {"ids": ids})
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM products"))
    return result


def _stock(app_url: str, ids: list[uuid.UUID]) -> tuple[float, int]:
    app = stock.create(sqlalchemy_url(app_url), exported=1)
    watch = Stopwatch()
    with app.app_context():
        with watch.of(stock.db.engine):
            stock.approve(ids)
        stock.db.engine.dispose()
    return watch.milliseconds, watch.statements


def _floor(owner: sa.Engine, ids: list[uuid.UUID]) -> tuple[float, int]:
    """Foreign keys are checked as everywhere; our triggers are off, because the floor writes their rows itself."""
    watch = Stopwatch()
    with _without_triggers(owner), Session(owner) as session:
        operation, actor = session.execute(
            sa.text(
                "INSERT INTO operations (id, action, entity, panel, actor_id, client_key, request_id)"
                " SELECT uuid7(), 'product.approve', 'products', 'admin', id, uuid7()::text, 'bench'"
                " FROM users WHERE role = 'admin' ORDER BY id LIMIT 1 RETURNING id, actor_id"
            )
        ).one()
        with watch.of(owner):
            floor.approve(session, ids, operation, actor)
            session.commit()
    return watch.milliseconds, watch.statements


@contextmanager
def _without_triggers(owner: sa.Engine) -> Iterator[None]:
    def switch(how: str) -> None:
        with owner.begin() as connection:
            for table in ("products", "status_history", "operation_items", "audit_log"):
                connection.execute(sa.text(f"ALTER TABLE {table} {how} TRIGGER USER"))

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")
