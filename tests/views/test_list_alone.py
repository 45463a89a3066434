"""What a list sends to a page that has it already: itself, without the frame."""

from __future__ import annotations

import re

ASKED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "list"}
ROWS = re.compile(r'name="rowid" value="([0-9a-f-]{36})')


def test_the_list_alone_has_the_rows_and_the_count_and_no_frame(browse, world):
    """The same rows as the whole page; what stands above the list is exchanged by its id."""
    admin = browse("admin")
    for query in ("", "?f_status=pending", "?sort=name", f"?q={world.rows['products'].sku}"):
        whole, alone = (admin.get(f"products/{query}", headers=one).text for one in ({}, ASKED))
        assert ROWS.findall(alone) == ROWS.findall(whole)
        assert "<html" not in alone
        assert 'id="sidebar"' not in alone
        assert alone.count('id="list"') == whole.count('id="list"') == 1
        assert alone.count('id="list-count" role="status" hx-swap-oob="true"') == 1
        assert "hx-swap-oob" not in whole.split('id="list-count"')[1].split(">")[0]


def test_it_takes_no_more_statements(browse, world):
    """Six at most, as for the whole page."""
    _, statements = browse("admin").count("products/?q=lamp", headers=ASKED)
    assert len(statements) <= 6


def test_going_back_in_the_browser_gets_the_whole_page(browse, world):
    """htmx says so when it asks for a page that it no longer has."""
    page = browse("admin").get("products/", headers=ASKED | {"HX-History-Restore-Request": "true"}).text
    assert "<html" in page


def test_what_narrows_or_orders_fetches_the_list_alone(browse, world):
    """Search, views, heads, chips and pages; rows, actions and what is sent lead elsewhere."""
    page = browse("admin").get("products/?f_status=pending&sort=name").text
    boosted = re.findall(r"<(\w+)[^>]*hx-boost=\"true\"", page)
    assert sorted(boosted) == ["form", "nav", "nav", "thead", "ul"]
    assert 'hx-boost="true"' not in page.split("<tbody")[1].split("</tbody>")[0]
    builder = browse("admin").get("products/filters/?f_status=pending", headers={"HX-Request": "true"}).text
    assert 'hx-boost="true"' in builder
    assert 'hx-boost="true"' not in browse("admin").get("products/filters/?f_status=pending").text


def test_a_kept_statement_is_one_persons(browse, world):
    """ACC-1: the statement of a first page is kept by whose rows it shows."""
    first, second = browse("vendor"), browse("vendor2")
    number = world.rows["orders"].order_number
    for _ in range(2):
        for query in ("", f"?q={number}"):
            assert number in first.get(f"orders/{query}").text
            assert f">{number}<" not in second.get(f"orders/{query}").text
