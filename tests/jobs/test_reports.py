"""The worker's part of a report: once, with the rights of now, and whole or not at all."""

from __future__ import annotations

import io

import pypdf
import pytest
import sqlalchemy as sa

from backoffice.clock import NOW, now
from backoffice.jobs import reports, sweeps
from backoffice.jobs.crash_points import FILE_POINTS
from backoffice.permissions import Role
from backoffice.services import mail_letters
from backoffice.services.exports import pdf, writing
from backoffice.services.reports import request
from models import Mail, Notification, Report, User
from models.report import ReportFormat, ReportStatus, ReportType
from models.user import UserStatus
from tests.factories import acting_for, make_report, make_report_schedule, make_user
from tests.jobs.own_files import make_due, names, row_of
from tests.jobs.support import wait_until


@pytest.fixture
def waiting(sessions):
    """`waiting()` is a report about users that is due."""

    def make(role: Role = Role.ADMIN, **values):
        plain = {
            "type": ReportType.USERS, "filters": {"from": "2020-01-01", "to": "2120-01-01"}, "due_since": now(),
            "run_after": now(),
        }  # fmt: skip
        with sessions.begin() as session:
            return make_report(session, user=make_user(session, role), **(plain | values)).id

    return make


@pytest.mark.parametrize("kind", list(ReportFormat))
def test_makes_one_file_however_often_it_is_woken(runtime, sessions, kept, waiting, kind):
    """JOB-1, JOB-2."""
    report_id = waiting(format=kind)
    for _ in range(3):
        reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert (row.status, row.leased_until) == (ReportStatus.COMPLETED, None)
    assert row.rows >= 1
    assert row.body["columns"][0] == "Role"
    assert names(kept) == [f"{report_id}.{kind.value}"]
    with sessions() as session:
        assert session.scalars(sa.select(Notification.event_key)).all() == ["report.finished"]


@pytest.mark.parametrize("ready", [True, False])
def test_only_a_scheduled_one_goes_by_mail(runtime, sessions, kept, ready):
    """Nobody waits for it at the page; the mail has a link to the file, and nothing attached."""
    with sessions.begin() as session:
        schedule = make_report_schedule(session, user=make_user(session))
        status = {} if ready else {"attempts": 99}
        report_id = make_report(
            session,
            user=session.get_one(User, schedule.user_id),
            filters={"from": "2020-01-01", "to": "2120-01-01"},
            due_since=now(),
            run_after=now(),
            schedule_id=schedule.id,
            scheduled_for=schedule.next_run_at,
            **status,
        ).id
    reports.MAKER.run(runtime, report_id)
    with sessions() as session:
        told = sa.select(Notification.channel).where(Notification.event_key == "report.scheduled")
        assert sorted(session.scalars(told)) == ["email", "in_app"]
        mail = session.scalars(sa.select(Mail)).one()
        letter = mail_letters.letter(mail, session.get_one(User, mail.user_id), "https://office.example")
    assert (f"https://office.example/admin/own_reports/download/?id={report_id}" in letter.text) is ready


def test_a_pdf_has_heads_period_and_rows(runtime, sessions, kept, waiting):
    report_id = waiting(format=ReportFormat.PDF)
    reports.MAKER.run(runtime, report_id)
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO((kept / names(kept)[0]).read_bytes())).pages
    )
    for said in ("Revenue", "2020-01-01 to 2120-01-01", "Registered", "admin"):
        assert said in text


def test_a_pdf_of_too_many_rows_is_refused(runtime, sessions, kept, waiting, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_ROWS", 0)
    report_id = waiting(format=ReportFormat.PDF)
    reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert row.status is ReportStatus.FAILED
    assert "Choose CSV or Excel" in row.last_error
    assert names(kept) == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"role": Role.FINANCE}, "Your role has changed"),
        ({"status": UserStatus.SUSPENDED}, "not active any more"),
        ({"deleted_at": NOW}, "not active any more"),
    ],
)
def test_rights_are_those_of_now(runtime, sessions, kept, waiting, values, why):
    """JOB-3."""
    report_id = waiting()
    with sessions.begin() as session:
        make_user(session, Role.ADMIN)
        session.execute(sa.update(User).where(User.id == row_of(sessions, Report, report_id).user_id).values(**values))
    reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert row.status is ReportStatus.FAILED
    assert why in row.last_error
    assert names(kept) == []


def test_a_type_that_is_not_for_the_role_is_never_made(runtime, sessions, kept, waiting):
    """ACC-3: whoever has put the row there."""
    report_id = waiting(Role.LOGISTICS, type=ReportType.REVENUE)
    reports.MAKER.run(runtime, report_id)
    assert row_of(sessions, Report, report_id).status is ReportStatus.FAILED
    assert names(kept) == []


def test_one_that_failed_is_made_when_it_is_tried_again(runtime, sessions, kept, waiting, monkeypatch):
    """B12: failed, generating, completed; nothing half is left in between."""
    report_id = waiting()
    with monkeypatch.context() as patch:
        patch.setattr(writing, "PATIENCE", 1)
        patch.setattr(
            reports.sheet, "sheet", lambda *_: writing.Sheet(title="", statement="SELECT pg_sleep(9)", heads=[])
        )
        reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert (row.status, row.generated_at) == (ReportStatus.FAILED, None)
    assert names(kept) == []
    with sessions.begin() as session:
        user = session.get_one(User, row_of(sessions, Report, report_id).user_id)
        request.again(session, Role.ADMIN, report_id, acting_for(user))
    reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert (row.status, row.last_error) == (ReportStatus.COMPLETED, None)
    assert len(names(kept)) == 1


def test_the_file_goes_after_its_time_and_the_row_after_a_year(runtime, sessions, kept, waiting):
    """B12: completed, expired by time, file removed."""
    report_id = waiting()
    reports.MAKER.run(runtime, report_id)
    make_due(sessions, Report, report_id)
    reports.MAKER.run(runtime, report_id)
    row = row_of(sessions, Report, report_id)
    assert (row.status, row.file_name, names(kept)) == (ReportStatus.EXPIRED, None, [])
    with sessions.begin() as session:
        sweeps.prune_reports(session)
        assert session.get(Report, report_id) is not None


def test_what_was_asked_for_is_never_another(sessions, waiting):
    """Neither the type nor whose it is, whoever writes."""
    report_id = waiting()
    with sessions.begin() as session:
        another = make_user(session).id
    for column, value in (("type", "revenue"), ("user_id", another), ("filters", {}), ("format", "pdf")):
        changed = sa.update(Report).where(Report.id == report_id).values(**{column: value})
        with sessions() as session, pytest.raises(sa.exc.IntegrityError, match="UPDATE is refused"):
            session.execute(changed)


@pytest.mark.parametrize("point", FILE_POINTS)
def test_kill_9_anywhere_ends_in_one_file(processes, sessions, waiting, tmp_path, point):
    """J11: between the file and the commit too, another worker makes it, in the same place."""
    report_id = waiting(queue="bulk")
    order = tmp_path / "deaths" / f"{point}-{request.KIND}-{report_id}"
    order.parent.mkdir()
    order.write_text("", encoding="ascii")
    processes.worker(BACKOFFICE_CRASH_FOLDER=str(order.parent), BACKOFFICE_LEASE_SECONDS="2")
    processes.relay()
    wait_until(lambda: row_of(sessions, Report, report_id).status is ReportStatus.COMPLETED, 60)
    assert not order.exists()
    drafts = [name for name in names(tmp_path / "exports") if not name.startswith(".draft-")]
    assert drafts == [f"{report_id}.csv"]
