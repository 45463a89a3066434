"""Every part of the palette's statements is answered by an index, on tables that are large enough to tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.permissions import Role
from models import Product, User
from tests import factories as make
from tests.views.conftest import app  # noqa: F401 - fixture
from views.palette.query import PaletteQuery

#: Rows that PostgreSQL would rather not read one by one; all else is empty here and read as it likes.
LARGE = {"products", "users", "searchable_names", "name_words", "orders"}
ROWS = 4000
_MORE_PRODUCTS = """
    INSERT INTO products (vendor_id, category_id, name, slug, sku, price, currency)
    SELECT vendor_id, category_id, 'Chair ' || translate(md5(n::text), '0123456789', 'ghijklmnop'), 'slug-' || n,
        'SKU-' || n, 1, 'USD'
    FROM products, generate_series(1, :rows) AS n WHERE id = :id
"""
_MORE_USERS = """
    INSERT INTO users (email, first_name, last_name, role)
    SELECT 'u' || n || '@example.test', translate(substr(md5(n::text), 1, 6), '0123456789', 'ghijklmnop'), 'Smith',
        'customer'
    FROM generate_series(1, :rows) AS n
"""
_MORE_ORDERS = """
    INSERT INTO orders (order_number, customer_id, vendor_id, subtotal, total_amount, currency)
    SELECT 'ORD-' || n, customer_id, vendor_id, 10, 10, 'USD'
    FROM orders, generate_series(1, :rows) AS n WHERE id = :id
"""


@pytest.fixture(scope="module")
def crowded(owner_url: str) -> Iterator[tuple[Session, Product]]:
    """Some thousand products, people and orders with fresh statistics, gone afterwards."""
    engine = sa.create_engine(sqlalchemy_url(owner_url), poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin() as transaction, Session(connection) as session:
        product = make.make_product(session, name="Samsung lamp")
        order = make.make_order(session, vendor=session.get_one(User, product.vendor_id))
        session.execute(sa.text(_MORE_PRODUCTS), {"rows": ROWS, "id": product.id})
        session.execute(sa.text(_MORE_USERS), {"rows": ROWS})
        session.execute(sa.text(_MORE_ORDERS), {"rows": ROWS, "id": order.id})
        session.execute(sa.text(f"ANALYZE {', '.join(sorted(LARGE))}"))
        yield session, product
        transaction.rollback()
    engine.dispose()


def plans(session: Session, query: PaletteQuery, text: str, who) -> list[str]:
    """How PostgreSQL answers each statement of a search."""
    said = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        said.append((statement, parameters))

    connection = session.connection()
    with session.begin_nested():
        event.listen(connection, "before_cursor_execute", note)
        try:
            query.search(session, text, who)
        finally:
            event.remove(connection, "before_cursor_execute", note)
    # The first sets how the others are planned; explained in turn, they are planned as they were.
    found = []
    for statement, parameters in [one for one in said if "SAVEPOINT" not in one[0]]:
        for name in ("seqscan", "indexscan", "hashjoin", "mergejoin"):
            switch = "on" if not found else "off"
            session.execute(sa.text(f"SET LOCAL enable_{name} = {switch}"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        found.append("\n".join(row[0] for row in rows))
    return found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.LOGISTICS, Role.VENDOR])
@pytest.mark.parametrize("text", ["SKU-77", "ORD-77", "u77@example.test", "samsng lmap", "lamp", "01a2b3c4", "smih"])
def test_no_large_table_is_read_whole(app, crowded, role, text):  # noqa: F811
    session, product = crowded
    panel = app.extensions["panels"][role]
    query = PaletteQuery(role, ((view.entity, view.access) for view in panel.views.values()))
    who = make.acting_for(make.make_user(session, role)) if role is not Role.VENDOR else None
    who = who or make.acting_for(session.get_one(User, product.vendor_id))
    for plan in plans(session, query, text, who):
        read = set(re.findall(r"Seq Scan on (\w+)", plan))
        assert not read & LARGE, plan


def test_names_are_found_by_the_index_of_their_kind(app, crowded):  # noqa: F811
    session, product = crowded
    panel = app.extensions["panels"][Role.ADMIN]
    query = PaletteQuery(Role.ADMIN, ((view.entity, view.access) for view in panel.views.values()))
    who = make.acting_for(make.make_user(session))
    _, words, rows = plans(session, query, "samsng lamp", who)
    assert "ix_name_words_word" in words
    assert "ix_name_words_grams" in words
    assert "ix_searchable_names_products" in rows
    assert "ix_searchable_names_others" in rows
    assert product.id in [one.id for one in query.search(session, "samsng lamp", who)]
