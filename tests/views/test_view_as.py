"""An admin views as somebody else (ACC-4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models import AuditLog, Impersonation, Notification
from tests.factories import make_notification

REASON = "Ticket 7: they cannot find their order"


@pytest.fixture
def admin(browse, committed):
    """An admin's browser; whatever it began to view has ended afterwards."""
    yield browse("admin")
    committed.rollback()
    committed.execute(
        sa.update(Impersonation)
        .where(Impersonation.ended_at.is_(None))
        .values(ended_at=sa.func.now(), ended_reason="test")
    )
    committed.commit()


def _start(browser, user, **typed):
    form = {"reason": REASON, "minutes": "15"} | typed
    return browser.post(f"/admin/users/view_as/?id={user.id}", form)


def _log(session, *where):
    session.rollback()
    return session.scalars(sa.select(AuditLog).where(*where).order_by(AuditLog.created_at)).all()


def test_the_panel_is_the_other_persons_until_it_is_stopped(admin, world, committed):
    record = admin.get(f"users/details/?id={world.vendor.id}").text
    assert f"/admin/users/view_as/?id={world.vendor.id}" in record
    assert admin.get(f"users/view_as/?id={world.vendor.id}").status_code == 200
    started = _start(admin, world.vendor)
    assert (started.status_code, started.location) == (302, "/vendor/")
    orders = admin.get("/vendor/orders/").text
    assert str(world.rows["orders"].order_number) in orders
    assert str(world.rows2["orders"].order_number) not in orders
    assert admin.get("/admin/").status_code == 403
    assert admin.get("/").location == "/vendor/"
    stopped = admin.post("/view-as/stop")
    assert (stopped.status_code, stopped.location) == (302, f"/admin/users/details/?id={world.vendor.id}")
    assert admin.get("/vendor/").status_code == 403
    assert admin.get("/admin/").status_code == 200
    events = [
        (row.action, row.actor_id, row.reason)
        for row in _log(committed, AuditLog.action.like("view_as%"), AuditLog.entity_id == str(world.vendor.id))
    ]
    assert events == [
        ("view_as_started", world.admin.id, REASON),
        ("view_as_ended", world.admin.id, "stopped"),
    ]
    assert "Ticket 7" in admin.get("impersonations/").text


@pytest.mark.parametrize("page", ["/vendor/", "/vendor/orders/", "/vendor/profile/", "/vendor/products/new/"])
def test_every_page_says_who_views_as_whom(admin, world, page):
    _start(admin, world.vendor)
    text = admin.get(page).text
    assert f"<strong>{world.admin.name}</strong>, you are viewing as <strong>{world.vendor.name}</strong>" in text
    assert 'action="/view-as/stop"' in text


def test_nobody_else_has_the_banner(browse):
    assert "you are viewing as" not in browse("vendor").get("/vendor/").text


@pytest.mark.parametrize(
    "path",
    [
        "/vendor/products/new/",
        "/vendor/products/export/",
        "/vendor/exports/again/",
        "/vendor/profile/preferences/",
        "/vendor/bell/read-all/",
        "/vendor/orders/act/cancel/",
    ],
)
def test_nothing_can_be_changed(admin, world, path):
    _start(admin, world.vendor)
    answer = admin.post(path, {"name": "x"})
    assert answer.status_code == 403
    assert f"You are viewing as {world.vendor.name}" in answer.text


def test_who_looked_is_the_admin_on_behalf_of_the_other(admin, world, committed):
    """ACC-3, ACC-4: the notes about personal data and exports name both."""
    _start(admin, world.vendor)
    order = world.rows["orders"]
    assert admin.get(f"/vendor/orders/details/?id={order.id}").status_code == 200
    assert admin.get(f"/vendor/payouts/statement/csv/?id={world.rows['payouts'].id}").status_code == 200
    assert admin.get("/vendor/profile/").status_code == 200
    rows = _log(committed, AuditLog.on_behalf_of == world.vendor.id, AuditLog.action.in_(("viewed", "exported")))
    assert {(row.action, row.entity) for row in rows} >= {
        ("viewed", "orders"), ("exported", "payouts"), ("viewed", "users"),
    }  # fmt: skip
    assert {(row.actor_id, row.actor_role) for row in rows} == {(world.admin.id, "admin")}
    refused = admin.get("/finance/")
    assert refused.status_code == 403
    denied = AuditLog.action == "access_denied", AuditLog.entity_id == "finance.index"
    [row] = _log(committed, *denied, AuditLog.on_behalf_of == world.vendor.id)
    assert row.actor_id == world.admin.id
    admin.post("/view-as/stop")
    shown = admin.get(f"audit_log/?f_action={row.action}").text
    assert str(world.vendor.id)[-8:] in shown


def test_opening_a_notification_does_not_read_it_for_them(admin, world, committed):
    told = make_notification(committed, user=world.vendor)
    committed.commit()
    _start(admin, world.vendor)
    assert admin.get(f"/vendor/notifications/details/?id={told.id}").status_code == 200
    assert told.title in admin.get("/vendor/bell/").text
    committed.rollback()
    assert committed.scalar(sa.select(Notification.read_at).where(Notification.id == told.id)) is None


