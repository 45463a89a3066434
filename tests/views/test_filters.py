"""The grammar of a list's address: what each condition finds, says, and refuses."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from werkzeug.datastructures import MultiDict

from backoffice.clock import now
from backoffice.permissions import Role
from tests.factories import make_category, make_product, make_vendor
from views import disputes, orders, products, webhook_events
from views.listing import conditions
from views.listing.query import ListQuery
from views.listing.times import At, read_span

IDS = re.compile(r'name="rowid" value="([0-9a-f-]{36})')
CHIPS = re.compile(r'title="Remove this filter">([^<]*?) <')
LISTS = {
    entity.noun: ListQuery(entity, entity.access[Role.ADMIN])
    for entity in (products.ENTITY, orders.ENTITY, disputes.ENTITY, webhook_events.ENTITY)
}
NOON = dt.datetime(2026, 3, 31, 12, 0, tzinfo=dt.UTC)


def asked(noun, query, at=None):
    return LISTS[noun].where(MultiDict(part.split("=", 1) for part in query.split("&")), at or At(now=NOON))


def sql(question):
    dialect = postgresql.dialect()
    return [str(one.compile(dialect=dialect, compile_kwargs={"literal_binds": True})) for one in question.clauses]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("f_status=pending", "Status is Pending review"),
        ("f_status=pending&f_status=active", "Status is Pending review or Active"),
        ("f_status=not:rejected", "Status is not Rejected"),
        ("f_price=10", "Price = 10"),
        ("f_price=gte:10", "Price ≥ 10"),
        ("f_price=ne:10", "Price ≠ 10"),
        ("f_price=between:10..50", "Price between 10 and 50"),
        ("f_price_from=10&f_price_to=50", "Price between 10 and 50"),
        ("f_price_from=10", "Price ≥ 10"),
        ("f_created_at=older:48h", "Created at older than 48 hours"),
        ("f_created_at=last:1d", "Created at in the last 1 day"),
        ("f_created_at=today", "Created at today"),
        ("f_created_at=this-month", "Created at this month"),
        ("f_created_at=2026-03-01", "Created at on 2026-03-01"),
        ("f_created_at_to=2026-03-01", "Created at up to 2026-03-01"),
    ],
)
def test_each_condition_in_words(query, sentence):
    question = asked("products", query)
    assert question.problems == []
    assert [one.sentence({}) for one in question.conditions] == [sentence]
    assert len(question.clauses) == 1


@pytest.mark.parametrize(
    "query",
    [
        "f_status=nope", "f_status=not:nope", "f_price=many", "f_price=gte:", "f_price=between:1",
        "f_price=between:1..x",
        "f_created_at=last:0d", "f_created_at=older:99999m", "f_created_at=last:5y", "f_created_at=1700-01-01",
        "f_vendor_id=me", "f_nothing=1", "g1_f_status=nope", "match=some", "f_status_from=1", "f_status=empty",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_and_filters_nothing(query):
    question = asked("products", query)
    assert len(question.problems) == 1
    assert question.clauses == []


def test_empty_is_for_columns_that_may_be_empty():
    assert sql(asked("disputes", "f_assigned_to=empty")) == ["disputes.assigned_to IS NULL"]
    assert sql(asked("disputes", "f_assigned_to=set")) == ["disputes.assigned_to IS NOT NULL"]


def test_none_of_includes_what_has_no_value():
    assert " IS NULL OR " in sql(asked("disputes", f"f_assigned_to=not:{'0' * 8}-0000-0000-0000-{'0' * 12}"))[0]


def test_a_text_that_looks_like_an_operator():
    assert sql(asked("webhook_events", "f_type=is:not:here")) == ["webhook_events.type = 'not:here'"]
    assert sql(asked("webhook_events", "f_type=starts:pay%")) == [
        "webhook_events.type LIKE 'pay/%%' || '%%' ESCAPE '/'"
    ]


def test_groups():
    """Any of two groups of conditions, each of which wants all or any."""
    question = asked(
        "products", "match=any&f_price=gte:5&g1_match=any&g1_f_status=pending&g1_f_price=lt:1&g2_f_status=active"
    )
    (text,) = sql(question)
    assert text == (
        "products.price >= 5 OR products.status = 'pending' OR products.price < 1 OR products.status = 'active'"
    )
    both = asked("products", "g1_f_status=pending&g1_f_price=gt:1&g2_match=any&g2_f_price=1&g2_f_status=active")
    assert len(both.clauses) == 2


def test_days_are_the_readers():
    """ "Today" begins at the reader's midnight, also where clocks were just changed."""
    at = At(now=NOON, zone=zoneinfo.ZoneInfo("Europe/Berlin"))
    (text,) = sql(asked("products", "f_created_at=2026-03-29", at))
    assert "'2026-03-28 23:00:00+00:00'" in text
    assert "'2026-03-29 22:00:00+00:00'" in text


