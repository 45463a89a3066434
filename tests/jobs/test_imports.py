"""The worker's part of an import: each row once, with the rights of now, over the version that was seen."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW, now
from backoffice.jobs import imports, sweeps
from backoffice.jobs.crash_points import IMPORT_POINTS
from backoffice.permissions import Role
from backoffice.services.imports import carry_out, request, writing
from backoffice.services.leases import MAX_ATTEMPTS
from models import AuditLog, Category, Import, ImportRow, Notification, Product, StatusHistory, User
from models.base import uuid7
from models.imports import ImportMode, ImportStatus, RowResult, Verdict
from models.user import UserStatus
from tests.factories import make_category, make_import, make_order, make_product, make_user, make_vendor
from tests.jobs.support import wait_until

ROWS = 120


@pytest.fixture
def waiting(sessions):
    """`waiting()` is an import of 120 changes of stock that is due; every tenth row is a new product."""

    def make(*, mode=ImportMode.GOOD, **values):
        with sessions.begin() as session:
            vendor, category = make_vendor(session), make_category(session)
            batch = make_import(
                session, vendor, **({"status": ImportStatus.PENDING, "mode": mode, "rows": ROWS, "done": 0,
                                     "finished_at": None, "undo_until": None, "queue": "bulk"} | values)
            )  # fmt: skip
            session.execute(sa.delete(ImportRow))
            for line in range(2, ROWS + 2):
                session.add(_row(session, batch, line, vendor, category))
            return batch.id

    return make


def _row(session, batch, line, vendor, category):
    plain = {"import_id": batch.id, "position": line, "cells": [f"S{line}", "7"]}
    if line % 10 == 0:
        given = {
            "sku": f"S{line}", "name": f"New {line}", "slug": f"new-{line}", "price": "5.00", "currency": "USD",
            "stock_quantity": 7, "category_id": str(category.id), "vendor_id": str(vendor.id),
        }  # fmt: skip
        changes = {name: {"after": value} for name, value in given.items()}
        return ImportRow(**plain, verdict=Verdict.NEW, target_id=uuid7(), changes=changes)
    product = make_product(session, vendor=vendor, category=category, sku=f"S{line}")
    changes = {"stock_quantity": {"before": 10, "after": 7, "was": "10", "is": "7"}}
    return ImportRow(**plain, verdict=Verdict.CHANGED, target_id=product.id, target_version=1, changes=changes)


def _batch(sessions, import_id):
    with sessions() as session:
        return session.get_one(Import, import_id)


def _results(sessions, import_id):
    with sessions() as session:
        grouped = sa.select(ImportRow.result, sa.func.count()).where(ImportRow.import_id == import_id)
        return dict(session.execute(grouped.group_by(ImportRow.result)).all())


def _line(sessions, import_id, line):
    with sessions() as session:
        return session.get_one(ImportRow, (import_id, line))


def _written_by(import_id):
    """SELECT of how many changes of products the log says are of this import."""
    of_import = AuditLog.request_id == f"import-{import_id}"
    return sa.select(sa.func.count()).where(of_import, AuditLog.entity == "products")


def _stock(sessions):
    """How many products there are with each stock."""
    with sessions() as session:
        living = sa.select(Product.stock_quantity, sa.func.count()).where(Product.deleted_at.is_(None))
        return dict(session.execute(living.group_by(Product.stock_quantity)).all())


def _due(sessions, import_id):
    with sessions.begin() as session:
        free = {"leased_until": None, "lease_token": None, "run_after": NOW, "due_since": NOW}
        session.execute(sa.update(Import).where(Import.id == import_id).values(**free))


def _undo(sessions, import_id):
    with sessions.begin() as session:
        values = {"status": ImportStatus.UNDOING, "attempts": 0, "done": 0}
        session.execute(sa.update(Import).where(Import.id == import_id).values(**values))
    _due(sessions, import_id)


def _touch(sessions, import_id, *numbers):
    """Somebody else changes the products of these lines."""
    with sessions.begin() as session:
        for number in numbers:
            row = session.get_one(ImportRow, (import_id, number))
            session.execute(sa.update(Product).where(Product.id == row.target_id).values(weight=number))


@pytest.mark.parametrize("mode", list(ImportMode))
def test_each_row_once_however_often_it_is_woken(runtime, sessions, waiting, mode):
    """JOB-1, JOB-2, AUD-1: the person is the author; written, undone, and told of both."""
    import_id = waiting(mode=mode)
    for _ in range(3):
        imports.run(runtime, import_id)
    batch = _batch(sessions, import_id)
    assert (batch.status, batch.done, batch.leased_until) == (ImportStatus.DONE, ROWS, None)
    assert batch.undo_until - batch.finished_at == dt.timedelta(days=7)
    assert _results(sessions, import_id) == {RowResult.WRITTEN: ROWS}
    assert _stock(sessions) == {7: ROWS}
    with sessions() as session:
        wrote = _written_by(import_id)
        assert session.scalar(wrote.where(AuditLog.actor_id == batch.user_id, AuditLog.action == "update")) == 108
        assert session.scalar(wrote.where(AuditLog.actor_id == batch.user_id, AuditLog.action == "insert")) == 12
    _undo(sessions, import_id)
    for _ in range(2):
        imports.run(runtime, import_id)
    assert _batch(sessions, import_id).status is ImportStatus.UNDONE
    assert _results(sessions, import_id) == {RowResult.UNDONE: ROWS}
    assert _stock(sessions) == {10: 108}
    with sessions() as session:
        steps = session.scalars(sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == import_id)).all()
        assert sorted(steps) == ["done", "running", "undone"]
        told = session.scalars(sa.select(Notification.message).order_by(Notification.id)).all()
        assert told == ["120 rows written, 0 left out.", "120 rows put back, 0 not."]


def test_what_changed_after_the_preview_is_left_out(runtime, sessions, waiting):
    """I8: each row over the version that was seen; what is gone, and what is another's by now, too."""
    import_id = waiting()
    _touch(sessions, import_id, 3)
    with sessions.begin() as session:
        rows = {number: session.get_one(ImportRow, (import_id, number)) for number in (4, 5)}
        session.get_one(Product, rows[4].target_id).deleted_at = now()
        session.get_one(Product, rows[5].target_id).vendor_id = make_vendor(session).id
        make_product(session, sku="S10")
        make_product(session, vendor=session.get_one(User, _batch(sessions, import_id).user_id), sku="S20")
    imports.run(runtime, import_id)
    assert _results(sessions, import_id) == {RowResult.WRITTEN: ROWS - 5, RowResult.REFUSED: 5}
    reasons = {number: _line(sessions, import_id, number).reason for number in (3, 4, 5, 10, 20)}
    assert reasons == {
        3: "Somebody changed it after the preview.",
        4: "It is not there any more.",
        5: "It is not there any more.",
        10: "Another product already has this sku.",
        20: "There is one with this sku meanwhile.",
    }


