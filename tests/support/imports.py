"""A file from the upload to the result, with the worker's part in this process."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import sqlalchemy as sa
from werkzeug.test import TestResponse

from backoffice.config import Config
from backoffice.jobs import imports
from backoffice.jobs.runtime import Runtime
from models import Import, ImportRow
from tests.views.browser import Browser


def csv_of(*rows: Sequence[object], separator: str = ",") -> bytes:
    """These rows as a plain file."""
    return "\n".join(separator.join(map(str, row)) for row in rows).encode()


def xlsx_of(*rows: Sequence[Any]) -> bytes:
    """These rows as a workbook."""
    book, made = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(made)
    return made.getvalue()


def upload(browser: Browser, noun: str, data: bytes, name: str = "file.csv") -> TestResponse:
    """Choose the file and press Next."""
    return browser.post(f"{noun}/import/", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def id_of(answer: TestResponse) -> uuid.UUID:
    """The import that an answer leads to."""
    assert answer.status_code == 302, answer.text
    return uuid.UUID(answer.location.partition("id=")[2])


def judge(
    browser: Browser, noun: str, data: bytes, columns: Sequence[str], key: str, *, mode: str = "good"
) -> uuid.UUID:
    """Upload, and say what the columns mean; the import with its preview."""
    import_id = id_of(upload(browser, noun, data))
    form = {f"column_{number}": name for number, name in enumerate(columns)}
    id_of(browser.post(f"{noun}/import/columns/?id={import_id}", {**form, "key": key, "mode": mode}))
    return import_id


def start(browser: Browser, noun: str, import_id: uuid.UUID, **fields: str) -> TestResponse:
    """Press Write, having seen the preview there is."""
    judged = kept(browser, import_id).judged_at
    form = {"judged": judged.isoformat() if judged else "", **fields}
    return browser.post(f"{noun}/import/start/?id={import_id}", form)


def undo(browser: Browser, noun: str, import_id: uuid.UUID) -> TestResponse:
    """Press Undo."""
    return browser.post(f"{noun}/import/undo/?id={import_id}")


def carry_out(browser: Browser, import_id: uuid.UUID) -> Import:
    """Let a worker have it, now; the row afterwards."""
    url = browser.app.config["SQLALCHEMY_DATABASE_URI"]
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    try:
        imports.run(runtime, import_id)
    finally:
        runtime.engine.dispose()
    return kept(browser, import_id)


def write(
    browser: Browser, noun: str, data: bytes, columns: Sequence[str], key: str, *, mode: str = "good"
) -> uuid.UUID:
    """All of it."""
    import_id = judge(browser, noun, data, columns, key, mode=mode)
    assert start(browser, noun, import_id).status_code == 302
    carry_out(browser, import_id)
    return import_id


def kept(browser: Browser, import_id: uuid.UUID) -> Import:
    """The import as it is now."""
    with _session(browser) as session:
        return session.get_one(Import, import_id)


def lines(browser: Browser, import_id: uuid.UUID) -> Mapping[int, ImportRow]:
    """Its rows by line."""
    with _session(browser) as session:
        found = session.scalars(
            sa.select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.position)
        )
        return {row.position: row for row in found}


def _session(browser: Browser) -> Any:
    engine = sa.create_engine(browser.app.config["SQLALCHEMY_DATABASE_URI"], poolclass=sa.NullPool)
    return sa.orm.Session(engine, expire_on_commit=False)