def test_where_they_are_signed_in_stays_theirs(admin, browse, world):
    browse("vendor").get("/vendor/")
    _start(admin, world.vendor)
    page = admin.get("/vendor/profile/").text
    assert world.vendor.email in page
    assert "This one" not in page
    assert "sessions/end" not in page


def test_it_ends_with_time(admin, world, committed):
    _start(admin, world.vendor)
    _expire(committed)
    over = admin.get("/vendor/orders/")
    assert (over.status_code, over.location) == (302, "/")
    assert admin.get("/vendor/").status_code == 403
    assert admin.get("/admin/").status_code == 200
    assert admin.post("/view-as/stop").status_code == 302
    assert admin.post("/view-as/stop").location == "/"


def _expire(committed):
    committed.execute(
        sa.text("UPDATE impersonations SET created_at = now() - interval '20 minutes', expires_at = now()"
                " WHERE ended_at IS NULL")
    )  # fmt: skip
    committed.commit()


@pytest.mark.parametrize("path", ["/vendor/orders/", "/", "/admin/", "/admin/products/"])
def test_that_it_is_over_is_said_once(admin, world, committed, path):
    """On the first page that can say it, wherever the person was going; parts of pages and programs leave it there."""
    _start(admin, world.vendor)
    _expire(committed)
    assert admin.get("/vendor/bell/", headers={"HX-Request": "true"}).status_code == 403
    assert admin.get("/vendor/orders/", headers={"Accept": "application/json"}).status_code == 403
    told = f"You are no longer viewing as {world.vendor.name}: time is up. You are yourself again."
    answer = admin.get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert told in answer.text
    assert "you are viewing as <strong>" not in answer.text
    assert told not in admin.get("/admin/").text


def test_what_ended_it_elsewhere_is_said(admin, world, committed):
    _start(admin, world.vendor)
    committed.execute(
        sa.update(Impersonation)
        .where(Impersonation.ended_at.is_(None))
        .values(ended_at=sa.func.now(), ended_reason="suspended")
    )
    committed.commit()
    assert admin.post("/vendor/products/new/", {"name": "x"}).status_code == 403
    answer = admin.get("/vendor/products/", follow_redirects=True)
    assert f"You are no longer viewing as {world.vendor.name}: suspended." in answer.text


def test_who_stopped_it_is_not_told_twice(admin, world):
    _start(admin, world.vendor)
    admin.post("/view-as/stop")
    assert "no longer viewing" not in admin.get("/admin/").text
    assert admin.get("/vendor/").status_code == 403


def test_a_new_one_is_not_ended_by_the_one_before(admin, world, committed):
    _start(admin, world.vendor)
    _expire(committed)
    assert _start(admin, world.vendor2).location == "/vendor/"
    text = admin.get("/vendor/").text
    assert f"you are viewing as <strong>{world.vendor2.name}" in text
    assert "no longer viewing" not in text


def test_pages_cost_nothing_more_for_it(admin, world):
    _, before = admin.count("/admin/categories/")
    _start(admin, world.vendor)
    admin.post("/view-as/stop")
    _, after = admin.count("/admin/categories/")
    assert len(after) == len(before)


def test_signing_out_is_open_and_ends_it(admin, world, committed):
    _start(admin, world.vendor)
    assert admin.post("/sign-out").status_code == 302
    assert admin.get("/vendor/").status_code == 302
    committed.rollback()
    view = committed.scalars(sa.select(Impersonation).order_by(Impersonation.created_at.desc()).limit(1)).one()
    assert view.ended_reason == "signed out"


@pytest.mark.parametrize("typed", [{"reason": ""}, {"minutes": "600"}, {"minutes": "x"}, {"reason": "x" * 501}])
def test_what_was_typed_stays_when_it_is_refused(admin, world, typed):
    answer = _start(admin, world.vendor, **typed)
    assert answer.status_code == 422
    assert typed.get("reason", REASON) in answer.text
    assert admin.get("/admin/").status_code == 200


def test_an_admin_cannot_be_viewed_as(admin, world, committed):
    other = committed.scalars(sa.text("SELECT id FROM users WHERE role = 'admin'")).all()
    assert len(other) > 1
    for user_id in other:
        assert "/admin/users/view_as/" not in admin.get(f"users/details/?id={user_id}").text
        answer = admin.post(f"users/view_as/?id={user_id}", {"reason": REASON, "minutes": "15"})
        assert answer.status_code == 422
    customer = world.rows["orders"].customer_id
    assert admin.post(f"users/view_as/?id={customer}", {"reason": REASON, "minutes": "15"}).status_code == 422
    assert admin.get("users/view_as/?id=nonsense").status_code == 404
    assert admin.get("/admin/").status_code == 200


@pytest.mark.parametrize("role", ["finance", "logistics", "vendor"])
def test_only_admins_have_the_form(browse, world, role):
    browser = browse(role)
    assert browser.get(f"/admin/users/view_as/?id={world.vendor2.id}").status_code == 403
    assert browser.get(f"/{role}/users/view_as/?id={world.vendor2.id}").status_code == 404
    assert browser.post("/view-as/stop").location == "/"
