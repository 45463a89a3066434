"""The worker's part of an export: once, with the rights of now, read-only, and whole or not at all."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW, now
from backoffice.jobs import exports, files, limits, sweeps
from backoffice.jobs.crash_points import FILE_POINTS
from backoffice.permissions import Role
from backoffice.services.exports import carry_out, life, request, writing
from backoffice.services.leases import GIVEN_UP, MAX_ATTEMPTS
from models import Export, Notification, StatusHistory, User
from models.export import ExportFormat, ExportStatus
from models.user import UserStatus
from tests.factories import make_export, make_user
from tests.jobs.own_files import make_due, names, row_of
from tests.jobs.support import wait_until

WEEK = dt.timedelta(days=7)
ROWS = 'SELECT n::text AS "Name" FROM generate_series(1, 2500) AS n'


@pytest.fixture
def waiting(sessions):
    """`waiting(statement)` is an export that is due."""

    def make(statement: str = ROWS, **values):
        plain = {
            "status": ExportStatus.PENDING, "rows": 0, "file_name": None, "finished_at": None, "expires_at": None,
            "due_since": now(), "run_after": now(), "statement": statement,
        }  # fmt: skip
        with sessions.begin() as session:
            user = make_user(session, Role.ADMIN)
            return make_export(session, user, **(plain | values)).id

    return make


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_makes_one_file_however_often_it_is_woken(runtime, sessions, kept, waiting, kind):
    """JOB-1, JOB-2."""
    export_id = waiting(format=kind)
    for _ in range(3):
        exports.MAKER.run(runtime, export_id)
    row = row_of(sessions, Export, export_id)
    assert (row.status, row.rows, row.leased_until) == (ExportStatus.DONE, 2500, None)
    assert row.expires_at - row.finished_at == WEEK
    assert names(kept) == [f"{export_id}.{kind.value}"]
    with sessions() as session:
        steps = session.scalars(sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == export_id)).all()
        assert sorted(steps) == ["done", "running"]
        assert session.scalar(sa.select(sa.func.count()).select_from(Notification)) == 1


def test_it_tells_how_far_it_is(runtime, sessions, kept, waiting, monkeypatch):
    monkeypatch.setattr(files, "_TOLD_EVERY", 0.0)
    seen = []
    renew = life.Life.renew
    monkeypatch.setattr(life.Life, "renew", lambda *given: (seen.append(given[3]), renew(*given)))
    exports.MAKER.run(runtime, waiting())
    assert seen == [1000, 2000]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"role": Role.FINANCE}, "Your role has changed"),
        ({"status": UserStatus.SUSPENDED}, "not active any more"),
        ({"deleted_at": NOW}, "not active any more"),
    ],
)
def test_rights_are_those_of_now(runtime, sessions, kept, waiting, values, why):
    """JOB-3: whoever may not have the list any more gets no file."""
    export_id = waiting()
    with sessions.begin() as session:
        make_user(session, Role.ADMIN)
        session.execute(sa.update(User).where(User.id == row_of(sessions, Export, export_id).user_id).values(**values))
    exports.MAKER.run(runtime, export_id)
    row = row_of(sessions, Export, export_id)
    assert row.status is ExportStatus.FAILED
    assert why in row.last_error
    assert names(kept) == []
    with sessions() as session:
        assert session.scalars(sa.select(Notification.title)).all() == ["Products as CSV failed"]


@pytest.mark.parametrize(
    "statement", ["DELETE FROM users RETURNING id", "SELECT nextval('x')", "SELECT secret FROM nowhere"]
)
def test_it_can_only_read_and_says_nothing_of_the_statement(runtime, sessions, kept, waiting, caplog, statement):
    """A row that somebody has put there changes nothing; what fails for no known reason is tried three times."""
    export_id = waiting(statement, format=ExportFormat.JSON)
    for _ in range(3):
        exports.MAKER.run(runtime, export_id)
        make_due(sessions, Export, export_id)
    row = row_of(sessions, Export, export_id)
    assert (row.status, row.last_error) == (ExportStatus.FAILED, GIVEN_UP)
    assert statement.split()[1] not in caplog.text
    assert names(kept) == []
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(User)) > 0


def test_what_takes_too_long_is_refused(runtime, sessions, kept, waiting, monkeypatch):
    monkeypatch.setattr(writing, "PATIENCE", 1)
    export_id = waiting("SELECT pg_sleep(20)")
    exports.MAKER.run(runtime, export_id)
    row = row_of(sessions, Export, export_id)
    assert row.status is ExportStatus.FAILED
    assert "Narrow the filter" in row.last_error


def test_a_file_that_grows_for_too_long_is_refused(runtime, sessions, kept, waiting, monkeypatch):
    monkeypatch.setattr(files, "_LONGEST", -1.0)
    export_id = waiting()
    exports.MAKER.run(runtime, export_id)
    assert "Narrow the filter" in row_of(sessions, Export, export_id).last_error
    assert names(kept) == []


def test_whoever_lost_the_lease_leaves_the_file_to_the_next(runtime, sessions, kept, waiting, monkeypatch):
    """J10: a worker that was taken for dead puts nothing in the place of what its successor makes."""
    export_id = waiting()
    write = writing.write

    def slow(*given):
        make_due(sessions, Export, export_id)
        return write(*given)

    monkeypatch.setattr(writing, "write", slow)
    exports.MAKER.run(runtime, export_id)
    assert row_of(sessions, Export, export_id).status is ExportStatus.RUNNING
    assert names(kept) == []
    monkeypatch.setattr(writing, "write", write)
    exports.MAKER.run(runtime, export_id)
    assert row_of(sessions, Export, export_id).status is ExportStatus.DONE


def test_a_connection_that_is_lost_is_tried_again(runtime, sessions, kept, waiting):
    """The database ends our connection: later."""
    export_id = waiting("SELECT pg_terminate_backend(pg_backend_pid())")
    exports.MAKER.run(runtime, export_id)
    row = row_of(sessions, Export, export_id)
    assert (row.status, row.lease_token) == (ExportStatus.RUNNING, None)
    assert row.run_after > row.started_at


def test_what_kills_its_workers_is_given_up(runtime, sessions, kept, waiting):
    export_id = waiting(attempts=MAX_ATTEMPTS)
    exports.MAKER.run(runtime, export_id)
    assert row_of(sessions, Export, export_id).status is ExportStatus.FAILED


def test_what_was_asked_for_is_never_another(sessions, waiting):
    """Neither the statement nor whose it is, whoever writes."""
    export_id = waiting()
    with sessions.begin() as session:
        another = make_user(session).id
    for column, value in (("statement", "SELECT 1"), ("user_id", another), ("noun", "users"), ("format", "json")):
        changed = sa.update(Export).where(Export.id == export_id).values(**{column: value})
        with sessions() as session, pytest.raises(sa.exc.IntegrityError, match="UPDATE is refused"):
            session.execute(changed)


def test_the_relay_wakes_what_waits_and_what_expires_and_forgets_the_rest(runtime, sessions, kept, waiting):
    """JOB-1; seven days for the file, thirty for what is known of it."""
    export_id = waiting()
    exports.MAKER.run(runtime, export_id)
    name = names(kept)
    assert name == [row_of(sessions, Export, export_id).file_name]

    def wakes():
        with sessions.begin() as session:
            return [row_id for _, row_id in carry_out.LIFE.due(session, limit=10, again=dt.timedelta(0))]

    assert wakes() == []
    make_due(sessions, Export, export_id)
    assert wakes() == [export_id]
    exports.MAKER.run(runtime, export_id)
    row = row_of(sessions, Export, export_id)
    assert (row.status, row.file_name, names(kept)) == (ExportStatus.EXPIRED, None, [])
    assert wakes() == []
    with sessions.begin() as session:
        sweeps.prune_exports(session)
        assert session.get(Export, export_id) is not None
        past = NOW - dt.timedelta(days=31)
        session.execute(sa.update(Export).where(Export.id == export_id).values(created_at=past))
        sweeps.prune_exports(session)
    with sessions() as session:
        assert session.get(Export, export_id) is None


def test_a_file_that_cannot_be_deleted_is_tried_again(runtime, sessions, kept, waiting, monkeypatch):
    export_id = waiting()
    exports.MAKER.run(runtime, export_id)
    for _ in range(MAX_ATTEMPTS + 1):
        make_due(sessions, Export, export_id)
        with monkeypatch.context() as patch:
            patch.setattr(runtime.files, "delete", lambda _name: (_ for _ in ()).throw(PermissionError("no")))
            exports.MAKER.run(runtime, export_id)
    assert row_of(sessions, Export, export_id).status is ExportStatus.DONE
    make_due(sessions, Export, export_id)
    exports.MAKER.run(runtime, export_id)
    assert row_of(sessions, Export, export_id).status is ExportStatus.EXPIRED


@pytest.mark.parametrize("point", FILE_POINTS)
def test_kill_9_anywhere_ends_in_one_file(processes, sessions, waiting, tmp_path, point):
    """J11: between writing and the commit too, another worker makes it, in the same place."""
    export_id = waiting(queue="bulk")
    order = tmp_path / "deaths" / f"{point}-{request.KIND}-{export_id}"
    order.parent.mkdir()
    order.write_text("", encoding="ascii")
    processes.worker(BACKOFFICE_CRASH_FOLDER=str(order.parent), BACKOFFICE_LEASE_SECONDS="2")
    processes.relay()
    wait_until(lambda: row_of(sessions, Export, export_id).status is ExportStatus.DONE, 60)
    assert not order.exists()
    drafts = [name for name in names(tmp_path / "exports") if not name.startswith(".draft-")]
    assert drafts == [f"{export_id}.csv"]
    assert (tmp_path / "exports" / drafts[0]).read_bytes().count(b"\n") == 2501
    assert limits.lease() > dt.timedelta(0)
