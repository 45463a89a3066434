"""What becomes of an import whose maker, worker or lease is gone."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW
from backoffice.jobs import imports, sweeps
from backoffice.jobs.crash_points import IMPORT_POINTS
from backoffice.permissions import Role
from backoffice.services.imports import carry_out, request, writing
from backoffice.services.leases import GIVEN_UP, MAX_ATTEMPTS
from models import Import, ImportRow, Product, User
from models.imports import ImportMode, ImportStatus, RowResult
from models.user import UserStatus
from tests.factories import make_import, make_user
from tests.jobs.imports.batch import (
    ROWS,
    ask_to_undo,
    batch_of,
    line,
    make_due,
    results,
    stock,
    written_by,
)
from tests.jobs.support import wait_until


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"role": Role.FINANCE}, "Your role has changed"),
        ({"status": UserStatus.SUSPENDED}, "not active any more"),
        ({"deleted_at": NOW}, "not active any more"),
    ],
)
def test_rights_are_those_of_now(runtime, sessions, waiting, values, why):
    """JOB-3: asked before the first row."""
    import_id = waiting()
    user_id = batch_of(sessions, import_id).user_id
    with sessions.begin() as session:
        session.execute(sa.update(User).where(User.id == user_id).values(**values))
    imports.run(runtime, import_id)
    batch = batch_of(sessions, import_id)
    assert batch.status is ImportStatus.FAILED
    assert why in batch.last_error
    assert stock(sessions) == {10: 108}


def test_what_may_not_be_undone_any_more_stays_done(runtime, sessions, waiting):
    import_id = waiting()
    imports.run(runtime, import_id)
    with sessions.begin() as session:
        user_id = session.get_one(Import, import_id).user_id
        session.execute(sa.update(User).where(User.id == user_id).values(status=UserStatus.SUSPENDED))
    ask_to_undo(sessions, import_id)
    imports.run(runtime, import_id)
    batch = batch_of(sessions, import_id)
    assert (batch.status, batch.undo_until is None) == (ImportStatus.DONE, False)
    assert stock(sessions) == {7: ROWS}


@pytest.mark.parametrize("mode", list(ImportMode))
def test_whoever_lost_the_lease_writes_nothing_more(runtime, sessions, waiting, monkeypatch, mode):
    """J10."""
    import_id = waiting(mode=mode)
    write, seen = writing.write, []

    def slow(*given):
        if not seen:
            seen.append(True)
            # Not `waiting`: for parts the import is locked, and nobody could take it.
            if mode is ImportMode.ALL:
                make_due(sessions, import_id)
        return write(*given)

    monkeypatch.setattr(writing, "write", slow)
    imports.run(runtime, import_id)
    if mode is ImportMode.ALL:
        assert stock(sessions) == {10: 108}
        imports.run(runtime, import_id)
    assert batch_of(sessions, import_id).status is ImportStatus.DONE
    assert stock(sessions) == {7: ROWS}


def test_what_breaks_is_tried_again_and_given_up(runtime, sessions, waiting, monkeypatch, caplog):
    import_id = waiting()
    monkeypatch.setattr(carry_out, "finish", lambda *_: 1 / 0)
    for _ in range(3):
        imports.run(runtime, import_id)
        make_due(sessions, import_id)
    batch = batch_of(sessions, import_id)
    # The parts that were written stay, and can be undone.
    assert (batch.status, batch.last_error) == (ImportStatus.DONE, GIVEN_UP)
    assert results(sessions, import_id) == {RowResult.WRITTEN: 100, None: 20}
    assert "could not be carried out" in caplog.text


def test_what_kills_its_workers_is_given_up(runtime, sessions, waiting):
    import_id = waiting(attempts=MAX_ATTEMPTS)
    imports.run(runtime, import_id)
    assert batch_of(sessions, import_id).status is ImportStatus.FAILED


def test_a_lock_that_is_not_free_is_waited_for(runtime, sessions, waiting, monkeypatch):
    """A lock time-out is about the moment, not about the row."""
    import_id = waiting()
    first = line(sessions, import_id, 2).target_id
    with sessions() as holder:
        holder.execute(sa.select(Product.id).where(Product.id == first).with_for_update())
        imports.run(runtime, import_id)
        holder.rollback()
    batch = batch_of(sessions, import_id)
    assert (batch.status, batch.lease_token) == (ImportStatus.RUNNING, None)
    make_due(sessions, import_id)
    imports.run(runtime, import_id)
    assert batch_of(sessions, import_id).status is ImportStatus.DONE


def test_whose_it_is_and_what_it_is_for_is_never_another(sessions, waiting):
    import_id = waiting()
    with sessions.begin() as session:
        another = make_user(session).id
    for column, value in (("user_id", another), ("entity", "users"), ("permission", "users:write")):
        changed = sa.update(Import).where(Import.id == import_id).values(**{column: value})
        with sessions() as session, pytest.raises(sa.exc.IntegrityError, match="UPDATE is refused"):
            session.execute(changed)


def test_the_relay_wakes_what_waits_and_forgets_the_rest(runtime, sessions, waiting):
    """JOB-1; a draft is kept for a week, what came of an import for thirty days."""
    import_id = waiting()
    with sessions.begin() as session:
        draft = make_import(session, make_user(session), status=ImportStatus.DRAFT).id

    def wakes():
        with sessions.begin() as session:
            return [row_id for _, row_id in carry_out.due(session, limit=10, again=dt.timedelta(0))]

    assert wakes() == [import_id]
    imports.run(runtime, import_id)
    assert wakes() == []
    with sessions.begin() as session:
        session.execute(sa.update(Import).values(created_at=NOW - dt.timedelta(days=8)))
        sweeps.prune_imports(session)
        assert session.scalars(sa.select(Import.id)).all() == [import_id]
        session.execute(sa.update(Import).values(created_at=NOW - dt.timedelta(days=31)))
        sweeps.prune_imports(session)
    with sessions() as session:
        assert session.get(Import, draft) is session.get(Import, import_id) is None
        assert session.scalar(sa.select(sa.func.count()).select_from(ImportRow)) == 0


@pytest.mark.parametrize("point", IMPORT_POINTS)
def test_kill_9_anywhere_writes_each_row_once(processes, sessions, waiting, tmp_path, point):
    """J11: another worker goes on behind the last part that was committed, or begins all or none anew."""
    import_id = waiting(mode=ImportMode.ALL if "all" in point else ImportMode.GOOD)
    order = tmp_path / "deaths" / f"{point}-{request.KIND}-{import_id}"
    order.parent.mkdir()
    order.write_text("", encoding="ascii")
    processes.worker(BACKOFFICE_CRASH_FOLDER=str(order.parent), BACKOFFICE_LEASE_SECONDS="2")
    processes.relay()
    wait_until(lambda: batch_of(sessions, import_id).status is ImportStatus.DONE, 60)
    assert not order.exists()
    assert results(sessions, import_id) == {RowResult.WRITTEN: ROWS}
    assert stock(sessions) == {7: ROWS}
    with sessions() as session:
        wrote = written_by(import_id)
        assert session.scalar(wrote) == ROWS
