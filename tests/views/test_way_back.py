"""Whoever edits a record comes back to where they were, and its neighbours are those of the list as they see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import ListPreference, Product, SavedView
from tests.factories.products import make_category, make_product
from tests.factories.users import make_vendor
from tests.views.html import fields

LINKS = re.compile(r'href="[^"]*details/\?id=([0-9a-f-]{36})[^"]*" aria-label="(Previous|Next) in the list"')
EDIT = re.compile(r'href="([^"]+)" data-key="e"')
CANCEL = re.compile(r'href="([^"]+)">Cancel')
LIST = "/admin/products/?f_stock_quantity=gte%3A1&sort=name"
ELSEWHERE = [
    "https://evil.example/admin/products/", "//evil.example/admin/", "/\\evil.example", "javascript:alert(1)",
    "/admin", "/administrator/", "/vendor/products/", "/admin/../vendor/", "/admin/%2e%2e/vendor/", "/sign-out",
    "/admin/\x00", "/admin/" + "x" * 2000, "",
]  # fmt: skip


@pytest.fixture
def shelf(committed: Session) -> Iterator[list[Product]]:
    """Three products, whose order by name is not that of their making."""
    vendor, category = make_vendor(committed), make_category(committed)
    made = [make_product(committed, vendor=vendor, category=category, name=name) for name in ("B", "C", "A")]
    committed.commit()
    yield made
    committed.rollback()
    committed.execute(sa.delete(SavedView))
    committed.execute(sa.delete(ListPreference))
    committed.commit()


def of(row: Product) -> str:
    return f"/admin/products/details/?id={row.id}"


def neighbours(text: str) -> dict[str, str]:
    return {label: row_id for row_id, label in LINKS.findall(text)}


def saved(browser: Any, address: str) -> Any:
    return browser.post(address.partition("&back=")[0], fields(browser.get(address).text))


def test_a_record_of_a_list_is_edited_and_left_for_its_place(browse: Any, shelf: list[Product]) -> None:
    """Saving and leaving both lead to the record as it was, and from there to the list with its filters."""
    browser = browse("admin")
    record = browser.get(of(shelf[0]), headers={"Referer": f"http://localhost{LIST}&after=x"}).text
    edit = unescape(EDIT.findall(record)[0])
    form = browser.get(edit).text
    back = unescape(CANCEL.findall(form)[0])
    assert parse_qs(urlsplit(back).query)["in"] == [urlsplit(LIST).query]
    answer = saved(browser, edit)
    assert (answer.status_code, answer.location) == (302, back)
    assert f'href="{LIST}"'.replace("&", "&amp;") in browser.get(back).text
    # A tab of the record keeps the place too.
    tab = browser.get(f"{back}&tab=history", headers={"HX-Request": "true", "HX-Target": "tab"}).text
    assert "in=f_stock_quantity" in tab


def test_a_row_of_a_list_is_edited_and_left_for_the_list(browse: Any, shelf: list[Product]) -> None:
    """The quick look hands its list on."""
    browser = browse("admin")
    address = f"products/peek/?id={shelf[0].id}&back={quote(LIST, safe='')}"
    edit = next(one for one in re.findall(r'href="([^"]+)"', browser.get(address).text) if "/edit/" in one)
    form = browser.get(unescape(edit)).text
    assert unescape(CANCEL.findall(form)[0]) == LIST
    assert saved(browser, unescape(edit)).location == LIST


def test_a_refused_and_a_stale_form_keep_the_way_back(browse: Any, shelf: list[Product]) -> None:
    browser = browse("admin")
    address = f"products/edit/?id={shelf[0].id}"
    form = dict(fields(browser.get(f"{address}&back={quote(LIST, safe='')}").text))
    refused = browser.post(address, form | {"stock_quantity": "many"})
    stale = browser.post(address, form | {"row_version": "0"})
    for answer, status in ((refused, 422), (stale, 409)):
        assert answer.status_code == status
        assert ("back", LIST) in fields(answer.text)
        assert unescape(CANCEL.findall(answer.text)[0]) == LIST


@pytest.mark.parametrize("back", ELSEWHERE)
def test_nobody_is_sent_elsewhere(browse: Any, shelf: list[Product], back: str) -> None:
    """I10: only to pages of this panel."""
    browser = browse("admin")
    address = f"products/edit/?id={shelf[0].id}"
    text = browser.get(f"{address}&back={quote(back, safe='')}").text
    assert CANCEL.findall(text) == [of(shelf[0])]
    assert "back" not in dict(fields(text))
    form = [(name, value) for name, value in fields(text) if name != "back"]
    answer = browser.post(address, [*form, ("back", back)])
    assert (answer.status_code, answer.location) == (302, of(shelf[0]))


def test_an_undo_leads_back_too(browse: Any, committed: Session, shelf: list[Product]) -> None:
    browser = browse("admin")
    here = f"{of(shelf[0])}&in=sort%3Dname"
    form = {"entry": "x", "row_version": "1"}
    address = f"products/restore/?id={shelf[0].id}"
    edit = f"products/edit/?id={shelf[0].id}"
    assert browser.post(edit, [*fields(browser.get(edit).text), ("stock_quantity", "77")]).status_code == 302
    entry = re.search(r'name="entry" value="([^"]+)"', browser.get(here).text)
    assert entry is not None
    committed.refresh(shelf[0])
    form |= {"entry": entry[1], "row_version": str(shelf[0].version)}
    assert browser.post(address, form, headers={"Referer": f"http://localhost{here}"}).location == here
    elsewhere = {"Referer": f"http://evil.example{here}"}
    assert browser.post(address, form, headers=elsewhere).location == of(shelf[0])


def test_the_neighbours_follow_the_remembered_order(browse: Any, shelf: list[Product]) -> None:
    """The order is nowhere in the address: it is how this person likes the list. Everybody else has the list's own."""
    browser, (b, c, a) = browse("admin"), shelf
    place = f"{of(b)}&in=" + quote(f"f_vendor_id={b.vendor_id}", safe="")
    assert neighbours(browser.get(place).text) == {"Previous": str(c.id)}
    browser.post("products/settings/", {"columns": "name", "sort": "name", "size": "50"})
    assert neighbours(browser.get(place).text) == {"Previous": str(a.id), "Next": str(c.id)}


