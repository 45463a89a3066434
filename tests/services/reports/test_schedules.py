"""Schedules: one report for each time, for whoever may have it, and nobody else's."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services.reports import schedules
from backoffice.services.reports.request import Wanted
from models import Report, ReportSchedule
from models.report import ReportFormat, ReportType, Rhythm
from models.user import UserStatus
from tests.factories import acting_for, make_report_schedule, make_user

WEEKLY = Wanted(type=ReportType.REVENUE, format=ReportFormat.PDF)
PAST = dt.timedelta(minutes=5)


@pytest.fixture
def person(session):
    return make_user(session, Role.FINANCE)


def _due(session, person, **values):
    return make_report_schedule(session, user=person, **({"next_run_at": now() - PAST} | values))


def _reports(session, schedule):
    return session.scalars(sa.select(Report).where(Report.schedule_id == schedule.id)).all()


def test_each_time_has_one_report(session, person):
    """JOB-2: however often the sweep looks."""
    schedule = _due(session, person)
    at = schedule.next_run_at
    assert [schedules.run_due(session, limit=10) for _ in range(3)] == [1, 0, 0]
    (report,) = _reports(session, schedule)
    assert (report.user_id, report.panel, report.scheduled_for) == (person.id, Role.FINANCE, at)
    assert set(report.filters) == {"from", "to"}
    assert schedule.next_run_at > now()


def test_the_database_keeps_a_second_one_out(session, person):
    schedule = _due(session, person)
    at = schedule.next_run_at
    schedules.run_due(session, limit=10)
    schedule.next_run_at = at
    session.flush()
    with pytest.raises(sa.exc.IntegrityError, match="uq_reports_schedule_id_scheduled_for"):
        schedules.run_due(session, limit=10)


def test_what_was_missed_is_one_report(session, person):
    """The latest: nobody reads a year of Mondays."""
    schedule = _due(session, person, next_run_at=now() - dt.timedelta(days=100))
    assert schedules.run_due(session, limit=10) == 1
    (report,) = _reports(session, schedule)
    assert now() - report.scheduled_for < dt.timedelta(days=8)
    assert schedule.next_run_at > now()


@pytest.mark.parametrize("status", [UserStatus.SUSPENDED, UserStatus.INACTIVE])
def test_nobody_who_is_not_active_gets_one(session, person, status):
    """VEN-1."""
    schedule = _due(session, person)
    person.status = status
    session.flush()
    assert schedules.run_due(session, limit=10) == 0
    assert _reports(session, schedule) == []


def test_whose_role_changed_gets_none(session, person):
    """JOB-3: it rests until its owner, who may not have it, makes another."""
    schedule = _due(session, person)
    person.role = Role.LOGISTICS
    session.flush()
    assert schedules.run_due(session, limit=10) == 0
    assert schedule.paused_at is not None


def test_paused_and_removed_ones_rest(session, person):
    acting = acting_for(person)
    one, two = _due(session, person), _due(session, person)
    schedules.pause(session, Role.FINANCE, one.id, acting, paused=True)
    schedules.remove(session, Role.FINANCE, two.id, acting)
    assert schedules.run_due(session, limit=10) == 0
    assert schedules.mine(session, Role.FINANCE, acting) == [one]
    schedules.pause(session, Role.FINANCE, one.id, acting, paused=False)
    assert one.next_run_at > now()


def test_one_of_a_kind_is_enough(session, person):
    acting = acting_for(person)
    first, new = schedules.make(session, Role.FINANCE, WEEKLY, Rhythm.WEEKLY, acting)
    assert new
    assert schedules.make(session, Role.FINANCE, WEEKLY, Rhythm.WEEKLY, acting) == (first, False)
    assert schedules.make(session, Role.FINANCE, WEEKLY, Rhythm.MONTHLY, acting)[1]


def test_nobody_has_too_many(session, person):
    for _ in range(schedules.MOST):
        make_report_schedule(session, user=person)
    with pytest.raises(DomainError, match="scheduled reports"):
        schedules.make(session, Role.FINANCE, WEEKLY, Rhythm.WEEKLY, acting_for(person))


def test_a_report_of_another_role_is_refused(session, person):
    wanted = Wanted(type=ReportType.USERS, format=ReportFormat.CSV)
    with pytest.raises(ForbiddenError):
        schedules.make(session, Role.FINANCE, wanted, Rhythm.WEEKLY, acting_for(person))
    assert session.scalar(sa.select(sa.func.count()).select_from(ReportSchedule)) == 0


@pytest.mark.parametrize(("kind", "currency"), [(ReportType.REVENUE, "XXX"), (ReportType.LOGISTICS, "USD")])
def test_a_currency_that_makes_no_sense_is_refused(session, kind, currency):
    admin = make_user(session, Role.ADMIN)
    wanted = Wanted(type=kind, format=ReportFormat.CSV, currency=currency)
    with pytest.raises(InvalidInputError):
        schedules.make(session, Role.ADMIN, wanted, Rhythm.WEEKLY, acting_for(admin))


def test_another_persons_is_not_there(session, person):
    """ACC-1."""
    schedule = _due(session, person)
    other = acting_for(make_user(session, Role.FINANCE))
    with pytest.raises(NotFoundError):
        schedules.pause(session, Role.FINANCE, schedule.id, other, paused=True)
    with pytest.raises(NotFoundError):
        schedules.remove(session, Role.FINANCE, schedule.id, other)