@pytest.mark.parametrize(
    ("span", "then"),
    [("48h", "2026-03-29 12:00"), ("2w", "2026-03-17 12:00"), ("1m", "2026-02-28 12:00"), ("13m", "2025-02-28 12:00")],
)
def test_spans(span, then):
    assert At(now=NOON).moved(read_span(span), -1).isoformat(" ", "minutes")[:16] == then


def test_every_parameter_can_be_written_again():
    """What the builder writes is what the address says."""
    for noun, listing in LISTS.items():
        for key, one in listing.filters.items():
            for operator in one.operators.values():
                values = {"nothing": [], "two": ["a", "b"], "span": ["3d"], "value": ["empty:x"]}[operator.takes.value]
                assert one.split(one.join(operator, values)) == (operator, values), (noun, key, operator.key)


@pytest.fixture
def shelf(committed):
    vendor, category = make_vendor(committed), make_category(committed)
    made = {
        price: make_product(
            committed,
            vendor=vendor,
            category=category,
            price=Decimal(price),
            created_at=now() - dt.timedelta(days=price),
        )
        for price in range(1, 6)
    }
    committed.commit()
    return vendor.id, {str(product.id): price for price, product in made.items()}


@pytest.mark.parametrize(
    ("query", "prices"),
    [
        ("f_price=gte:3", {3, 4, 5}),
        ("f_price=2&f_price=4", {2, 4}),
        ("f_price=ne:2&f_price=ne:4", {1, 3, 5}),
        ("f_price=between:2..3", {2, 3}),
        ("f_price=gt:1&f_price=lt:4", {2, 3}),
        ("f_created_at=older:84h", {4, 5}),
        ("f_created_at=last:2d", {1}),
        ("f_created_at=next:2d", set()),
        ("f_status=not:pending", set()),
        ("g1_match=any&g1_f_price=1&g1_f_price=gt:4", {1, 5}),
        ("g1_match=any&g1_f_price=1&g1_f_created_at=older:108h", {1, 5}),
    ],
)
def test_what_conditions_find(browse, shelf, query, prices):
    vendor, found = shelf
    text = browse("admin").get(f"products/?f_vendor_id={vendor}&{query}").text
    assert {found[one] for one in IDS.findall(text)} == prices


def test_chips_lead_to_the_list_without_them(browse, shelf):
    """Each filter can be taken out alone, and a reference says its name, in the statements that a list has."""
    vendor, _ = shelf
    response, statements = browse("admin").count(
        f"products/?f_vendor_id={vendor}&f_price=gte:3&f_price=lt:5&sort=price"
    )
    chips = CHIPS.findall(response.text)
    assert chips[1:] == ["Price ≥ 3", "Price &lt; 5"]
    assert "-" not in chips[0].removeprefix("Vendor is ")[:8]
    assert f"?f_vendor_id={vendor}&amp;f_price=lt%3A5&amp;sort=price" in response.text
    assert "?view=none&amp;sort=price" in response.text
    assert len(statements) <= 5


def test_a_foreign_reference_has_no_name(browse, world):
    """ACC-1."""
    order = world.rows2["orders"]
    text = browse("vendor").get(f"disputes/?f_order_id={order.id}").text
    assert order.order_number not in text


