"""Answering reviews through the page: other people's reviews, a second click, and one that was taken down meanwhile."""

from __future__ import annotations

import uuid

import pytest

from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from models import ProductReview
from models.product import ProductStatus
from models.product_review import ReviewRejectionReason, ReviewStatus
from tests.factories import make_product, make_review
from tests.views.html import fields

SHEET = {"HX-Request": "true", "HX-Target": "sheet-body"}
PATH = "reviews/act/respond/"


@pytest.fixture
def review(committed, world) -> ProductReview:
    """A published review of a product of the world's vendor."""
    product = make_product(committed, vendor=committed.merge(world.vendor), status=ProductStatus.ACTIVE)
    made = make_review(committed, product=product, status=ReviewStatus.APPROVED)
    committed.commit()
    return made


def _opened(browser, review: ProductReview) -> dict[str, str]:
    answer = browser.post(PATH, {"one": "1", "rowid": f"{review.id}.{review.version}"}, headers=SHEET)
    assert answer.status_code == 200
    return dict(fields(f"<main>{answer.text}</main>"))


@pytest.mark.parametrize("who", ["vendor2", "finance", "logistics"])
def test_nobody_else_answers(browse, review, who) -> None:
    """ACC-1: another vendor's review does not exist, and other roles have no such page."""
    asked = {"one": "1", "rowid": f"{review.id}.{review.version}", "response": "Hello", "client_key": uuid.uuid4().hex}
    assert browse(who).post(PATH, asked, headers=SHEET).status_code == 404


def test_a_second_click_is_the_same_operation(browse, review) -> None:
    """M18."""
    browser = browse("vendor")
    typed = _opened(browser, review) | {"response": "Thank you."}
    first, second = (browser.post(PATH, typed, headers=SHEET) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first.location == second.location


def test_what_was_taken_down_meanwhile_is_not_answered(browse, committed, database_url, review) -> None:
    """RVW-1: told in words when it is sent, and by the worker when it happens after that; the words stay."""
    browser = browse("vendor")
    typed = _opened(browser, review) | {"response": "Thank you <b>all</b>."}
    sent = browser.post(PATH, typed, headers=SHEET)
    review.status, review.rejection_reason = ReviewStatus.REJECTED, ReviewRejectionReason.SPAM
    committed.commit()
    runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
    operations.run(runtime, uuid.UUID(sent.location.rsplit("id=", 1)[1]))
    runtime.engine.dispose()
    assert 'data-status="failed"' in browser.get(sent.location, headers=SHEET).text
    late = browser.post(PATH, typed | {"client_key": uuid.uuid4().hex}, headers=SHEET)
    assert late.status_code == 409
    assert "Thank you &lt;b&gt;all&lt;/b&gt;." in late.text
    committed.refresh(review)
    assert review.vendor_response is None


@pytest.mark.parametrize("text", ["", " ", "\x00", "x" * 2001])
def test_no_answer_that_is_none(browse, review, text) -> None:
    """I7: refused in the sheet."""
    browser = browse("vendor")
    assert browser.post(PATH, _opened(browser, review) | {"response": text}, headers=SHEET).status_code == 422


@pytest.mark.parametrize("who", ["\x00", "x@y", "' OR 1=1", "vendor"])
def test_a_courier_who_is_none_is_refused_in_words(browse, world, database_url, who) -> None:
    """I7, C1.2: what was typed by hand into the choice never gives a 500."""
    browser, path = browse("logistics"), "shipments/act/assign/"
    named = world.vendor.email if who == "vendor" else who
    answer = browser.post(path, {"one": "1", "rowid": str(world.rows["shipments"].id)}, headers=SHEET)
    asked = dict(fields(f"<main>{answer.text}</main>")) | {"assignee": named}
    sent = browser.post(path, asked, headers=SHEET)
    assert sent.status_code in {302, 409, 422}
    if sent.status_code == 302:
        runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
        operations.run(runtime, uuid.UUID(sent.location.rsplit("id=", 1)[1]))
        runtime.engine.dispose()
        assert 'data-status="failed"' in browser.get(sent.location, headers=SHEET).text
