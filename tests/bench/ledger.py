"""`ledger verify` over 1,000,000 journals, beside the sum that only asks whether each journal comes to zero."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.servers import roles
from backoffice.services.ledger import verify as book
from tests.bench import market
from tests.bench.measure import Ratio
from tests.support import databases

RUNS: Final = 3
JOURNALS: Final = 1_000_000
#: Each order has the journal of its payment and of two earnings, each vendor that of a payout.
MARKET: Final = market.Market(database="backoffice_bench_ledger", vendors=1_000, orders=333_000, settled=True)
_FLOOR: Final = sa.text("""
    SELECT count(*) FROM (
        SELECT FROM journal_lines GROUP BY journal_id, currency HAVING sum(amount) <> 0
    ) AS wrong""")


def ratio(admin_url: str) -> Ratio:
    """Both in turn, over the same book, which is whole."""
    engine = sa.create_engine(
        sqlalchemy_url(databases.address(admin_url, market.made(admin_url, MARKET), roles.APP)), pool_size=1
    )
    try:
        _ours(engine), _floor(engine)
        seconds = [(_timed(_ours, engine), _timed(_floor, engine)) for _ in range(RUNS)]
    finally:
        engine.dispose()
    return Ratio.of_seconds(
        f"ledger verify, {JOURNALS:,} journals", *(statistics.median(times) for times in zip(*seconds, strict=True))
    )


def _timed(run: Callable[[sa.Engine], None], engine: sa.Engine) -> float:
    started = time.perf_counter()
    run(engine)
    return time.perf_counter() - started


def _ours(engine: sa.Engine) -> None:
    with Session(engine) as session:
        report = book.verify(session)
    if (report.journals, report.complaints) != (JOURNALS, []):
        raise RuntimeError(f"The book is not what was made: {report}")


def _floor(engine: sa.Engine) -> None:
    with Session(engine) as session:
        for setting in ("statement_timeout = 0", "work_mem = '256MB'"):
            session.execute(sa.text(f"SET LOCAL {setting}"))
        if session.scalar(_FLOOR):
            raise RuntimeError("A journal does not sum to zero.")
