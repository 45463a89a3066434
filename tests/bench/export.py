"""The file of an export: asked for once, and made by the worker's code in this process again and again."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient

from backoffice.database import db
from backoffice.gateways.files import LocalFiles
from backoffice.services.exports import writing
from models import Export
from tests.bench.form import fields


def of_products(client: FlaskClient, query: str) -> Callable[[], int]:
    """Writes the products that match as CSV, as `backoffice.jobs.files` does; the bytes of the file."""
    token = fields(client.get("/admin/products/").data)["csrf_token"]
    answer = client.post("/admin/products/export/", data={"csrf_token": token, "query": query, "format": "csv"})
    if answer.status_code != 302:
        raise RuntimeError(f"The export was refused: {answer.status}")
    with client.application.app_context():
        engine = db.engine
        export = db.session.scalars(sa.select(Export).order_by(Export.id.desc()).limit(1)).one()
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    files = LocalFiles(folder)
    name = f"{export.id}.csv"
    sheet = writing.Sheet(title=str(export), statement=export.statement, heads=export.heads)

    def make() -> int:
        with files.draft(name) as draft:
            writing.write(engine, sheet, export.format.value, draft, lambda _rows: None)
            files.keep(draft, name)
        return (folder / name).stat().st_size

    return make