def test_all_or_none_writes_nothing_after_a_refusal(runtime, sessions, waiting):
    import_id = waiting(mode=ImportMode.ALL)
    _touch(sessions, import_id, 99)
    imports.run(runtime, import_id)
    batch = _batch(sessions, import_id)
    assert batch.status is ImportStatus.FAILED
    assert batch.last_error.startswith("Nothing was written, because line 99 was refused")
    assert _results(sessions, import_id) == {None: ROWS - 1, RowResult.REFUSED: 1}
    assert _stock(sessions) == {10: 108}
    with sessions() as session:
        assert session.scalars(sa.select(Notification.title)).all() == ["Import of products failed"]


def test_all_or_none_tells_how_far_it_is(runtime, sessions, waiting, monkeypatch):
    monkeypatch.setattr(imports, "_TOLD_EVERY", 0.0)
    seen = []
    renew = carry_out.renew
    monkeypatch.setattr(carry_out, "renew", lambda *given: (seen.append(given[2]), renew(*given)))
    imports.run(runtime, waiting(mode=ImportMode.ALL))
    assert seen == list(range(ROWS))


def test_a_new_row_must_be_ones_own(runtime, sessions, waiting):
    """ACC-1: also when somebody has put another owner into the row of the import."""
    import_id = waiting()
    with sessions.begin() as session:
        row = session.get_one(ImportRow, (import_id, 10))
        row.changes = row.changes | {"vendor_id": {"after": str(make_vendor(session).id)}}
    imports.run(runtime, import_id)
    assert _line(sessions, import_id, 10).reason == "You may not make this."
    assert _stock(sessions)[7] == ROWS - 1


def test_what_is_used_or_changed_since_is_not_undone(runtime, sessions, waiting):
    """The reason is kept with the row; everything else goes back."""
    import_id = waiting()
    imports.run(runtime, import_id)
    _touch(sessions, import_id, 3)
    with sessions.begin() as session:
        row = session.get_one(ImportRow, (import_id, 10))
        product = session.get_one(Product, row.target_id)
        make_order(session, vendor=session.get_one(User, product.vendor_id), product=product)
    with sessions() as session:
        row = session.get_one(ImportRow, (import_id, 10))
        version = session.get_one(Product, row.target_id).version
    with sessions.begin() as session:
        session.get_one(ImportRow, (import_id, 10)).left_version = version
    _undo(sessions, import_id)
    imports.run(runtime, import_id)
    assert _batch(sessions, import_id).status is ImportStatus.UNDONE
    assert _results(sessions, import_id) == {RowResult.UNDONE: ROWS - 2, RowResult.KEPT: 2}
    assert _line(sessions, import_id, 3).reason == "It was changed after the import."
    assert _line(sessions, import_id, 10).reason.startswith("It is in use: 1 order items")
    with sessions() as session:
        assert session.scalars(sa.select(Notification.message).order_by(Notification.id.desc())).first() == (
            "118 rows put back, 2 not."
        )


