"""Asking for reports in the panels: one's own only, of types that the role has, while the file lasts."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW, now
from backoffice.config import Config
from backoffice.jobs import reports
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from backoffice.services.reports.request import MOST_AT_ONCE
from models import AuditLog, Report, ReportSchedule
from models.report import ReportStatus
from tests.factories import make_report, make_report_schedule, make_user
from tests.views.browser import Browser

ASKED = {"type": "logistics", "period": "last_30", "format": "csv", "currency": "", "rhythm": ""}


@pytest.fixture(autouse=True)
def _no_reports(committed):
    """Each test begins without any."""
    committed.execute(sa.delete(Report))
    committed.execute(sa.delete(ReportSchedule))
    committed.commit()


def _ask(browser, **values):
    return browser.post("own_reports/ask/", ASKED | values)


def _newest(committed):
    committed.rollback()
    newest = sa.select(Report).order_by(Report.id.desc()).limit(1)
    return committed.scalars(newest.execution_options(populate_existing=True)).one()


def _make(browser, report_id):
    """Let a worker make it, now."""
    url = browser.app.config["SQLALCHEMY_DATABASE_URI"]
    var = browser.app.extensions["files"].folder.parent
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url, var=var))
    reports.MAKER.run(runtime, report_id)
    runtime.engine.dispose()


def _download(browser, report_id):
    return browser.get(f"own_reports/download/?id={report_id}")


@pytest.mark.parametrize("who", ["admin", "finance", "logistics"])
def test_from_the_form_to_the_file(browse, committed, who):
    """AUD-1: asked for, and fetched."""
    browser = browse(who)
    kind = "logistics" if who == "logistics" else "orders"
    assert _ask(browser, type=kind).status_code == 302
    report = _newest(committed)
    assert 'data-status="generating"' in browser.get("own_reports/").text
    assert _download(browser, report.id).status_code == 409
    _make(browser, report.id)
    assert f"download/?id={report.id}" in browser.get("own_reports/table/").text
    answer = _download(browser, report.id)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={kind}-")
    text = answer.data.decode()
    answer.close()
    assert ("Total" in text) is (who != "logistics")
    noted = committed.scalars(
        sa.select(AuditLog.action)
        .where(AuditLog.entity_id == str(report.id), AuditLog.action.in_(["exported", "downloaded"]))
        .order_by(AuditLog.created_at)
    ).all()
    assert noted == ["exported", "downloaded"]


@pytest.mark.parametrize(
    ("who", "kind"),
    [("logistics", "revenue"), ("logistics", "payouts"), ("finance", "users"), ("finance", "moderation")],
)
def test_what_the_role_has_not_is_no_choice(browse, committed, who, kind):
    """ACC-3."""
    assert _ask(browse(who), type=kind).status_code == 422
    assert committed.scalar(sa.select(sa.func.count()).select_from(Report)) == 0


def test_a_role_without_amounts_is_asked_for_no_currency(browse):
    """ACC-3."""
    assert 'name="currency"' in browse("finance").get("own_reports/").text
    assert 'name="currency"' not in browse("logistics").get("own_reports/").text


def test_vendors_have_no_reports(browse):
    assert browse("vendor").get("own_reports/").status_code == 404


def test_another_persons_report_is_404(browse, committed, app, engine, world):
    """ACC-1: for a colleague of the same role as for anybody."""
    admin = browse("admin")
    _ask(admin)
    report = _newest(committed)
    _make(admin, report.id)
    schedule = make_report_schedule(committed, user=world.admin)
    colleague = make_user(committed, Role.ADMIN)
    committed.commit()
    for browser in (Browser(app, engine, colleague), browse("finance"), browse("logistics")):
        assert _download(browser, report.id).status_code == 404
        assert browser.post("own_reports/again/", {"id": str(report.id)}).status_code == 404
        for page in ("pause", "remove"):
            assert browser.post(f"own_reports/{page}/", {"id": str(schedule.id)}).status_code == 404
        assert str(report.id) not in browser.get("own_reports/").text


def test_bogus_ids_are_404(browse):
    admin = browse("admin")
    for path in ("own_reports/download/", "own_reports/download/?id=x"):
        assert admin.get(path).status_code == 404
    for page in ("again", "pause", "remove"):
        assert admin.post(f"own_reports/{page}/", {"id": "x"}).status_code == 404


def test_an_expired_file_is_refused_before_it_is_deleted(browse, committed, world):
    made = make_report(
        committed, user=world.admin, status=ReportStatus.COMPLETED, generated_at=now(), file_name="gone.csv",
        expires_at=now() - dt.timedelta(seconds=1),
    )  # fmt: skip
    committed.commit()
    assert _download(browse("admin"), made.id).status_code == 409


def test_the_file_of_a_role_that_one_had_stays_where_it_is(browse, committed, world):
    """JOB-3: the rights of now, at the download as well."""
    made = make_report(
        committed, user=world.logistics, status=ReportStatus.COMPLETED, generated_at=now(), file_name="money.csv",
        expires_at=now() + dt.timedelta(days=1),
    )  # fmt: skip
    committed.commit()
    assert _download(browse("logistics"), made.id).status_code == 404


def test_two_clicks_are_one_report_and_nobody_fills_the_queue(browse, committed):
    admin = browse("admin")
    for _ in range(2):
        _ask(admin)
    count = sa.select(sa.func.count()).select_from(Report)
    assert committed.scalar(count) == 1
    for kind in ("revenue", "orders", "tax", "payouts", "disputes"):
        _ask(admin, type=kind)
    committed.rollback()
    assert committed.scalar(count) == MOST_AT_ONCE


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "nonsense"}, {"format": "json"}, {"period": "x"}, {"since": "2026-01-01"}, {"until": "2026-01-01"},
        {"currency": "USD"},
        {"since": "2026-02-01", "until": "2026-01-01"}, {"since": "1990-01-01", "until": "2026-01-01"},
        {"since": "0", "until": "0"}, {"rhythm": "hourly"}, {"type": "orders", "currency": "XXX"},
    ],
)  # fmt: skip
def test_bad_input_is_said_at_its_field(browse, committed, bad):
    answer = _ask(browse("admin"), **bad)
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.text
    assert committed.scalar(sa.select(sa.func.count()).select_from(Report)) == 0


def test_only_what_failed_is_tried_again(browse, committed, world):
    made = make_report(committed, user=world.admin, status=ReportStatus.FAILED, last_error="No.", attempts=9)
    committed.commit()
    admin = browse("admin")
    assert "Try again" in admin.get("own_reports/").text
    again = {"id": str(made.id)}
    assert admin.post("own_reports/again/", again).status_code == 302
    committed.rollback()
    assert (_newest(committed).status, _newest(committed).attempts) == (ReportStatus.GENERATING, 0)
    assert admin.post("own_reports/again/", again).status_code == 409


def test_a_schedule_is_made_paused_and_removed(browse, committed):
    finance = browse("finance")
    asked = {"type": "tax", "rhythm": "monthly", "format": "xlsx"}
    for _ in range(2):
        _ask(finance, **asked)
    (schedule,) = committed.scalars(sa.select(ReportSchedule)).all()
    assert committed.scalar(sa.select(sa.func.count()).select_from(Report)) == 0
    wanted = {"id": str(schedule.id)}
    finance.post("own_reports/pause/", wanted | {"paused": "1"})
    assert "Paused" in finance.get("own_reports/").text
    finance.post("own_reports/pause/", wanted)
    assert "Paused" not in finance.get("own_reports/").text
    finance.post("own_reports/remove/", wanted)
    assert finance.post("own_reports/remove/", wanted).status_code == 404
    committed.refresh(schedule)
    assert schedule.deleted_at is not None


def test_the_page_takes_few_statements(browse, committed, world):
    for _ in range(20):
        make_report(committed, user=world.admin, run_after=NOW)
    committed.commit()
    answer, statements = browse("admin").count("own_reports/")
    assert answer.status_code == 200
    assert len(statements) <= 3
