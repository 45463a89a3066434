"""Delivered and paid orders with their journals, by the hundred thousand, written past the triggers in sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backoffice import migrate
from backoffice.demo import triggers
from backoffice.servers import roles
from tests.support import databases


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A database of so many `orders` of two lines each over `vendors`; `settled`: their payouts are put together."""

    database: str
    vendors: int
    orders: int
    settled: bool


#: A shipment, two lines and a payment each; every line earns 45.00 and was delivered a month ago.
_ORDERS: Final = """
CREATE TEMPORARY TABLE sale AS
SELECT n, uuid7() AS id, uuid7() AS payment_id, uuid7() AS shipment_id, uuid7() AS journal_id, v.id AS vendor_id,
    p.id AS product_id, now() - interval '40 days' AS made
FROM generate_series(0, %(orders)s - 1) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS v FROM users WHERE role = 'vendor') AS v
    ON v.v = n %% %(vendors)s
JOIN products AS p ON p.vendor_id = v.id;
INSERT INTO orders (id, created_at, order_number, customer_id, vendor_id, status, payment_status, subtotal,
    total_amount, currency, shipped_at, delivered_at)
SELECT s.id, made, 'BENCH-' || n, u.id, s.vendor_id, 'delivered', 'paid', 100, 100, 'USD', made,
    made + interval '9 days'
FROM sale AS s, users AS u WHERE u.role = 'customer' ORDER BY n;
INSERT INTO order_items (created_at, order_id, product_id, vendor_id, product_name, product_sku, unit_price, quantity,
    total_price, currency, commission_rate, commission_source, commission_amount, vendor_amount)
SELECT made, id, product_id, vendor_id, 'Lamp', 'LAMP', 50, 1, 50, 'USD', 0.1, 'default', 5, 45
FROM sale, generate_series(1, 2) ORDER BY n;
INSERT INTO payments (id, created_at, order_id, stripe_payment_intent_id, amount, currency, status, provider_status,
    payment_method, processed_at, available_on, captured_amount)
SELECT payment_id, made, id, 'pi_bench_' || n, 100, 'USD', 'succeeded', 'succeeded', 'card', made,
    made + interval '2 days', 100 FROM sale ORDER BY n;
INSERT INTO shipments (id, created_at, order_id, shipping_method_id, status, shipped_at, delivered_at)
SELECT shipment_id, made, s.id, m.id, 'delivered', made, made + interval '9 days'
FROM sale AS s, shipping_methods AS m ORDER BY n;
INSERT INTO shipment_items (created_at, shipment_id, order_item_id, quantity)
SELECT made, shipment_id, i.id, 1 FROM sale AS s JOIN order_items AS i ON i.order_id = s.id ORDER BY n;
INSERT INTO pending_earnings (order_item_id, look_at) SELECT id, now() FROM order_items;
INSERT INTO journals (id, created_at, posted_at, event, source_type, source_id, currency, provider_id)
SELECT journal_id, made, made, 'payment_captured', 'payments', payment_id, 'USD', 'pi_bench_' || n
FROM sale ORDER BY n;
INSERT INTO journal_lines (created_at, journal_id, account_id, amount, currency)
SELECT made, journal_id, a.id, CASE a.kind WHEN 'psp_clearing' THEN 100 WHEN 'vendor_pending' THEN -90 ELSE -10 END,
    'USD'
FROM sale AS s JOIN ledger_accounts AS a ON a.currency = 'USD'
    AND (a.kind IN ('psp_clearing', 'commission_revenue') OR a.kind = 'vendor_pending' AND a.vendor_id = s.vendor_id)
ORDER BY n;
"""
_VENDORS: Final = """
INSERT INTO categories (name, slug) VALUES ('Lamps', 'lamps');
INSERT INTO shipping_methods (name, carrier, service_type, currency, estimated_days_min, estimated_days_max)
VALUES ('By road', 'Bench', 'standard', 'USD', 2, 9);
INSERT INTO users (email, first_name, last_name, role, status, password_hash)
SELECT role || n || '@bench.example.test', role, n::text, role, 'active', 'none'
FROM generate_series(1, %(vendors)s) AS n, (VALUES ('vendor'), ('customer')) AS roles (role)
WHERE role = 'vendor' OR n = 1;
INSERT INTO vendor_profiles (vendor_id, verification_status, stripe_account_id, payouts_enabled)
SELECT id, 'approved', 'acct_bench_' || last_name, true FROM users WHERE role = 'vendor';
INSERT INTO products (vendor_id, category_id, name, slug, price, currency, sku, status, published_at)
SELECT u.id, c.id, 'Lamp', 'lamp-' || u.last_name, 50, 'USD', 'LAMP-' || u.last_name, 'active', now()
FROM users AS u, categories AS c WHERE u.role = 'vendor';
INSERT INTO ledger_accounts (kind, vendor_id, currency)
SELECT kind, id, 'USD' FROM users, (VALUES ('vendor_pending'), ('vendor_available')) AS k (kind) WHERE role = 'vendor';
"""
#: E3 of every line, and one payout a vendor with its E4.
_SETTLED: Final = """
CREATE TEMPORARY TABLE batch AS
SELECT uuid7() AS id, uuid7() AS journal_id, vendor_id, count(*) AS lines FROM order_items GROUP BY vendor_id;
CREATE TEMPORARY TABLE earned AS
SELECT i.id, i.vendor_id, uuid7() AS journal_id, b.id AS payout_id
FROM order_items AS i JOIN batch AS b USING (vendor_id);
INSERT INTO journals (id, event, source_type, source_id, currency)
SELECT journal_id, 'earning_available', 'order_items', id, 'USD' FROM earned;
DELETE FROM pending_earnings;
INSERT INTO journal_lines (journal_id, account_id, amount, currency)
SELECT journal_id, a.id, CASE a.kind WHEN 'vendor_pending' THEN 45 ELSE -45 END, 'USD'
FROM earned AS e JOIN ledger_accounts AS a ON a.vendor_id = e.vendor_id AND a.currency = 'USD';
INSERT INTO payouts (id, vendor_id, amount, currency, items_hash)
SELECT id, vendor_id, lines * 45, 'USD', repeat('0', 64) FROM batch;
INSERT INTO payout_items (vendor_id, payout_id, journal_id, order_item_id, amount, currency)
SELECT vendor_id, payout_id, journal_id, id, 45, 'USD' FROM earned;
INSERT INTO journals (id, event, source_type, source_id, currency)
SELECT journal_id, 'payout_assembled', 'payouts', id, 'USD' FROM batch;
INSERT INTO journal_lines (journal_id, account_id, amount, currency)
SELECT journal_id, a.id, CASE a.kind WHEN 'vendor_available' THEN lines * 45 ELSE lines * -45 END, 'USD'
FROM batch AS b JOIN ledger_accounts AS a ON a.currency = 'USD'
    AND (a.kind = 'payout_in_transit' OR a.kind = 'vendor_available' AND a.vendor_id = b.vendor_id);
"""


