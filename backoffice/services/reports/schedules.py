"""Reports again and again: each time of a schedule has one report, and nobody gets one who may not have it (VEN-1)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import user_preferences
from backoffice.services.reports import periods, request
from backoffice.services.reports.request import Wanted
from models import ReportSchedule, User
from models.report import Rhythm
from models.user import UserStatus

#: Schedules of one person at most.
MOST: Final = 20


def make(session: Session, panel: Role, wanted: Wanted, rhythm: Rhythm, acting: Acting) -> tuple[ReportSchedule, bool]:
    """Ask for a report every week or month; whether it is new, since one of a kind is enough. Raises `DomainError`."""
    filters = request.checked_filters(wanted, acting)
    user_id = request.lock_person(session, acting)
    found = mine(session, panel, acting)
    asked = (wanted.type, wanted.format, filters, rhythm)
    same = next((one for one in found if (one.type, one.format, one.filters, one.rhythm) == asked), None)
    if same is not None:
        return same, False
    if len(found) >= MOST:
        raise DomainError(f"You have {MOST} scheduled reports. Remove one of them first.", code="too_many")
    schedule = ReportSchedule(
        user_id=user_id,
        panel=panel,
        type=wanted.type,
        format=wanted.format,
        filters=filters,
        rhythm=rhythm,
        next_run_at=_next(session, user_id, rhythm),
    )
    session.add(schedule)
    session.flush()
    return schedule, True


def mine(session: Session, panel: Role, acting: Acting) -> Sequence[ReportSchedule]:
    """The person's own schedules of this panel, newest first."""
    return session.scalars(
        sa.select(ReportSchedule)
        .where(*_own(panel, acting))
        .order_by(ReportSchedule.created_at.desc(), ReportSchedule.id.desc())
    ).all()


def pause(session: Session, panel: Role, schedule_id: uuid.UUID, acting: Acting, *, paused: bool) -> ReportSchedule:
    """Let it rest, or go on with the next time. Raises `NotFoundError` for another person's."""
    schedule = _locked(session, panel, schedule_id, acting)
    if paused and schedule.paused_at is None:
        schedule.paused_at = session.scalars(sa.select(NOW)).one()
    elif not paused and schedule.paused_at is not None:
        request.checked_filters(Wanted(type=schedule.type, format=schedule.format), acting)
        schedule.paused_at = None
        schedule.next_run_at = _next(session, schedule.user_id, schedule.rhythm)
    session.flush()
    return schedule


def remove(session: Session, panel: Role, schedule_id: uuid.UUID, acting: Acting) -> None:
    """End it; the reports that it has made stay. Raises `NotFoundError` for another person's."""
    schedule = _locked(session, panel, schedule_id, acting)
    schedule.deleted_at = session.scalars(sa.select(NOW)).one()
    session.flush()


def run_due(session: Session, *, limit: int) -> int:
    """Ask for the reports whose time has come, of people who are active and may have them; how many.

    What was missed while nobody ran this is made up for by one report, the latest.
    """
    moment = session.scalars(sa.select(NOW)).one()
    rows = session.execute(
        sa.select(ReportSchedule, User)
        .join(User, User.id == ReportSchedule.user_id)
        .where(
            ReportSchedule.deleted_at.is_(None),
            ReportSchedule.paused_at.is_(None),
            ReportSchedule.next_run_at <= moment,
            User.status == UserStatus.ACTIVE,
            User.deleted_at.is_(None),
        )
        .order_by(ReportSchedule.next_run_at)
        .limit(limit)
        .with_for_update(of=ReportSchedule, skip_locked=True)
    ).all()
    made = 0
    for schedule, user in rows:
        if request.refusal(user, schedule) is not None:
            schedule.paused_at = moment
            continue
        zone = user_preferences.of(session, user.id).zone
        last, following = schedule.next_run_at, periods.next_run(schedule.rhythm, zone, schedule.next_run_at)
        while following <= moment:
            last, following = following, periods.next_run(schedule.rhythm, zone, following)
        request.by_schedule(session, schedule, last)
        schedule.next_run_at = following
        made += 1
    session.flush()
    return made


def _next(session: Session, user_id: uuid.UUID, rhythm: Rhythm) -> dt.datetime:
    zone = user_preferences.of(session, user_id).zone
    return periods.next_run(rhythm, zone, session.scalars(sa.select(NOW)).one())


def _own(panel: Role, acting: Acting) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ReportSchedule.user_id == acting.user_id,
        ReportSchedule.panel == panel,
        ReportSchedule.deleted_at.is_(None),
    )


def _locked(session: Session, panel: Role, schedule_id: uuid.UUID, acting: Acting) -> ReportSchedule:
    found = session.scalars(
        sa.select(ReportSchedule)
        .where(ReportSchedule.id == schedule_id, *_own(panel, acting))
        .with_for_update(of=ReportSchedule)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return found
