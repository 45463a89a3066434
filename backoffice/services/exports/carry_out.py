"""The life of an export."""

from __future__ import annotations

import datetime as dt
from typing import Final

from backoffice.services import requesters
from backoffice.services.exports.life import Life
from backoffice.services.exports.request import OPEN
from models import Export
from models.export import ExportStatus

LIFE: Final = Life(
    entity=Export,
    name="exports",
    event="export.finished",
    page="Exports",
    open=OPEN,
    running=ExportStatus.RUNNING,
    done=ExportStatus.DONE,
    failed=ExportStatus.FAILED,
    expired=ExportStatus.EXPIRED,
    remembered=dt.timedelta(days=30),
    started="started_at",
    finished="finished_at",
    ended="finished_at",
    refusal=lambda user, export: requesters.refusal(user, export.panel),
    besides=lambda _export: {},
)
