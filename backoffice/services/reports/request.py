"""Asking for a report, and again for one that failed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.money import CURRENCIES
from backoffice.permissions import GRANTS, Role
from backoffice.services import audit, operations, requesters
from backoffice.services.exports import own
from backoffice.services.figures.read import Period
from backoffice.services.reports import periods
from backoffice.services.reports.types import KINDS, Kind
from backoffice.services.transitions import move
from models import Report, ReportSchedule, User
from models.base import uuid7
from models.operation import QueueName
from models.report import ReportFormat, ReportStatus, ReportType

#: What wakes and logs call it.
KIND: Final = "report"
#: So many of one person may be generated at once, so that nobody keeps the worker from the others.
MOST_AT_ONCE: Final = 5
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(:person, 58))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for; `currency` None for each by itself, or where rows have none."""

    type: ReportType
    format: ReportFormat
    currency: str | None = None


def submit(session: Session, panel: Role, wanted: Wanted, period: Period, acting: Acting) -> tuple[Report, bool]:
    """Have a worker make the report; whether it is a new one, since the same one that waits already is enough.

    Raises `DomainError` for a type that is not for this person, a bad period or currency, or when too many wait.
    """
    filters = checked_filters(wanted, acting) | _days(periods.checked(period))
    user_id = lock_person(session, acting)
    waiting = session.scalars(
        sa.select(Report).where(
            Report.user_id == user_id, Report.status == ReportStatus.GENERATING, Report.schedule_id.is_(None)
        )
    ).all()
    asked = (panel, wanted.type, wanted.format, filters)
    same = next((one for one in waiting if (one.panel, one.type, one.format, one.filters) == asked), None)
    if same is not None:
        return same, False
    if len(waiting) >= MOST_AT_ONCE:
        raise DomainError(
            f"{MOST_AT_ONCE} of your reports are still being made. Wait for one of them.", code="too_many"
        )
    report = _new(user_id=user_id, panel=panel, wanted=wanted, filters=filters)
    _start(session, report)
    note_asked(session, report, acting)
    return report, True


def by_schedule(session: Session, schedule: ReportSchedule, scheduled_for: Any) -> Report:
    """The report of one time of a schedule (read locked)."""
    wanted = Wanted(type=schedule.type, format=schedule.format)
    days = _days(periods.of_schedule(schedule.rhythm, scheduled_for))
    report = _new(user_id=schedule.user_id, panel=schedule.panel, wanted=wanted, filters=schedule.filters | days)
    report.schedule_id, report.scheduled_for = schedule.id, scheduled_for
    _start(session, report)
    return report


def again(session: Session, panel: Role, report_id: uuid.UUID, acting: Acting) -> Report:
    """Try a report that failed once more, with the rights of now. Raises `DomainError`."""
    lock_person(session, acting)
    report = own.own(session, Report, panel, report_id, acting, lock=True)
    checked_filters(Wanted(type=report.type, format=report.format), acting)
    moment = session.scalars(sa.select(NOW)).one()
    values = {"attempts": 0, "run_after": moment + operations.FIRST_LOOK, "due_since": moment}
    move(session, report, ReportStatus.GENERATING, acting=acting, values=values)
    queue.wake_after_commit(session, QueueName.BULK, KIND, report.id)
    note_asked(session, report, acting)
    return report


def to_fetch(session: Session, panel: Role, report_id: uuid.UUID, acting: Acting) -> Report:
    """The person's own report, when its file can be fetched with the rights of now.

    Raises `NotFoundError` and `DomainError` as `own.to_fetch` does.
    """
    report = own.to_fetch(session, Report, panel, report_id, acting)
    if not acting.may(KINDS[report.type].permission):
        raise NotFoundError
    return report


def refusal(user: User, report: Report | ReportSchedule) -> str | None:
    """Why this person may not have the report any more; None when they may (JOB-3)."""
    why = requesters.refusal(user, report.panel)
    if why is None and KINDS[report.type].permission not in GRANTS[user.role]:
        return requesters.CHANGED
    return why


def checked_filters(wanted: Wanted, acting: Acting) -> dict[str, Any]:
    """The filters beside the period. Raises `ForbiddenError` for a type that is not for this person."""
    kind: Kind = KINDS[wanted.type]
    if acting.user_id is None or acting.viewer is not None:
        raise ForbiddenError("A report belongs to the person who asks for it.")
    if not acting.may(kind.permission):
        raise ForbiddenError("Your role has no such report.")
    if wanted.currency is None:
        return {}
    if not kind.by_currency:
        raise InvalidInputError("This report has no amounts, so it has no currency.", field="currency")
    if wanted.currency not in CURRENCIES:
        raise InvalidInputError("Choose a currency from the list.", field="currency")
    return {"currency": wanted.currency}


def lock_person(session: Session, acting: Acting) -> uuid.UUID:
    """The person's id; two clicks at once count one after the other. Raises `ForbiddenError` for the system."""
    if acting.user_id is None:
        raise ForbiddenError("A report belongs to the person who asks for it.")
    session.execute(sa.text(_LOCK), {"person": str(acting.user_id)})
    return acting.user_id


def note_asked(session: Session, report: Report, acting: Acting) -> None:
    """Write down who took what out of the house (AUD-1)."""
    audit.record(
        session,
        audit.Event.EXPORTED,
        entity=Report.__tablename__,
        entity_id=report.id,
        acting=acting,
        after={"type": report.type.value, "format": report.format.value, "filters": report.filters},
    )


def _days(period: Period) -> dict[str, Any]:
    return {"from": period.since.isoformat(), "to": period.until.isoformat()}


def _new(*, user_id: uuid.UUID, panel: Role, wanted: Wanted, filters: dict[str, Any]) -> Report:
    currency = f", {filters['currency']}" if "currency" in filters else ""
    return Report(
        id=uuid7(),
        user_id=user_id,
        panel=panel,
        name=f"{wanted.type.label}, {filters['from']} to {filters['to']}{currency}",
        type=wanted.type,
        format=wanted.format,
        filters=filters,
        queue=QueueName.BULK,
    )


def _start(session: Session, report: Report) -> None:
    moment = session.scalars(sa.select(NOW)).one()
    report.run_after, report.due_since = moment + operations.FIRST_LOOK, moment
    session.add(report)
    session.flush()
    queue.wake_after_commit(session, QueueName.BULK, KIND, report.id)