class TestBuilder:
    """The form over the address."""

    def test_shows_what_the_address_asks(self, browse):
        text = browse("admin").get("products/filters/?f_price=gte:3&g1_f_created_at=older:48h&g1_match=any").text
        assert 'value="48"' in text
        assert '<option value="older" selected>' in text
        assert "Group 1" in text
        assert "<h1" in text

    def test_is_a_part_of_the_page_for_htmx(self, browse):
        text = browse("admin").get("products/filters/", headers={"HX-Request": "true"}).text
        assert "<html" not in text
        assert 'name="c0_column"' in text

    def test_leads_to_a_readable_address(self, browse):
        query = {
            "apply": "1", "q": "x", "sort": "price", "match": "all", "g1_match": "any",
            "c0_column": "price", "c0_op": "between", "c0_value": "1", "c0_until": "5",
            "c1_column": "created_at", "c1_op": "older", "c1_value": "48", "c1_unit": "h", "c1_group": "1",
            "c2_column": "status", "c2_op": "is", "c2_value": ["pending", "active"], "c2_group": "1",
            "c3_column": "price", "c3_op": "lt", "c3_value": "",
        }  # fmt: skip
        answer = browse("admin").get("products/filters/", query_string=query)
        assert answer.headers["Location"] == (
            "/admin/products/?q=x&sort=price&g1_match=any&f_price=between%3A1..5&g1_f_created_at=older%3A48h"
            "&g1_f_status=pending&g1_f_status=active"
        )

    def test_with_nothing_left_shows_all_rows(self, browse):
        answer = browse("admin").get("products/filters/?apply=1&view=x&size=20")
        assert answer.headers["Location"] == "/admin/products/?view=none&size=20"

    def test_adds_and_removes_lines(self, browse):
        browser = browse("admin")
        text = browser.get("products/filters/?c0_column=price&c0_op=lt&c0_value=3&add=1").text
        assert 'name="c1_column"' in text
        text = browser.get("products/filters/?c0_column=price&c1_column=status&remove=0").text
        assert 'name="c0_column"' not in text
        assert 'name="c1_column"' in text

    def test_a_changed_column_has_its_own_questions(self, browse):
        text = browse("admin").get("products/filters/?c0_column=created_at&c0_was=price&c0_op=lt&c0_value=3").text
        assert '<option value="older">' in text
        assert 'value="3"' not in text


_NAMES = st.one_of(
    st.sampled_from(
        """
        q sort size after before last view match g1_match f_ g1_f_ f_status f_price f_price_from f_price_to f_created_at
        f_created_at_from f_vendor_id g1_f_price g9_f_created_at g0_f_price f_category_id c0_column c0_op c0_value
        c0_group c0_until apply add remove
        """.split()
    ),
    st.text(max_size=8),
)  # fmt: skip
_VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["any", "all", "pending", "not:active", "today", "price", "-created_at", "1", "none", "older:3d"]),
    st.builds(
        "{}:{}".format,
        st.sampled_from(
            ["is", "not", "eq", "lt", "between", "on", "before", "last", "older", "from", "starts", "empty"]
        ),
        st.one_of(st.text(max_size=12), st.sampled_from(["1..2", "48h", "1m", "2026-01-01", "..", "NaN", "1e99"])),
    ),
)


def test_no_parameters_break_a_list(browse):
    """Whatever the address says, it answers; filters and searches of random text included."""
    browser = browse("admin")

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6), st.sampled_from(["products/", "products/filters/"]))
    def ask(pairs, path):
        answer = browser.get(path, query_string=MultiDict(pairs))
        assert answer.status_code in {200, 302}, pairs

    ask()


def test_conditions_are_only_so_many():
    many = MultiDict([("f_price", f"lt:{index}") for index in range(100)])
    read = conditions.read(LISTS["products"].filters, many, At())
    assert len(read.conditions) == conditions.MOST
    assert read.problems
