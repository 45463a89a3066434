"""Errors inside of one's own panel keep its frame; everywhere else, and when the frame fails, the page is plain."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backoffice.errors import DomainError
from backoffice.services import user_sessions
from models.base import uuid7
from views.listing import pages
from views.panel import Panel

FRAME = '<aside class="navbar'
HOME = re.compile(r'<a class="btn [^"]*" href="(/[^"]*)">To the start page</a>')


def breaks(error: Exception) -> Any:
    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return broken


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.saved_views, "of_list", breaks(RuntimeError("sk_live_secret")))


def test_a_record_that_is_not_there_keeps_the_frame(browse: Any) -> None:
    answer = browse("admin").get(f"products/details/?id={uuid7()}")
    assert answer.status_code == 404
    assert FRAME in answer.text
    assert "There is no such" in answer.text or "not" in answer.text
    assert 'href="/admin/products/">Products</a>' in answer.text
    assert HOME.findall(answer.text) == ["/admin/"]
    # The menu shows the area, not the start page.
    assert re.search(r'class="active" aria-current="page">Products', answer.text)
    assert answer.headers["X-Request-Id"] in answer.text


@pytest.mark.parametrize("path", ["nowhere/", "nowhere/at/all", "<b>/", "exports/download/?id=x"])
def test_an_address_that_nobody_has_keeps_the_frame(browse: Any, path: str) -> None:
    answer = browse("vendor").get(path)
    assert answer.status_code == 404
    assert FRAME in answer.text
    assert "<b>/" not in answer.text
    assert HOME.findall(answer.text) == ["/vendor/"]


def test_a_refusal_and_a_stale_form_keep_the_frame(browse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browse("admin")
    assert FRAME in browser.client.post("/admin/products/new/", data={"name": "x"}).text
    monkeypatch.setattr(pages.saved_views, "of_list", breaks(DomainError("No such luck.")))
    answer = browser.get("products/")
    assert answer.status_code == 409
    assert FRAME in answer.text
    assert "No such luck." in answer.text


@pytest.mark.usefixtures("crash")
def test_a_crash_keeps_the_frame_and_tells_nothing(browse: Any) -> None:
    answer = browse("admin").get("products/")
    assert answer.status_code == 500
    assert FRAME in answer.text
    assert "it has been written down" in answer.text
    assert "sk_live" not in answer.text


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [("vendor", "/admin/orders/", 403), ("admin", "/vendor/", 403), ("admin", "/nope", 404), ("admin", "/adminx", 404)],
)  # fmt: skip
def test_outside_of_the_own_panel_the_page_is_plain(browse: Any, name: str, path: str, status: int) -> None:
    """ACC-1: nobody is shown the menu of another panel."""
    answer = browse(name).get(path)
    assert answer.status_code == status
    assert FRAME not in answer.text
    assert "To the start page" in answer.text


def test_a_visitor_sees_no_frame(app: Any) -> None:
    answer = app.test_client().get("/admin/nowhere/")
    assert answer.status_code == 404
    assert FRAME not in answer.text


def test_a_part_of_a_page_gets_no_page_within_the_page(browse: Any) -> None:
    answer = browse("admin").get(f"products/details/?id={uuid7()}", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert FRAME not in answer.text


@pytest.mark.usefixtures("crash")
def test_a_frame_that_fails_leaves_the_plain_page(browse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Panel, "letters", property(breaks(RuntimeError("and again"))))
    answer = browse("admin").get("products/")
    assert answer.status_code == 500
    assert FRAME not in answer.text
    assert "it has been written down" in answer.text


def test_a_database_that_is_away_is_not_asked_again(browse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who it is cannot be found, so it is not looked for a second time by the page that says so."""
    asked = []

    def away(*_args: Any, **_kwargs: Any) -> Any:
        asked.append(1)
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    browser = browse("admin")
    browser.get("products/")
    monkeypatch.setattr(user_sessions, "find", away)
    answer = browser.get("products/")
    assert (answer.status_code, len(asked)) == (503, 1)
    assert "Please try again" in answer.text
    assert FRAME not in answer.text
    # An address that is no page is no page then either.
    assert browser.get("nowhere/").status_code == 404
    assert browser.get("/nope").status_code == 404


def test_an_error_page_costs_no_statement_more(browse: Any) -> None:
    browser = browse("admin")
    _, statements = browser.count("nowhere/")
    assert statements == []
