"""The search box: offered where something can be found by more than an id, and it finds it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models import Order, Product, User
from views.catalogue import ENTITIES

#: What a person has in hand, and where it leads.
FOUND = [
    ("disputes", Order.order_number, "order_id"),
    ("order_items", Order.order_number, "order_id"),
    ("payments", Order.order_number, "order_id"),
    ("refunds", Order.order_number, "order_id"),
    ("shipments", Order.order_number, "order_id"),
    ("transactions", Order.order_number, "order_id"),
    ("reviews", Product.sku, "product_id"),
    ("payouts", User.email, "vendor_id"),
    ("subscriptions", User.email, "vendor_id"),
    ("user_profiles", User.email, "user_id"),
    ("vendor_profiles", User.email, "vendor_id"),
]


@pytest.mark.parametrize(("noun", "typed", "reference"), FOUND, ids=[one[0] for one in FOUND])
def test_a_row_is_found_by_what_it_belongs_to(browse, committed, world, noun, typed, reference):
    row = world.rows[noun]
    text = committed.scalar(sa.select(typed).where(typed.class_.id == getattr(row, reference)))
    browser = browse("admin")
    assert f"details/?id={row.id}" in browser.get(f"{noun}/", query_string={"q": f" {text} "}).text
    assert f"details/?id={row.id}" not in browser.get(f"{noun}/", query_string={"q": text + "x"}).text


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.noun)
def test_a_box_says_what_it_searches(browse, entity):
    """No box without a way to find anything; an id in the address still opens a record."""
    for role, access in entity.access.items():
        text = browse(role.value).get(f"{entity.noun}/").text
        assert ('type="search"' in text) == bool(access.search and entity.search)
        if access.search and entity.search:
            assert 'placeholder="Search by ' in text
