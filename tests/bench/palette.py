"""The palette over the large marketplace: what people type, and the goal that each answer is held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa

from backoffice.demo import COMMON_WORD, RARE_WORD
from tests.bench import data, ours, requests
from tests.bench.measure import Contender, Figure, measure

#: Milliseconds and statements, sign-in included.
GOAL: Final = 100
STATEMENTS: Final = 4
RUNS: Final = 40
#: What is looked for, and a row that has it.
_TYPED: Final = {
    "order number": "SELECT order_number FROM orders LIMIT 1",
    "SKU": "SELECT sku FROM products LIMIT 1",
    "e-mail": "SELECT email FROM users LIMIT 1",
    "Stripe id": "SELECT stripe_payment_intent_id FROM payments WHERE stripe_payment_intent_id IS NOT NULL LIMIT 1",
    "id": "SELECT id::text FROM orders LIMIT 1",
    "beginning of an id": "SELECT left(id::text, 8) FROM orders LIMIT 1",
    "person": "SELECT first_name || ' ' || last_name FROM users LIMIT 1",
    "person, two typos": "SELECT overlay(first_name PLACING 'x' FROM 3) || ' ' || left(last_name, -2)"
    " || reverse(right(last_name, 2)) FROM users WHERE length(first_name) > 4 AND length(last_name) > 5 LIMIT 1",
    "product, one typo": "SELECT regexp_replace(name, '^(.{3}).', '\\1') FROM products LIMIT 1",
    "a word of 1 in 1,000": f"SELECT '{RARE_WORD}'",
    "a word of 1 in 10": f"SELECT '{COMMON_WORD}'",
    "nothing that exists": "SELECT 'qzxw vkkj'",
}


def figures(admin_url: str) -> dict[str, Figure | str]:
    """Each search as the demo's admin, in turn."""
    _, app_url = data.prepared(admin_url)
    client, engine = ours.signed_in(app_url)
    with engine.connect() as connection:
        typed = {name: str(connection.scalar(sa.text(query))) for name, query in _TYPED.items()}
    paths = {name: f"/admin/palette/?q={quote(text)}" for name, text in typed.items()}
    try:
        return measure(
            {
                name: Contender(call=lambda path=path: requests.got(client, path), engine=engine)
                for name, path in paths.items()
            },
            runs=RUNS,
        )
    finally:
        engine.dispose()


def table(found: Mapping[str, Figure | str]) -> Iterator[str]:
    """The figures as text, each beside the goal."""
    yield f"{'':26}{'p50 ms':>10}{'p95 ms':>10}{'stmts':>8}   goal: {GOAL} ms, {STATEMENTS} statements"
    for name, figure in found.items():
        if isinstance(figure, str):
            yield f"{name:26}{figure}"
        else:
            held = "held" if figure.p95 <= GOAL and figure.statements <= STATEMENTS else "MISSED"
            yield f"{name:26}{figure.p50:10.1f}{figure.p95:10.1f}{figure.statements:8d}   {held}"
