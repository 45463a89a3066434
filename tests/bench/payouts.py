"""Putting payouts together from 100,000 order lines: as the scheduler does, and with one statement a table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import psycopg

from backoffice.acting import Acting
from backoffice.jobs.runtime import Runtime
from backoffice.servers import roles
from backoffice.services.payouts import assemble, earnings
from tests.bench import market, ours
from tests.bench.measure import Ratio
from tests.support import databases

RUNS: Final = 3
LINES: Final = 100_000
MARKET: Final = market.Market(database="backoffice_bench_payouts", vendors=300, orders=LINES // 2, settled=False)
_COPY: Final = "backoffice_bench_payouts_run"
#: What is counted after each run, so that nobody wins by doing less.
_TABLES: Final = (
    "journals",
    "journal_lines",
    "payout_items",
    "payouts",
    "pending_earnings",
    "audit_log",
    "status_history",
)

#: Free lines, as somebody would write it who knows what the order of this market is made of.
_DUE: Final = """
CREATE TEMPORARY TABLE due AS
SELECT i.id, i.vendor_id, i.currency, uuid7() AS journal_id, i.vendor_amount
    + CASE o.tax_remitter WHEN 'vendor' THEN i.tax_amount ELSE 0 END - coalesce((SELECT sum(ri.vendor_amount)
        FROM refund_items AS ri JOIN refunds AS r ON r.id = ri.refund_id
        WHERE ri.order_item_id = i.id AND r.status = 'succeeded'), 0) AS earning
FROM order_items AS i JOIN orders AS o ON o.id = i.order_id
JOIN users AS u ON u.id = i.vendor_id AND u.status = 'active'
JOIN vendor_profiles AS v ON v.vendor_id = i.vendor_id AND v.payouts_enabled AND NOT v.requirements_past_due
JOIN (SELECT si.order_item_id, sum(si.quantity) AS units, max(s.delivered_at) AS last FROM shipment_items AS si
    JOIN shipments AS s ON s.id = si.shipment_id AND s.status = 'delivered' GROUP BY 1) AS got
    ON got.order_item_id = i.id AND got.units >= i.quantity - i.quantity_cancelled
JOIN (SELECT order_id, sum(captured_amount) AS came FROM payments
    WHERE status IN ('succeeded', 'refunded') AND coalesce(available_on, processed_at) <= now() GROUP BY 1) AS paid
    ON paid.order_id = o.id AND paid.came >= o.total_amount
WHERE got.last + make_interval(days => coalesce(v.hold_days, 7)) <= now()
    AND NOT EXISTS (SELECT FROM disputes AS d WHERE d.order_id = o.id AND d.status IN ('open', 'in_review'))
    AND NOT EXISTS (SELECT FROM chargebacks AS c WHERE c.order_id = o.id AND c.status NOT IN ('won', 'warning_closed'))
    AND NOT EXISTS (SELECT FROM refunds AS r WHERE r.order_id = o.id
        AND r.status IN ('requested', 'approved', 'processing'))
    AND NOT EXISTS (SELECT FROM payout_holds AS h WHERE h.vendor_id = i.vendor_id AND h.released_at IS NULL)
    AND NOT EXISTS (SELECT FROM journals AS j WHERE j.source_id = i.id AND j.event = 'earning_available')
