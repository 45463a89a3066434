"""An import that is due."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models import ImportRow
from models.imports import ImportMode, ImportStatus
from tests.factories import make_category, make_import, make_vendor
from tests.jobs.imports.batch import ROWS, line_of


@pytest.fixture
def waiting(sessions):
    """`waiting()` is an import of 120 changes of stock that is due; every tenth row is a new product."""

    def make(*, mode=ImportMode.GOOD, **values):
        with sessions.begin() as session:
            vendor, category = make_vendor(session), make_category(session)
            batch = make_import(
                session, vendor, **({"status": ImportStatus.PENDING, "mode": mode, "rows": ROWS, "done": 0,
                                     "finished_at": None, "undo_until": None, "queue": "bulk"} | values)
            )  # fmt: skip
            session.execute(sa.delete(ImportRow))
            for line in range(2, ROWS + 2):
                session.add(line_of(session, batch, line, vendor, category))
            return batch.id

    return make
