"""The life of a report."""

from __future__ import annotations

import datetime as dt
from typing import Final

from backoffice.services.exports.life import Life
from backoffice.services.reports import sheet
from backoffice.services.reports.request import refusal
from backoffice.services.reports.types import KINDS
from models import Report
from models.report import ReportStatus

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
    # The ERD's reports are a record of what was asked for; their files go after a week.
    remembered=dt.timedelta(days=365),
    started=None,
    finished="generated_at",
    ended=None,
    refusal=refusal,
    by_schedule=lambda report: report.schedule_id is not None,
    besides=lambda report: {"body": {"columns": [head["label"] for head in sheet.heads(KINDS[report.type])]}},
)
