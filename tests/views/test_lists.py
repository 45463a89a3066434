"""Lists: places, filters, search, counts, and addresses that nobody should have typed."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models import AuditLog
from models.base import uuid7
from models.payout import PayoutStatus
from models.product import ProductStatus
from tests.factories import make_category, make_order, make_product, make_vendor
from tests.support.exports import fetch
from views import cells, orders, products
from views.catalogue import ENTITIES
from views.listing import query as listing

NEXT = re.compile(r'rel="next" href="([^"]+)"')
PREVIOUS = re.compile(r'rel="prev" href="([^"]+)"')
IDS = re.compile(r'name="rowid" value="([0-9a-f-]{36})')

LISTS = [pytest.param(role, entity, id=f"{role.value}-{entity.noun}") for entity in ENTITIES for role in entity.access]
#: Each entity once, in the panel with the most filters: what reads an address is the same in all.
WIDEST = [
    pytest.param(max(entity.access, key=lambda role: len(entity.access[role].filters)), entity, id=entity.noun)
    for entity in ENTITIES
]
BAD_PLACES = [
    "page=-1&size=-5&sort=nothing", "page=99999999999999999999&size=50000&sort=-", "size=²&after=x",
    "after=%00&size=20&size=50", "before=W10", "after=W1tdXQ&before=x", "after=&before=&sort=name&sort=price",
]  # fmt: skip
BAD_TEXTS = ["%00", "%25_%27%22%3B--", "x" * 5000, "a%00b", "%22", "-", "AND+OR", "x&q=y"]
BAD_VALUES = [
    "nope", "%00", "", "2026-99-99", "9999-12-31", "0001-01-01", "NaN", "1e999", "not-a-uuid", "99999999999", "1.5",
    "0" * 36, "between:..", "last:99999m", "older:-1d", "not:", "is:",
]  # fmt: skip


@pytest.mark.parametrize(("role", "entity"), WIDEST)
def test_no_address_breaks_a_list(browse, role, entity):
    """Bogus pages, cursors, filters and searches answer 200 (flask-admin #9, #17, #18)."""
    browser, access = browse(role.value), entity.access[role]
    names = [f"f_{name}{end}" for name in access.filters for end in ("", "_from", "_to")]
    filtered = ["&".join(f"{name}={value}" for name in names) for value in BAD_VALUES]
    for query in (*BAD_PLACES, *(f"q={text}" for text in BAD_TEXTS), *filtered):
        assert browser.get(f"{entity.noun}/?{query}").status_code == 200, query


@pytest.mark.parametrize(("role", "entity"), LISTS)
def test_every_filter_sort_and_search_works(browse, world, role, entity):
    """Each offered filter is run with a value it understands; statements stay within six with that of the sign-in."""
    browser = browse(role.value)
    some = str(uuid7())
    for name in entity.access[role].filters:
        ranges = (f"f_{name}_from=2026-01-01&f_{name}_to=2026-12-31", f"f_{name}_from=1&f_{name}_to=5.5")
        for query in (*ranges, f"f_{name}={some}", f"f_{name}=yes", f"f_{name}=pending&f_{name}=active"):
            response, statements = browser.count(f"{entity.noun}/?{query}")
            assert response.status_code == 200, query
            assert len(statements) <= 5
    for sort in entity.access[role].sorts:
        for query in (f"sort={sort.removeprefix('-')}", f"sort=-{sort.removeprefix('-')}", "q=something", f"q={some}"):
            assert browser.get(f"{entity.noun}/?{query}").status_code == 200, query


def test_a_bad_filter_is_told(browse):
    text = browse("admin").get("products/?f_price_from=many").text
    assert "was not understood" in text


@pytest.fixture
def shelf(committed: Session) -> list[uuid.UUID]:
    """Forty-five products of a vendor of their own, five of each price."""
    vendor, category = make_vendor(committed), make_category(committed)
    made = [
        make_product(committed, vendor=vendor, category=category, price=Decimal(index // 5 + 1), name=f"N{index % 7}")
        for index in range(45)
    ]
    committed.commit()
    return [vendor.id, *(product.id for product in made)]


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "price", "-price", "name", "-name"])
def test_walking_forth_and_back_meets_every_row_once(browse, shelf, sort):
    """Equal values are told apart by the id, in both directions (flask-admin #22, #23)."""
    vendor, *expected = shelf
    browser, path = browse("admin"), f"products/?f_vendor_id={vendor}&size=20&sort={sort}"
    seen, pages = [], []
    while path:
        text = browser.get(path).text
        pages.append(IDS.findall(text))
        seen.extend(pages[-1])
        found = NEXT.search(text)
        path = f"products/{found[1]}".replace("&amp;", "&") if found else ""
    assert [len(page) for page in pages] == [20, 20, 5]
    assert sorted(seen) == sorted(str(one) for one in expected)
    back = PREVIOUS.search(text)
    assert IDS.findall(browser.get(f"products/{back[1]}".replace("&amp;", "&")).text) == pages[1]


def test_filters_and_count(browse, shelf):
    vendor, *_ = shelf
    text = browse("admin").get(f"products/?f_vendor_id={vendor}&f_price_from=2&f_price_to=3").text
    assert 'data-count="10"' in text


def test_the_count_stops(browse, shelf, monkeypatch):
    """Beyond the limit the list says so instead of counting on (flask-admin #23)."""
    monkeypatch.setattr(listing, "COUNT_LIMIT", 20)
    assert 'data-count="20+"' in browse("admin").get(f"products/?f_vendor_id={shelf[0]}").text


def test_search_by_word_sku_and_id(browse, committed):
    product = make_product(committed, name="Zebrawood chopping board", sku="ZEB-0007")
    committed.commit()
    browser = browse("admin")
    for text in ("zebrawood", "chopping zebrawood", '"chopping board"', "ZEB-0007", str(product.id)):
        assert IDS.findall(browser.get("products/", query_string={"q": text}).text) == [str(product.id)], text
    assert IDS.findall(browser.get("products/?q=zebrawood+-board").text) == []


def test_search_never_casts_or_scans():
    """Every search of every entity is an indexed comparison (flask-admin #23)."""
    for entity in ENTITIES:
        for branch in entity.search:
            clause = str(branch.clause("x"))
            assert "CAST" not in clause
            assert "LIKE" not in clause


def test_orders_by_number(browse, world):
    order = world.rows["orders"]
    text = browse("finance").get(f"orders/?q={order.order_number}").text
    assert re.findall(r'href="details/\?id=([0-9a-f-]{36})">([^<]+)', text) == [(str(order.id), order.order_number)]


def test_a_vendor_sees_only_its_own_rows(browse, world):
    """ACC-1: list, search by id, filter by a foreign vendor and count stay inside the scope (flask-admin #2)."""
    browser = browse("vendor")
    for noun, row in world.rows2.items():
        if noun in {"categories", "subscription_plans", "shipping_methods", "pending"} or noun not in _vendor_nouns():
            continue
        text = browser.get(f"{noun}/?q={row.id}").text
        assert f"details/?id={row.id}" not in text, noun
        assert browser.get(f"{noun}/details/?id={row.id}").status_code == 404, noun
    assert browser.get(f"products/edit/?id={world.rows2['products'].id}").status_code == 404
    saved = browser.post(f"products/edit/?id={world.rows2['products'].id}", {"row_version": "1", "stock_quantity": "0"})
    assert saved.status_code == 404


def _vendor_nouns() -> set[str]:
    return {entity.noun for entity in ENTITIES if Role.VENDOR in entity.access}


def test_internal_messages_never_reach_a_vendor(browse, world):
    """DSP-4."""
    text = browse("vendor").get(f"disputes/details/?id={world.rows['disputes'].id}&tab=messages").text
    assert "Where is it?" in text
    assert "Internal remark" not in text


@pytest.mark.parametrize(
    "bad", ["", "x", "a,b", ".", "%00", "1", "0" * 36, "../..", "01234567-89ab-7def-8123-456789abcdef"]
)
def test_bogus_ids_are_records_that_do_not_exist(browse, bad):
    """404 on every route that takes an id (flask-admin #4, #17)."""
    browser = browse("admin")
    for page in ("details", "edit", "delete"):
        assert browser.get(f"products/{page}/?id={bad}").status_code == 404
    assert browser.post("products/act/approve/", {"rowid": bad}).status_code in {404, 422}


class TestLookup:
    """The search behind pickers (flask-admin #3, #21)."""

    def test_is_clamped(self, browse):
        browser = browse("admin")
        for limit in ("100000", "-1", "x", "%00", "0"):
            answer = browser.get(f"products/ajax/lookup/?name=category_id&limit={limit}")
            assert answer.status_code == 200
            assert len(answer.json) <= 50

    def test_knows_its_own_references_only(self, browse):
        browser = browse("vendor")
        assert browser.get("products/ajax/lookup/?name=vendor_id").status_code == 404
        assert browser.get("products/ajax/lookup/?name=password_hash").status_code == 404

    def test_finds_by_the_start_of_the_label(self, browse, world):
        text = world.rows["categories"].name
        found = browse("vendor").get("products/ajax/lookup/", query_string={"name": "category_id", "q": text}).json
        assert [row["text"] for row in found] == [text]

    def test_hides_foreign_rows(self, browse, world):
        found = browse("vendor").get(
            "order_items/ajax/lookup/", query_string={"name": "product_id", "q": str(world.rows2["products"].id)}
        )
        assert found.json == []


class TestExport:
    """CSV (flask-admin #7, #19)."""

    def test_has_every_row_and_is_audited(self, browse, shelf, committed):
        text = fetch(browse("admin"), "products", f"f_vendor_id={shelf[0]}").decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 45
        assert rows[0]["Price"] == "9.00"
        assert rows[0]["Price currency"] == "USD"
        assert rows[0]["Status"] == "pending"
        assert committed.scalar(sa.select(sa.func.count()).where(AuditLog.action == "exported")) >= 1

    @pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])  # noqa: RUF001
    def test_no_cell_is_a_formula(self, browse, committed, first):
        product = make_product(committed, name=f"{first}HYPERLINK(1)")
        committed.commit()
        text = fetch(browse("admin"), "products", f"q={product.id}").decode()
        row = next(csv.reader(io.StringIO(text.split("\n", 1)[1], newline="")))
        assert row[0].startswith("'")

    def test_the_vendors_export_is_the_vendors(self, browse, world):
        text = fetch(browse("vendor"), "orders").decode()
        assert world.rows["orders"].order_number in text
        assert world.rows2["orders"].order_number not in text

    def test_other_formats_do_not_exist(self, browse):
        assert browse("admin").post("products/export/", {"format": "pdf"}).status_code == 422
        assert browse("admin").get("products/export/").status_code == 405

    @pytest.mark.parametrize(("role", "entity"), LISTS)
    def test_every_export_runs(self, browse, role, entity):
        browser = browse(role.value)
        if entity.access[role].export is None:
            assert browser.post(f"{entity.noun}/export/", {"format": "csv"}).status_code == 404
        else:
            assert fetch(browser, entity.noun)