def test_a_value_that_somebody_else_has_by_now_is_not_put_back(runtime, sessions):
    with sessions.begin() as session:
        admin, category = make_user(session), make_category(session, slug="before")
        batch = make_import(session, admin, entity="categories", noun="categories", key="name", done=0,
                            permission="categories:write", status=ImportStatus.PENDING)  # fmt: skip
        row = session.get_one(ImportRow, (batch.id, 2))
        row.target_id, row.result, row.left_version = category.id, None, None
        row.changes = {"slug": {"before": "before", "after": "after", "was": "before", "is": "after"}}
    imports.run(runtime, batch.id)
    with sessions.begin() as session:
        assert session.get_one(Category, category.id).slug == "after"
        make_category(session, slug="before")
    _undo(sessions, batch.id)
    imports.run(runtime, batch.id)
    assert _line(sessions, batch.id, 2).reason == "Another category already has this slug."


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
    user_id = _batch(sessions, import_id).user_id
    with sessions.begin() as session:
        session.execute(sa.update(User).where(User.id == user_id).values(**values))
    imports.run(runtime, import_id)
    batch = _batch(sessions, import_id)
    assert batch.status is ImportStatus.FAILED
    assert why in batch.last_error
    assert _stock(sessions) == {10: 108}


def test_what_may_not_be_undone_any_more_stays_done(runtime, sessions, waiting):
    import_id = waiting()
    imports.run(runtime, import_id)
    with sessions.begin() as session:
        user_id = session.get_one(Import, import_id).user_id
        session.execute(sa.update(User).where(User.id == user_id).values(status=UserStatus.SUSPENDED))
    _undo(sessions, import_id)
    imports.run(runtime, import_id)
    batch = _batch(sessions, import_id)
    assert (batch.status, batch.undo_until is None) == (ImportStatus.DONE, False)
    assert _stock(sessions) == {7: ROWS}


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
                _due(sessions, import_id)
        return write(*given)

    monkeypatch.setattr(writing, "write", slow)
    imports.run(runtime, import_id)
    if mode is ImportMode.ALL:
        assert _stock(sessions) == {10: 108}
        imports.run(runtime, import_id)
    assert _batch(sessions, import_id).status is ImportStatus.DONE
    assert _stock(sessions) == {7: ROWS}


def test_what_breaks_is_tried_again_and_given_up(runtime, sessions, waiting, monkeypatch, caplog):
    import_id = waiting()
    monkeypatch.setattr(carry_out, "finish", lambda *_: 1 / 0)
    for _ in range(3):
        imports.run(runtime, import_id)
        _due(sessions, import_id)
    batch = _batch(sessions, import_id)
    # The parts that were written stay, and can be undone.
    assert (batch.status, batch.last_error) == (ImportStatus.DONE, carry_out.GIVEN_UP)
    assert _results(sessions, import_id) == {RowResult.WRITTEN: 100, None: 20}
    assert "could not be carried out" in caplog.text


def test_what_kills_its_workers_is_given_up(runtime, sessions, waiting):
    import_id = waiting(attempts=MAX_ATTEMPTS)
    imports.run(runtime, import_id)
    assert _batch(sessions, import_id).status is ImportStatus.FAILED


def test_a_lock_that_is_not_free_is_waited_for(runtime, sessions, waiting, monkeypatch):
    """A lock time-out is about the moment, not about the row."""
    import_id = waiting()
    first = _line(sessions, import_id, 2).target_id
    with sessions() as holder:
        holder.execute(sa.select(Product.id).where(Product.id == first).with_for_update())
        imports.run(runtime, import_id)
        holder.rollback()
    batch = _batch(sessions, import_id)
    assert (batch.status, batch.lease_token) == (ImportStatus.RUNNING, None)
    _due(sessions, import_id)
    imports.run(runtime, import_id)
    assert _batch(sessions, import_id).status is ImportStatus.DONE


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
    wait_until(lambda: _batch(sessions, import_id).status is ImportStatus.DONE, 60)
    assert not order.exists()
    assert _results(sessions, import_id) == {RowResult.WRITTEN: ROWS}
    assert _stock(sessions) == {7: ROWS}
    with sessions() as session:
        wrote = _written_by(import_id)
        assert session.scalar(wrote) == ROWS
