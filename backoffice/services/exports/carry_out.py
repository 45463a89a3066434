"""The life of an export, and how long it is told that there was one."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services import requesters
from backoffice.services.exports.life import Life
from backoffice.services.exports.request import OPEN
from models import Export
from models.export import ExportStatus

_REMEMBERED: Final = dt.timedelta(days=30)

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
    started="started_at",
    finished="finished_at",
    ended="finished_at",
    refusal=lambda user, export: requesters.refusal(user, export.panel),
    besides=lambda _export: {},
)


def prune(session: Session) -> None:
    """Delete what has been over for long; the audit log still knows of it."""
    over = Export.status.in_((ExportStatus.EXPIRED, ExportStatus.FAILED))
    session.execute(
        sa.delete(Export)
        .where(Export.created_at < NOW - _REMEMBERED, over)
        .execution_options(synchronize_session=False)
    )