def test_statement_is_columns_only():
    """No list loads entities."""
    for entity, role in ((products.ENTITY, Role.ADMIN), (orders.ENTITY, Role.FINANCE)):
        made = listing.ListQuery(entity, entity.access[role])
        for select in made.layouts.usual.selects.values():
            assert not any(row["expr"] is row["entity"] for row in select.column_descriptions)


def test_the_same_word_has_the_label_of_its_own_machine():
    """Members of two enums are equal when their words are, so nothing may be remembered by word alone."""
    labels = [cells.enum_cell(status).text for status in (ProductStatus.PENDING, PayoutStatus.PENDING)]
    assert labels == [ProductStatus.PENDING.label, PayoutStatus.PENDING.label]
    assert len(set(labels)) == 2


@pytest.mark.parametrize("noun", ["products", "orders"])
def test_fifty_rows_are_a_small_page(browse, committed, world, noun):
    """What a page of the heaviest lists weighs before compression, statements as ever."""
    if noun == "products":
        for index in range(50):
            make_product(committed, vendor=world.vendor, name=f"Hand-made wooden chopping board, number {index}")
    else:
        product = make_product(committed, vendor=world.vendor, stock_quantity=50)
        for _ in range(50):
            make_order(committed, vendor=world.vendor, product=product, lines=((1, "12.00"),))
    committed.commit()
    response, statements = browse("admin").count(f"{noun}/")
    assert len(re.findall(r'name="rowid"', response.text)) == 50
    assert len(response.data) < 60_000
    assert len(statements) <= 5


def test_the_end_of_a_list(browse, shelf):
    """The last page is found without counting up to it, and one goes back from there."""
    browser, path = browse("admin"), f"products/?f_vendor_id={shelf[0]}&size=20"
    text = browser.get(f"{path}&last=1").text
    assert len(IDS.findall(text)) == 20
    assert not NEXT.search(text)
    back = browser.get(f"products/{PREVIOUS.search(text)[1]}".replace("&amp;", "&")).text
    assert len(IDS.findall(back)) == 20
    assert not set(IDS.findall(back)) & set(IDS.findall(text))


def test_an_empty_list_says_what_to_do(browse):
    browser = browse("admin")
    text = browser.get("products/?f_price=gte:999999").text
    assert "Nothing matches" in text
    assert 'href="?view=none"' in text
    text = browser.get("products/?sort=name&after=" + _place("🧺")).text
    assert "The rows have moved" in text


def _place(name: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, str(uuid7())]).encode()).decode().rstrip("=")
