"""The life of a report, and how long it is told that there was one."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from backoffice.services.exports.life import Life
from backoffice.services.reports import sheet
from backoffice.services.reports.request import refusal
from backoffice.services.reports.types import KINDS
from models import Report
from models.report import ReportStatus

#: The ERD's reports are a record of what was asked for; their files go after a week.
_REMEMBERED: Final = dt.timedelta(days=365)

LIFE: Final = Life(
    entity=Report,
    name="reports",
    event="report.finished",
    page="My reports",
    open=(ReportStatus.GENERATING,),
    running=ReportStatus.GENERATING,
    done=ReportStatus.COMPLETED,
    failed=ReportStatus.FAILED,
    expired=ReportStatus.EXPIRED,
    started=None,
    finished="generated_at",
    ended=None,
    refusal=refusal,
    besides=lambda report: {"body": {"columns": [head["label"] for head in sheet.heads(KINDS[report.type])]}},
)


def prune(session: Session) -> None:
    """Delete what has been over for long; the audit log still knows of it."""
    over = Report.status.in_((ReportStatus.EXPIRED, ReportStatus.FAILED))
    session.execute(
        sa.delete(Report)
        .where(Report.created_at < NOW - _REMEMBERED, over)
        .execution_options(synchronize_session=False)
    )