def test_the_neighbours_follow_a_saved_view(browse: Any, committed: Session, shelf: list[Product]) -> None:
    """Its filters and order count where the address names it only, and the default view where it says nothing."""
    browser, (b, c, a) = browse("admin"), shelf
    browser.post("products/views/", {"name": "Mine", "query": f"f_vendor_id={b.vendor_id}&sort=-name"})
    view = committed.scalars(sa.select(SavedView)).one()
    expected = {"Previous": str(c.id), "Next": str(a.id)}
    assert neighbours(browser.get(f"{of(b)}&in=view%3D{view.id}").text) == expected
    for do in ("share", "default"):
        assert browser.post("products/views/change/", {"view": str(view.id), "do": do}).status_code == 302
    assert neighbours(browser.get(f"{of(b)}&in=").text) == expected
    assert neighbours(browser.get(f"{of(b)}&in=view%3Dnone").text) != expected
    # A list that was paged without its view is one without its view.
    paged = browser.get(of(b), headers={"Referer": "http://localhost/admin/products/?after=x"}).text
    assert 'href="/admin/products/?view=none"' in paged


def test_the_place_costs_four_statements(browse: Any, shelf: list[Product]) -> None:
    browser = browse("admin")
    _, alone = browser.count(of(shelf[0]))
    _, placed = browser.count(f"{of(shelf[0])}&in=sort%3Dname")
    assert len(placed) - len(alone) <= 4
    assert len(placed) <= 11
