"""One running back-office for all end-to-end tests, and browsers that are signed in to it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg.types.json import Jsonb

from backoffice.config import libpq_url, sqlalchemy_url
from backoffice.database import make_engine, session_factory
from backoffice.services.payouts.eligibility import reasons
from models import Payout
from models.payout import PayoutStatus
from tests.support import servers
from tests.support.chromium import ARGUMENTS, CHROMIUM, sign_in
from tests.support.copies import Copy, running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it these tests say so and are skipped, which CI does not allow."""
    if not CHROMIUM:
        pytest.skip("no Chromium here: install Debian's package chromium-headless-shell, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


_THRESHOLD = "key = 'payouts.second_person_threshold'"


class Office:
    """Address and database of the running copy."""

    def __init__(self, copy: Copy) -> None:
        self.address = f"http://127.0.0.1:{copy.port}"
        addresses = json.loads((copy.var / "run" / "addresses.json").read_text(encoding="utf-8"))
        self.database = libpq_url(addresses["DATABASE_URL"])

    def row(self, query: str, *values: object) -> tuple[Any, ...]:
        """The first row of a query."""
        with psycopg.connect(self.database) as connection:
            found = connection.execute(query, values).fetchone()
        assert found is not None
        return found

    def wait_for_the_scheduler(self) -> None:
        """The old disputes of the demo are escalated at once (DSP-7): whoever works on one would find it changed."""
        unseen = (
            "SELECT count(*) FROM disputes AS d WHERE status IN ('open', 'in_review') AND due_at > now() + '99 years'"
            " AND NOT EXISTS (SELECT FROM dispute_events AS e WHERE e.dispute_id = d.id AND e.kind = 'waiting')"
        )
        for _ in range(120):
            if self.row(unseen) == (0,):
                return
            time.sleep(0.5)
        raise AssertionError("The scheduler did not look at the disputes.")

    def tell(self, name: str, title: str) -> None:
        """Tell one of the demo's people something new."""
        self.row(
            "INSERT INTO notifications (user_id, title, message, event_key, type, channel, status)"
            " SELECT id, %s, 'Look at it.', 'operation.finished', 'info', 'in_app', 'pending' FROM users"
            " WHERE email = %s RETURNING id",
            title,
            f"{name}@demo.example",
        )

    def payout_that_nothing_holds(self) -> uuid.UUID:
        """A small pending payout that may leave (PAY-1)."""
        return next(payout for payout, why in self._pending(Payout.amount < 5000) if not why)

    @contextmanager
    def payout_for_two(self) -> Iterator[uuid.UUID]:
        """The largest payout in USD that may leave, while that is large enough to need a second person (PAY-5)."""
        large = (
            "SELECT id, round(amount, 2)::text FROM payouts WHERE status = 'pending' AND currency = 'USD'"
            " ORDER BY amount DESC"
        )
        free = {payout for payout, why in self._pending() if not why}
        with psycopg.connect(self.database, autocommit=True) as connection:
            payout, amount = next(row for row in connection.execute(large).fetchall() if row[0] in free)
            (usual,) = self.row(f"SELECT value FROM platform_settings WHERE {_THRESHOLD}")
            change = f"UPDATE platform_settings SET value = %s WHERE {_THRESHOLD}"
            connection.execute(change, (Jsonb(usual | {"USD": amount}),))
            try:
                yield payout
            finally:
                connection.execute(change, (Jsonb(usual),))

    def held_payouts(self) -> int:
        """How many pending payouts something holds (PAY-1)."""
        return sum(1 for _, why in self._pending() if why)

    def _pending(self, *narrowed: sa.ColumnElement[bool]) -> list[tuple[uuid.UUID, Any]]:
        engine = make_engine(sqlalchemy_url(self.database))
        try:
            with session_factory(engine)() as session:
                pending = sa.select(Payout.id).where(Payout.status == PayoutStatus.PENDING, *narrowed)
                return list(reasons(session, session.scalars(pending.order_by(Payout.id)).all()).items())
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """What `backoffice up` starts, with the small demo marketplace."""
    folder = servers.new_folder("e2e")
    with running(folder / "var", folder / "said") as copy:
        office = Office(copy)
        office.wait_for_the_scheduler()
        yield office


@pytest.fixture
def enter(browser: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    """Sign in by the demo's e-mail name; every page must load without a script error or a refused script.

    What else the browser tells that belongs to a test is named when it enters.
    """
    problems: list[str] = []
    # What was under way when the page was left is broken off, and htmx says so; answers of 500 are seen below.
    told = ["status of 409", "status of 422", "htmx:afterRequest", "htmx:sendError", "htmx:sendAbort"]
    contexts = []

    def enter_as(name: str, *expected: str) -> Page:
        told.extend(expected)
        context = browser.new_context(base_url=office.address, viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
        # A stale form is answered with 409 and a refused one with 422, which the browser calls errors.
        page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 500 else None)
        sign_in(page, name)
        return page

    yield enter_as
    for context in contexts:
        context.close()
    assert [problem for problem in problems if not any(one in problem for one in told)] == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each task of a day took: clicks, keystrokes and seconds."""
    told = [
        value for one in terminalreporter.getreports("passed") for name, value in one.user_properties if name == "task"
    ]
    if not told:
        return
    terminalreporter.write_line(f"\n{'task':<48} {'clicks':>7} {'keystrokes':>11} {'seconds':>8}")
    for task, clicks, keys, seconds in told:
        terminalreporter.write_line(f"{task:<48} {clicks:>7} {keys:>11} {seconds:>8.1f}")