"""
#: The same rows as this product writes, balances and audit included.
_FLOOR: Final = (
    _DUE,
    """
    INSERT INTO journals (id, event, source_type, source_id, currency)
    SELECT journal_id, 'earning_available', 'order_items', id, currency FROM due
    """,
    """
    INSERT INTO journal_lines (journal_id, account_id, amount, currency)
    SELECT journal_id, a.id, CASE a.kind WHEN 'vendor_pending' THEN earning ELSE -earning END, a.currency
    FROM due JOIN ledger_accounts AS a USING (vendor_id, currency)
    """,
    "DELETE FROM pending_earnings USING due WHERE order_item_id = due.id",
    """
    CREATE TEMPORARY TABLE made AS
    SELECT uuid7() AS id, uuid7() AS journal_id, vendor_id, currency, sum(earning) AS amount, encode(sha256(convert_to(
        string_agg(journal_id || ':' || earning::numeric(19, 4), E'\\n' ORDER BY journal_id), 'UTF8')), 'hex') AS hash
    FROM due GROUP BY vendor_id, currency
    """,
    """
    INSERT INTO payouts (id, vendor_id, amount, currency, period_start, period_end, items_hash)
    SELECT id, vendor_id, amount, currency, now(), now(), hash FROM made
    """,
    """
    INSERT INTO payout_items (vendor_id, payout_id, journal_id, order_item_id, amount, currency)
    SELECT d.vendor_id, m.id, d.journal_id, d.id, d.earning, d.currency
    FROM due AS d JOIN made AS m USING (vendor_id, currency)
    """,
    """
    INSERT INTO journals (id, event, source_type, source_id, currency)
    SELECT journal_id, 'payout_assembled', 'payouts', id, currency FROM made
    """,
    """
    INSERT INTO journal_lines (journal_id, account_id, amount, currency)
    SELECT m.journal_id, a.id, CASE a.kind WHEN 'vendor_available' THEN amount ELSE -amount END, a.currency
    FROM made AS m JOIN ledger_accounts AS a ON a.currency = m.currency
        AND (a.kind = 'payout_in_transit' OR a.kind = 'vendor_available' AND a.vendor_id = m.vendor_id)
    """,
    """
    INSERT INTO account_balances (account_id, balance, lines)
    SELECT account_id, sum(l.amount), count(*) FROM journal_lines AS l
    WHERE journal_id IN (SELECT journal_id FROM due UNION ALL SELECT journal_id FROM made) GROUP BY account_id
    """,
    """
    INSERT INTO status_history (entity, entity_id, to_status, actor)
    SELECT 'payouts', id, 'pending', 'S' FROM made
    """,
    """
    INSERT INTO audit_log (actor_role, action, entity, entity_id, after)
    SELECT 'scheduler', 'insert', 'payouts', id::text, jsonb_build_object('vendor_id', vendor_id,
        'amount', amount::text, 'currency', currency, 'status', 'pending', 'payout_method', 'bank_account',
        'items_hash', hash, 'attempt', 1, 'reversed_amount', '0.0000', 'second_person_required', false,
        'created_at', now())
    FROM made
    """,
    """
    INSERT INTO audit_log (actor_role, action, entity, entity_id, after)
    SELECT 'scheduler', 'insert', 'payout_items', id::text, jsonb_build_object('vendor_id', vendor_id, 'journal_id',
        journal_id, 'order_item_id', order_item_id, 'amount', amount::text, 'currency', currency,
        'created_at', created_at)
    FROM payout_items
    """,
    """
    INSERT INTO audit_log (actor_role, action, entity, entity_id, before, after)
    SELECT 'scheduler', 'update', 'payout_items', id::text, '{"payout_id": null}',
        jsonb_build_object('payout_id', payout_id)
    FROM payout_items
    """,
)


def ratio(admin_url: str) -> Ratio:
    """Both ways in turn, each over its own copy of the same market."""
    source = market.made(admin_url, MARKET)
    ways: Mapping[str, Callable[[str], float]] = {"ours": _ours, "floor": _floor}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    written: dict[str, object] = {}
    for _ in range(RUNS):
        for name, way in ways.items():
            with market.copied(admin_url, source, _COPY):
                seconds[name].append(way(admin_url))
                written[name] = _written(admin_url)
    if written["ours"] != written["floor"]:
        raise RuntimeError(f"They did not write the same rows: {written}")
    return Ratio.of_seconds(f"payouts of {LINES:,} lines", *(statistics.median(seconds[name]) for name in ways))


def _ours(admin_url: str) -> float:
    """Seconds of the sweeps: earnings become available batch by batch, then payouts are put together at once."""
    runtime = Runtime(config=ours.config(databases.address(admin_url, _COPY, roles.APP)))
    try:
        started = time.perf_counter()
        released = 0
        while True:
            with runtime.sessions.begin() as session:
                count = earnings.release(session)
            if not count:
                break
            released += count
        with runtime.sessions.begin() as session:
            payouts = assemble.assemble(session, acting=Acting.system("scheduler"))
            total = sum((payout.amount for payout in payouts), Decimal(0))
        ended = time.perf_counter()
    finally:
        runtime.engine.dispose()
    if (released, len(payouts), total) != (LINES, MARKET.vendors, LINES * Decimal(45)):
        raise RuntimeError(f"{released} lines, {len(payouts)} payouts, {total} in all.")
    return ended - started


def _floor(admin_url: str) -> float:
    """Seconds of the plain statements. Foreign keys are checked; our triggers are off, since it writes their rows."""
    with psycopg.connect(databases.address(admin_url, _COPY, roles.OWNER)) as connection:
        for table in _TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        connection.commit()
        started = time.perf_counter()
        for statement in _FLOOR:
            connection.execute(statement.encode())
        connection.commit()
        return time.perf_counter() - started


def _written(admin_url: str) -> Mapping[str, int]:
    with psycopg.connect(market.within(admin_url, _COPY)) as connection:
        return {
            table: int(connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()[0])  # type: ignore[index]
            for table in _TABLES
        }
