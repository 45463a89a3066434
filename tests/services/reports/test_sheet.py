"""What reports hold: one statement a type, each currency by itself, and nothing that a role may not see."""

from __future__ import annotations

import datetime as dt

import pytest

from backoffice.clock import now
from backoffice.permissions import GRANTS, Permission, Role
from backoffice.services.exports import texts
from backoffice.services.figures import keep as figures
from backoffice.services.figures.read import Period
from backoffice.services.reports import sheet, types
from backoffice.services.reports.types import KINDS, Shape
from models.report import ReportType
from tests.factories import make_dispute, make_order, make_shipment, make_vendor

FORMULA = "=1+1"


def _period() -> Period:
    today = now().date()
    return Period(since=today - dt.timedelta(days=1), until=today + dt.timedelta(days=1))


def _rows(session, kind, currency=None, *, safe=True):
    select = sheet.select(KINDS[kind], _period(), currency, safe=safe)
    connection = session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        cursor.execute(texts.compiled(session, select))
        heads = [column.name for column in cursor.description]
        return [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def sold(session):
    """A vendor's paid orders in two currencies."""
    vendor = make_vendor(session, first_name=FORMULA, last_name="Shop")
    for currency, price in (("USD", "9.50"), ("JPY", "700")):
        make_order(session, vendor=vendor, currency=currency, lines=((1, price),))
    figures.refresh(session)
    return vendor


@pytest.mark.parametrize("kind", list(ReportType))
@pytest.mark.parametrize("currency", [None, "USD"])
def test_every_type_has_a_statement_with_its_columns(session, kind, currency):
    order = make_order(session)
    make_shipment(session, order=order)
    make_dispute(session, order=order)
    heads = {column.label for column in KINDS[kind].columns}
    assert len(heads) == len(KINDS[kind].columns)
    for row in _rows(session, kind, currency if KINDS[kind].by_currency else None):
        assert set(row) == heads


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.by_currency], ids=lambda kind: kind.type)
def test_no_two_currencies_are_added(session, sold, kind):
    """MON-7: every amount stands in a row of its own currency."""
    keys = {column.key for column in kind.columns}
    assert "currency" in keys
    statement = sheet._statement(kind.type)
    if "GROUP BY" in statement:
        assert "currency" in statement.rpartition("GROUP BY")[2]
    found = {row["Currency"] for row in _rows(session, kind.type)}
    assert {row["Currency"] for row in _rows(session, kind.type, "USD")} <= {"USD"}
    assert found <= {"USD", "JPY"}


def test_amounts_have_the_decimals_of_their_currency(session, sold):
    rows = {row["Currency"]: row for row in _rows(session, ReportType.ORDERS)}
    assert (rows["USD"]["Goods"], rows["JPY"]["Goods"]) == ("9.50", "700")


def test_revenue_is_that_of_the_dashboards(session, sold):
    rows = {row["Currency"]: row for row in _rows(session, ReportType.REVENUE)}
    assert {currency: row["Paid orders"] for currency, row in rows.items()} == {"USD": 1, "JPY": 1}
    assert rows["JPY"]["Sales less refunds"] == rows["JPY"]["Sales"]


def test_no_cell_is_a_formula(session, sold):
    """A vendor's own name is a vendor's own text."""
    assert {row["Vendor"] for row in _rows(session, ReportType.PRODUCTS)} == {f"'{FORMULA} Shop"}
    assert {row["Vendor"] for row in _rows(session, ReportType.PRODUCTS, safe=False)} == {f"{FORMULA} Shop"}


def test_logistics_see_no_amounts():
    """ACC-3: no column of what they may ask for is an amount, or has a currency."""
    kinds = types.of(Role.LOGISTICS)
    assert [kind.type for kind in kinds] == [ReportType.LOGISTICS]
    for column in kinds[0].columns:
        assert column.shape is not Shape.AMOUNT
        assert column.key != "currency"


def test_finance_see_nothing_of_people_and_moderation():
    """ACC-3; vendors and customers have no reports at all."""
    found = {kind.type for kind in types.of(Role.FINANCE)}
    assert found == {
        ReportType.REVENUE, ReportType.ORDERS, ReportType.PRODUCTS, ReportType.PAYOUTS, ReportType.DISPUTES,
        ReportType.TAX,
    }  # fmt: skip
    assert types.of(Role.VENDOR) == types.of(Role.CUSTOMER) == []
    assert {kind.type for kind in types.of(Role.ADMIN)} == set(ReportType)


def test_whoever_may_have_one_may_ask():
    for role in Role:
        assert bool(types.of(role)) is (Permission.REPORTS_ASK in GRANTS[role])


def test_the_messages_of_disputes_are_in_no_report():
    """ACC-3, DSP-4: neither what customers wrote nor the notes of the house."""
    for kind in ReportType:
        statement = sheet._statement(kind)
        for word in (
            "dispute_messages",
            "resolution_notes",
            "description",
            "decision.note",
            "moderation_note",
            "email,",
        ):
            assert word not in statement