def made(admin_url: str, market: Market) -> str:
    """The name of the filled database, made unless it is there with the schema of today."""
    url = within(admin_url, market.database)
    if not _is_made(admin_url, url, market):
        print(f"Making {market.database}; this takes a few minutes, once.", flush=True)
        databases.drop(admin_url, market.database)
        migrated(admin_url, market.database)
        with psycopg.connect(url, autocommit=True) as connection:
            _fill(connection, market)
    return market.database


def migrated(admin_url: str, database: str) -> tuple[str, str]:
    """Addresses of the owner and of the application, of a database with the newest schema."""
    databases.new(admin_url, database)
    owner = databases.address(admin_url, database, roles.OWNER)
    migrate.upgrade(owner)
    roles.grant(owner, roles.APP)
    return owner, databases.address(admin_url, database, roles.APP)


def within(admin_url: str, database: str) -> str:
    """The superuser's address of one database."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


@contextmanager
def copied(admin_url: str, source: str, name: str) -> Iterator[None]:
    """A copy of `source` while inside, for what changes it."""
    databases.drop(admin_url, name)
    with psycopg.connect(admin_url, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
        connection.execute(statement.format(*map(sql.Identifier, (name, roles.OWNER, source))))
    try:
        yield
    finally:
        databases.drop(admin_url, name)


def _is_made(admin_url: str, url: str, market: Market) -> bool:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [market.database]).fetchone():
            return False
    migrate.upgrade(databases.address(admin_url, market.database, roles.OWNER))
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM orders").fetchone()
    return found == (market.orders,)


def _fill(connection: psycopg.Connection[tuple[object, ...]], market: Market) -> None:
    sizes = {"vendors": market.vendors, "orders": market.orders}
    # One after the other with the values written in, since a statement with parameters comes alone.
    texts = (_VENDORS % sizes, _ORDERS % sizes, *((_SETTLED,) if market.settled else ()))
    with connection.transaction(), triggers.disabled(connection):
        for statement in ";".join(texts).split(";"):
            if statement.strip():
                connection.execute(statement.encode())
    connection.execute("SELECT rebuild_account_balances()")
    connection.execute("VACUUM (ANALYZE)")
