"""A list as a file, from the click to the download, with the worker's part in this process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import sqlalchemy as sa
from werkzeug.test import TestResponse

from backoffice.clock import NOW
from backoffice.config import Config
from backoffice.jobs import exports
from backoffice.jobs.runtime import Runtime
from models import Export
from tests.views.browser import Browser


@contextmanager
def _belongings(browser: Browser) -> Iterator[Runtime]:
    """What a worker of the browser's application has."""
    url = browser.app.config["SQLALCHEMY_DATABASE_URI"]
    var = browser.app.extensions["files"].folder.parent
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url, var=var))
    yield runtime
    runtime.engine.dispose()


def ask(browser: Browser, noun: str, query: str = "", *, kind: str = "csv", columns: Sequence[str] = ()) -> uuid.UUID:
    """Choose a format in the list's menu; the new export."""
    fields = [("query", query), ("format", kind), *(("columns", key) for key in columns)]
    answer = browser.post(f"{noun}/export/", fields)
    assert answer.status_code == 302, answer.text
    with _belongings(browser) as runtime, runtime.sessions() as session:
        mine = sa.select(Export.id).where(Export.user_id == browser.user.id)
        return session.scalars(mine.order_by(Export.id.desc()).limit(1)).one()


def carry_out(browser: Browser, export_id: uuid.UUID) -> Export:
    """Let a worker make it, now; the row afterwards."""
    with _belongings(browser) as runtime:
        exports.MAKER.run(runtime, export_id)
        with runtime.sessions() as session:
            return session.get_one(Export, export_id)


def make_due(browser: Browser, export_id: uuid.UUID) -> None:
    """Let nobody hold it, and its time have come."""
    with _belongings(browser) as runtime, runtime.sessions.begin() as session:
        session.execute(
            sa.update(Export)
            .where(Export.id == export_id)
            .values(leased_until=None, lease_token=None, run_after=NOW, due_since=NOW)
        )


def download(browser: Browser, export_id: uuid.UUID) -> TestResponse:
    """The file as the browser gets it."""
    return browser.get(f"exports/download/?id={export_id}")


def fetch(browser: Browser, noun: str, query: str = "", *, kind: str = "csv", columns: Sequence[str] = ()) -> bytes:
    """The content of the file of a list."""
    export_id = ask(browser, noun, query, kind=kind, columns=columns)
    made = carry_out(browser, export_id)
    assert made.status == "done", made.last_error
    with closing(download(browser, export_id)) as answer:
        assert answer.status_code == 200, answer.text
        return answer.data
