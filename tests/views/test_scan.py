"""Scan mode: numbers in, a verdict on each, one operation (SHP-2)."""

from __future__ import annotations

import io
import re
import uuid

import pytest
import sqlalchemy as sa

from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from models import Operation, OperationItem, Shipment
from models.shipment import ShipmentStatus
from tests.factories import make_operation, make_product, make_shipment

HX = {"HX-Request": "true"}
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@pytest.fixture
def parcels(committed, world):
    """Three that may be picked up, and one that came back."""
    made = [make_shipment(committed, order=world.rows["orders"], units={}) for _ in range(3)]
    made.append(make_shipment(committed, order=world.rows["orders"], units={}, status=ShipmentStatus.RETURNED))
    committed.commit()
    return made


def numbers(parcels):
    return [parcel.tracking_number for parcel in parcels]


def check(browser, text, **more):
    return browser.post("scan/preview/", {"numbers": text, "status": "picked_up"} | more, headers=HX)


def form_of(page):
    """What the second form of the screen sends."""
    return [pair for pair in _HIDDEN.findall(page.split("/scan/apply/")[-1]) if pair[0] != "csrf_token"]


def run(database_url, operation_id):
    runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
    operations.run(runtime, operation_id)
    runtime.engine.dispose()


def newest(committed):
    return committed.scalars(sa.select(Operation).order_by(Operation.id.desc()).limit(1)).one()


def test_each_number_has_a_verdict(browse, parcels):
    """SHP-2: found and allowed, refused with the reason, unknown, and scanned twice."""
    first, second, _, back = numbers(parcels)
    page = check(browse("logistics"), f"{first}\n{second}, {first}; {back}\tNOBODYS")
    assert page.status_code == 200
    assert "5 scanned: 2 can go ahead, 3 will be skipped" in page.text
    for sentence in ("No parcel has this number.", "Scanned before; it counts once.", "Returned"):
        assert sentence in page.text
    assert [name for name, _ in form_of(page.text)].count("rowid") == 2
    assert "<html" not in page.text


def test_a_file_is_read_by_its_heading(browse, parcels):
    """What a carrier's list calls the number, in whatever column it is."""
    content = "Order,Tracking number\n" + "".join(f"x,{one}\n" for one in numbers(parcels)[:2])
    page = check(browse("logistics"), "", file=(io.BytesIO(content.encode()), "list.csv"))
    assert "2 scanned: 2 can go ahead" in page.text
    wrong = check(browse("logistics"), "", file=(io.BytesIO(b"a,b\n1,2\n"), "list.csv"))
    assert wrong.status_code == 422
    assert "tracking_number" in wrong.text


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "at least one"), (" ,; \n", "at least one"), ("1 " * 501, "at most 500"), ("\x00", "at least")],
)
def test_what_cannot_be_checked_is_told(browse, world, text, told):
    """422 with a sentence, and what was typed is still there."""
    answer = check(browse("logistics"), text, location="Dock 4")
    assert answer.status_code == 422
    assert told in answer.text
    assert "Dock 4" in answer.text


def test_a_refused_form_keeps_the_numbers(browse, parcels):
    """SHP-2: an event has happened."""
    answer = check(browse("logistics"), numbers(parcels)[0], occurred_at="2099-01-01T00:00")
    assert answer.status_code == 422
    assert "in the future" in answer.text
    assert numbers(parcels)[0] in answer.text


def test_one_operation_moves_what_may_go_ahead(browse, committed, parcels, database_url):
    """SHP-2, M18: a double click is one; the numbers are gone and what happened stays for the next parcels."""
    browser = browse("logistics")
    sent = form_of(check(browser, " ".join(numbers(parcels)), location="Dock 4").text)
    answers = [browser.post("scan/apply/", sent, headers=HX) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Will be recorded in a moment" in answers[0].text
    assert 'value="Dock 4"' in answers[0].text
    assert numbers(parcels)[0] not in answers[0].text
    operation = newest(committed)
    assert (operation.action, operation.total, operation.panel) == ("shipment.update", 3, "logistics")
    items = sa.select(sa.func.count()).where(OperationItem.operation_id == operation.id)
    assert committed.scalar(items) == 3
    run(database_url, operation.id)
    result = browser.get(f"scan/result/?id={operation.id}", headers=HX).text
    assert "3 done" in result
    assert "every 1s" not in result
    moved = sa.select(Shipment.status).where(Shipment.id.in_([parcel.id for parcel in parcels]))
    committed.rollback()
    assert sorted(committed.scalars(moved)) == ["picked_up"] * 3 + ["returned"]


def test_it_can_be_taken_back_for_a_moment(browse, committed, parcels, database_url):
    """Nothing is recorded then; once a worker has it, it is too late."""
    browser = browse("logistics")
    sent = form_of(check(browser, numbers(parcels)[0]).text)
    browser.post("scan/apply/", sent, headers=HX)
    operation = newest(committed)
    back = browser.post("scan/undo/", {"id": str(operation.id)}, headers=HX)
    assert "Cancelled" in back.text
    run(database_url, operation.id)
    committed.rollback()
    assert committed.get(Shipment, parcels[0].id).status is ShipmentStatus.PENDING
    late = browser.post("scan/undo/", {"id": str(operation.id)}, headers=HX)
    assert late.status_code == 409


def test_a_parcel_that_changed_meanwhile_is_refused(browse, committed, parcels, database_url):
    """M6: the version that was checked is the one that is moved."""
    browser = browse("logistics")
    sent = form_of(check(browser, " ".join(numbers(parcels)[:2])).text)
    committed.execute(sa.text("UPDATE shipments SET carrier = 'Another' WHERE id = :id"), {"id": parcels[0].id})
    committed.commit()
    browser.post("scan/apply/", sent, headers=HX)
    operation = newest(committed)
    run(database_url, operation.id)
    found = sa.select(OperationItem.status, OperationItem.code).where(OperationItem.operation_id == operation.id)
    committed.rollback()
    assert sorted(committed.execute(found).all()) == [("refused", "stale"), ("succeeded", None)]


def test_without_a_script_each_step_is_a_page(browse, parcels):
    """The same forms, sent by the browser."""
    browser = browse("logistics")
    page = browser.post("scan/preview/", {"numbers": numbers(parcels)[0], "status": "picked_up"})
    assert "<html" in page.text
    answer = browser.post("scan/apply/", form_of(page.text))
    assert answer.status_code == 302
    assert "/logistics/operations/details/" in answer.location


def test_nobody_else_scans(browse, committed, world):
    """WHO-1, ACC-3; and the operation of somebody else is none."""
    for who in ("admin", "finance", "vendor"):
        for prefix in ("/logistics", f"/{who}"):
            assert browse(who).get(f"{prefix}/scan/").status_code in {403, 404}
            sent = {"numbers": "1", "status": "picked_up"}
            assert browse(who).post(f"{prefix}/scan/preview/", sent).status_code in {403, 404}
    mine = browse("logistics")
    assert mine.get(f"scan/result/?id={uuid.uuid4()}").status_code == 404
    assert mine.get("scan/result/?id=nonsense").status_code == 404
    theirs = make_operation(committed, "product.approve", make_product(committed), by=world.admin)
    committed.commit()
    assert mine.get(f"scan/result/?id={theirs.id}").status_code == 404
    assert mine.post("scan/undo/", {"id": str(theirs.id)}).status_code == 404
