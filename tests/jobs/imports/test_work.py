"""The worker's part of an import: each row once, with the rights of now, over the version that was seen."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.jobs import imports
from backoffice.services.imports import carry_out
from models import AuditLog, Category, ImportRow, Notification, Product, StatusHistory, User
from models.imports import ImportMode, ImportStatus, RowResult
from tests.factories import make_category, make_import, make_order, make_product, make_user, make_vendor
from tests.jobs.imports.batch import (
    ROWS,
    ask_to_undo,
    batch_of,
    line,
    results,
    stock,
    touch,
    written_by,
)


@pytest.mark.parametrize("mode", list(ImportMode))
def test_each_row_once_however_often_it_is_woken(runtime, sessions, waiting, mode):
    """JOB-1, JOB-2, AUD-1: the person is the author; written, undone, and told of both."""
    import_id = waiting(mode=mode)
    for _ in range(3):
        imports.run(runtime, import_id)
    batch = batch_of(sessions, import_id)
    assert (batch.status, batch.done, batch.leased_until) == (ImportStatus.DONE, ROWS, None)
    assert batch.undo_until - batch.finished_at == dt.timedelta(days=7)
    assert results(sessions, import_id) == {RowResult.WRITTEN: ROWS}
    assert stock(sessions) == {7: ROWS}
    with sessions() as session:
        wrote = written_by(import_id)
        assert session.scalar(wrote.where(AuditLog.actor_id == batch.user_id, AuditLog.action == "update")) == 108
        assert session.scalar(wrote.where(AuditLog.actor_id == batch.user_id, AuditLog.action == "insert")) == 12
    ask_to_undo(sessions, import_id)
    for _ in range(2):
        imports.run(runtime, import_id)
    assert batch_of(sessions, import_id).status is ImportStatus.UNDONE
    assert results(sessions, import_id) == {RowResult.UNDONE: ROWS}
    assert stock(sessions) == {10: 108}
    with sessions() as session:
        steps = session.scalars(sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == import_id)).all()
        assert sorted(steps) == ["done", "running", "undone"]
        told = session.scalars(sa.select(Notification.message).order_by(Notification.id)).all()
        assert told == ["120 written, 0 left out.", "120 put back, 0 not."]


def test_what_changed_after_the_preview_is_left_out(runtime, sessions, waiting):
    """I8: each row over the version that was seen; what is gone, and what is another's by now, too."""
    import_id = waiting()
    touch(sessions, import_id, 3)
    with sessions.begin() as session:
        rows = {number: session.get_one(ImportRow, (import_id, number)) for number in (4, 5)}
        session.get_one(Product, rows[4].target_id).deleted_at = now()
        session.get_one(Product, rows[5].target_id).vendor_id = make_vendor(session).id
        make_product(session, sku="S10")
        make_product(session, vendor=session.get_one(User, batch_of(sessions, import_id).user_id), sku="S20")
    imports.run(runtime, import_id)
    assert results(sessions, import_id) == {RowResult.WRITTEN: ROWS - 5, RowResult.REFUSED: 5}
    reasons = {number: line(sessions, import_id, number).reason for number in (3, 4, 5, 10, 20)}
    assert reasons == {
        3: "Somebody changed it after the preview.",
        4: "It is not there any more.",
        5: "It is not there any more.",
        10: "Another product already has this sku.",
        20: "There is one with this sku meanwhile.",
    }


def test_all_or_none_writes_nothing_after_a_refusal(runtime, sessions, waiting):
    import_id = waiting(mode=ImportMode.ALL)
    touch(sessions, import_id, 99)
    imports.run(runtime, import_id)
    batch = batch_of(sessions, import_id)
    assert batch.status is ImportStatus.FAILED
    assert batch.last_error.startswith("Nothing was written, because line 99 was refused")
    assert results(sessions, import_id) == {None: ROWS - 1, RowResult.REFUSED: 1}
    assert stock(sessions) == {10: 108}
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
    assert line(sessions, import_id, 10).reason == "You may not make this."
    assert stock(sessions)[7] == ROWS - 1


def test_what_is_used_or_changed_since_is_not_undone(runtime, sessions, waiting):
    """The reason is kept with the row; everything else goes back."""
    import_id = waiting()
    imports.run(runtime, import_id)
    touch(sessions, import_id, 3)
    with sessions.begin() as session:
        row = session.get_one(ImportRow, (import_id, 10))
        product = session.get_one(Product, row.target_id)
        make_order(session, vendor=session.get_one(User, product.vendor_id), product=product)
    with sessions() as session:
        row = session.get_one(ImportRow, (import_id, 10))
        version = session.get_one(Product, row.target_id).version
    with sessions.begin() as session:
        session.get_one(ImportRow, (import_id, 10)).left_version = version
    ask_to_undo(sessions, import_id)
    imports.run(runtime, import_id)
    assert batch_of(sessions, import_id).status is ImportStatus.UNDONE
    assert results(sessions, import_id) == {RowResult.UNDONE: ROWS - 2, RowResult.KEPT: 2}
    assert line(sessions, import_id, 3).reason == "It was changed after the import."
    assert line(sessions, import_id, 10).reason.startswith("It is in use: 1 order items")
    with sessions() as session:
        assert session.scalars(sa.select(Notification.message).order_by(Notification.id.desc())).first() == (
            "118 put back, 2 not."
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
    ask_to_undo(sessions, batch.id)
    imports.run(runtime, batch.id)
    assert line(sessions, batch.id, 2).reason == "Another category already has this slug."
