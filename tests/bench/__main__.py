"""Runs the bench and prints its tables: `make bench`, or with `CASES="payouts ledger"` some of it."""

from __future__ import annotations

import gc
import logging
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

import sqlalchemy as sa

from backoffice.config import sqlalchemy_url
from tests.bench import approvals, data, floor, ledger, ours, palette, payouts, requests, stock, webhooks, work
from tests.bench.measure import RUNS, WARM_UP, Contender, Figure, Ratio, measure, ratio_table, table
from tests.support.first_visit import first_visit

#: Cases that make their own data on the server; the others need the large marketplace.
RATIOS: Final[Mapping[str, Callable[[str], Ratio]]] = {
    "payouts": payouts.ratio,
    "ledger": ledger.ratio,
    "webhooks": webhooks.ratio,
}
CASES: Final = ("office", "palette", "work", *RATIOS)


def main() -> None:
    """Measure the cases that were named, or all."""
    chosen = sys.argv[1:] or list(CASES)
    if unknown := set(chosen) - set(CASES):
        sys.exit(f"There is no case {', '.join(sorted(unknown))}. Choose from: {', '.join(CASES)}.")
    # The tables are what this is for, not that there is no Valkey, nor each migration.
    logging.disable(logging.WARNING)
    with data.server() as admin_url:
        if "office" in chosen:
            _office(admin_url)
        if "palette" in chosen:
            print("\nThe palette, over every entity of the admin panel.\n")
            print(*palette.table(palette.figures(admin_url)), sep="\n")
        if "work" in chosen:
            print("\nA day's work: pages with sign-in, each beside plain SQL for its figures.\n")
            print(*work.table(work.figures(admin_url)), sep="\n")
        ratios = [RATIOS[name](admin_url) for name in RATIOS if name in chosen]
    if ratios:
        print("\nMoney: medians, each beside plain SQL that does the same.\n")
        print(*ratio_table(ratios), sep="\n")


def _office(admin_url: str) -> None:
    """In turn and in one process each: this product, the stock view, the floor."""
    owner_url, app_url = data.prepared(admin_url)
    owner, app = sa.create_engine(sqlalchemy_url(owner_url)), sa.create_engine(sqlalchemy_url(app_url))
    try:
        _print_rows(owner)
        rows: dict[str, dict[str, Figure | str]] = defaultdict(dict)
        _pages(app, app_url, rows)
        # As in a worker, whose jobs do not look through what was there before them.
        gc.collect()
        gc.freeze()
        for count in (1_000, 10_000):
            rows[f"approve {count:,}"].update(approvals.figures(owner, app_url, count))
    finally:
        owner.dispose()
        app.dispose()
    print(f"\nPages: median of {RUNS} requests after {WARM_UP}; approvals: median (and most) of {approvals.RUNS}.\n")
    print(*table(rows), sep="\n")


def _pages(app: sa.Engine, app_url: str, rows: dict[str, dict[str, Figure | str]]) -> None:
    where = requests.places(app)
    client, engine = ours.signed_in(app_url)
    files = first_visit(client, "/admin/products/")
    print(f"a first visit to a list: {len(files)} files, {sum(files.values()) / 1000:.0f} kB gzipped")
    stock_app = stock.create(sqlalchemy_url(app_url), exported=where.exported)
    with stock_app.app_context():
        stock_engine = stock.db.engine
    kinds = {
        "ours": (requests.ours(client, where), engine),
        "stock": (requests.stock(stock_app.test_client(), where), stock_engine),
        "floor": (requests.floor(floor.create(app).test_client(), where), app),
    }
    for name in kinds["floor"][0]:
        contenders = {
            kind: Contender(call=calls[name], engine=used, every=4 if kind == "stock" or name == requests.CSV else 1)
            for kind, (calls, used) in kinds.items()
        }
        rows[name].update(measure(contenders))
    engine.dispose()
    stock_engine.dispose()


def _print_rows(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        for name in ("products", "orders", "users"):
            count = connection.scalar(sa.text(f"SELECT count(*) FROM {name}"))
            print(f"{name}: {count:,} rows")


if __name__ == "__main__":
    main()
