"""An action in the sheet beside a page: each answer is a part, and what is refused is told there."""

from __future__ import annotations

import uuid

import pytest

from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from models.user import UserStatus
from tests.factories import make_category, make_product, make_shipment, make_user, make_vendor
from tests.views.html import fields

SHEET = {"HX-Request": "true", "HX-Target": "sheet-body"}


@pytest.fixture
def pin(committed):
    """A product that waits for a review, as a list ticks it."""
    product = make_product(committed, vendor=make_vendor(committed), category=make_category(committed))
    committed.commit()
    return f"{product.id}.{product.version}.{product.content_version}"


def part(answer) -> str:
    """What the sheet is given: never a page."""
    assert "<html" not in answer.text
    assert answer.text.count("data-sheet") == 1
    assert 'id="sheet-title"' in answer.text
    return answer.text


def asks(answer) -> dict[str, str]:
    """What the form of the sheet would send."""
    return dict(fields(f"<main>{answer.text}</main>"))


def test_the_sheet_asks_for_the_action(browse, pin):
    """Its form sends to the same address, and there is a dry run below."""
    told = part(browse("admin").post("products/act/reject/", {"rowid": pin}, headers=SHEET))
    assert 'hx-post="/admin/products/act/reject/' in told
    assert "1 product, 1 can go ahead" in told
    assert "data-close-dialog" in told


def test_what_was_typed_stays_when_it_is_refused(browse, pin):
    """MOD-2: a rejection without a reason, with a text that took time to write."""
    browser = browse("admin")
    asked = asks(browser.post("products/act/reject/", {"rowid": pin}, headers=SHEET))
    asked |= {"reason": "", "message": "Please show all sides."}
    answer = browser.post("products/act/reject/", asked, headers=SHEET)
    assert answer.status_code == 422
    assert "Please show all sides." in part(answer)


def test_nothing_ticked_is_told_in_the_sheet(browse):
    """No page is loaded to say so."""
    answer = browse("admin").post("products/act/approve/", headers=SHEET)
    assert answer.status_code == 422
    assert "Tick at least one row first." in part(answer)


def test_a_filter_that_means_nothing_is_told_in_the_sheet(browse):
    """A selection of all that match is refused with the filter's own sentence."""
    bad = {"matching": "1", "filter": "f_created_at=yesterdayish"}
    answer = browse("admin").post("products/act/approve/", bad, headers=SHEET)
    assert answer.status_code == 422
    assert 'role="alert"' in part(answer)


def test_another_role_gets_no_sheet(browse, pin):
    """The action does not exist for it."""
    assert browse("vendor").post("products/act/approve/", {"rowid": pin}, headers=SHEET).status_code == 404


def test_the_sheet_watches_the_operation_to_its_end(browse, database_url, pin):
    """While it runs the part asks again; at the end it says what came of each row."""
    browser = browse("admin")
    asked = asks(browser.post("products/act/approve/", {"rowid": pin}, headers=SHEET))
    submitted = browser.post("products/act/approve/", asked, headers=SHEET)
    assert submitted.status_code == 302
    watched = submitted.location.removeprefix("/admin/")
    live = part(browser.get(watched, headers=SHEET))
    assert 'hx-trigger="load delay:400ms"' in live
    assert 'data-status="queued"' in live
    runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
    operations.run(runtime, uuid.UUID(watched.rsplit("id=", 1)[1]))
    runtime.engine.dispose()
    over = part(browser.get(watched, headers=SHEET))
    assert "hx-trigger" not in over
    assert 'data-status="succeeded"' in over
    assert "1 done" in over


def test_couriers_are_offered_for_many_parcels(browse, committed):
    """Whoever is active in logistics is offered by name, and what was chosen stays when something is refused."""
    parcels = [make_shipment(committed), make_shipment(committed)]
    other, gone = make_user(committed, Role.LOGISTICS), make_user(committed, Role.LOGISTICS)
    admin = make_user(committed, Role.ADMIN)
    gone.status = UserStatus.SUSPENDED
    committed.commit()
    browser = browse("logistics")
    ticked = [("rowid", f"{one.id}.{one.version}") for one in parcels]
    told = part(browser.post("shipments/act/assign/", ticked, headers=SHEET))
    assert f'<option value="{other.email}">' in told
    assert ">Myself</option>" in told
    assert gone.email not in told
    assert admin.email not in told
    asked = asks(browser.post("shipments/act/assign/", ticked, headers=SHEET))
    chosen = other.email + "x" * 254
    answer = browser.post("shipments/act/assign/", asked | {"assignee": chosen}, headers=SHEET)
    assert answer.status_code == 422
    assert f'<option selected value="{chosen}">' in part(answer)
