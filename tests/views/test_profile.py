"""A person's own page, in every panel."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.preferences import Density, Locale, Preferences, Theme
from backoffice.services import user_preferences, user_sessions
from models import AuditLog, NotificationPreference, UserSession
from tests.factories import acting_for
from tests.factories.users import PASSWORD
from tests.views.browser import Browser
from tests.views.html import fields

ROLES = ["admin", "finance", "logistics", "vendor"]
CHOSEN = {"time_zone": "Asia/Tokyo", "locale": "ja", "theme": "dark", "density": "compact"}


def _sessions(session, user):
    session.rollback()
    return set(
        session.scalars(
            sa.select(UserSession.id).where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None))
        )
    )


@pytest.mark.parametrize("role", ROLES)
def test_everybody_has_one(browse, role):
    browser = browse(role)
    response, statements = browser.count("profile/")
    assert response.status_code == 200
    assert browser.user.email in response.text
    assert "This one" in response.text
    assert len(statements) <= 4, statements


def test_preferences_are_kept_and_used_at_once(browse, committed):
    browser = browse("finance")
    assert browser.post("profile/preferences/", CHOSEN).status_code == 302
    wanted = Preferences(time_zone="Asia/Tokyo", locale=Locale.JA, theme=Theme.DARK, density=Density.COMPACT)
    assert user_preferences.of(committed, browser.user.id) == wanted
    page = browser.get("profile/").text
    assert CHOSEN.items() <= dict(fields(page)).items()


@pytest.mark.parametrize("field", CHOSEN)
def test_what_is_on_no_list_is_refused_and_the_rest_stays_typed(browse, field):
    response = browse("logistics").post("profile/preferences/", CHOSEN | {field: "nonsense"})
    assert response.status_code == 422
    shown = dict(fields(response.text))
    assert {name: shown[name] for name in CHOSEN if name != field} == {
        name: value for name, value in CHOSEN.items() if name != field
    }


def test_a_switch_in_the_header_keeps_one_thing(browse, committed):
    browser = browse("admin")
    answer = browser.post("profile/appearance/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (204, "")
    answer = browser.post("profile/appearance/", {"density": "compact", "next": "/admin/orders/?q=1"})
    assert (answer.status_code, answer.location) == (302, "/admin/orders/?q=1")
    answer = browser.post("profile/appearance/", {"density": "compact", "next": "//evil.example"})
    assert answer.location == "/admin/profile/"
    assert user_preferences.of(committed, browser.user.id) == Preferences(theme=Theme.DARK, density=Density.COMPACT)
    for nonsense in ({}, {"theme": "pink"}, {"density": ""}):
        assert browser.post("profile/appearance/", nonsense).status_code == 422


def test_one_other_session_is_ended(browse, committed):
    """U3: the cookie of that device is worth nothing any more; the record is in the audit log."""
    here, there = browse("vendor"), browse("vendor")
    assert _sessions(committed, here.user) >= {_id_of(committed, here), _id_of(committed, there)}
    gone = _id_of(committed, there)
    assert here.post("profile/sessions/end/", {"rowid": str(gone)}).status_code == 302
    assert there.get("profile/").status_code == 302
    assert gone not in _sessions(committed, here.user)
    assert here.post("profile/sessions/end/", {"rowid": str(gone)}).status_code == 404
    logged = sa.select(AuditLog.reason).where(
        AuditLog.action == "sessions_revoked", AuditLog.entity_id == str(here.user.id)
    )
    assert "ended by its owner" in committed.scalars(logged).all()


def test_neither_this_nor_somebody_elses_session_is_ended(browse, committed):
    here, other = browse("vendor"), browse("vendor2")
    assert here.post("profile/sessions/end/", {"rowid": str(_id_of(committed, here))}).status_code == 409
    foreign = str(_id_of(committed, other))
    for row_id in (foreign, "nonsense", "\x00"):
        assert here.post("profile/sessions/end/", {"rowid": row_id}).status_code == 404
    assert other.get("profile/").status_code == 200
    assert foreign not in here.get("profile/").text


def test_all_others_are_ended(browse, committed):
    here, there, other = browse("finance2"), browse("finance2"), browse("finance")
    assert here.post("profile/sessions/end-others/").status_code == 302
    assert here.post("profile/sessions/end-others/").status_code == 302
    assert there.get("profile/").status_code == 302
    assert other.get("profile/").status_code == 200
    assert _sessions(committed, here.user) == {_id_of(committed, here)}


def test_the_password_is_changed_with_the_old_one(browse, committed):
    """U1, U3: a wrong one is counted, though the answer is a refusal."""
    here, there = browse("logistics"), browse("logistics")
    new = "another horse battery"
    wrong = here.post("profile/password/", {"old": "not the old one", "password": new, "again": new})
    assert (wrong.status_code, new in wrong.text) == (422, False)
    failed = sa.select(sa.func.count()).where(
        AuditLog.action == "sign_in_failed", AuditLog.entity_id == str(here.user.id)
    )
    assert committed.scalar(failed) == 1
    for typed in ({"again": "x"}, {"old": ""}, {"password": "short", "again": "short"}):
        form = {"old": PASSWORD, "password": new, "again": new} | typed
        assert here.post("profile/password/", form).status_code == 422
    assert there.get("profile/").status_code == 200
    right = {"old": PASSWORD, "password": new, "again": new}
    assert here.post("profile/password/", right).status_code == 302
    assert here.get("profile/").status_code == 200
    assert there.get("profile/").status_code == 302
    assert here.post("profile/password/", right).status_code == 422


def test_what_one_is_told_of_is_kept(browse, committed):
    browser = browse("vendor2")
    page = browser.get("profile/").text
    assert "order.cancelled:in_app" in page
    assert "payout.sent:in_app" not in page
    assert "A payout is on its way" in page
    wanted = [("wanted", "order.cancelled:in_app"), ("wanted", "nonsense"), ("wanted", "payout.sent:in_app")]
    assert browser.post("profile/notifications/", wanted).status_code == 302
    kept = dict(
        committed.execute(
            sa.select(NotificationPreference.event_key, NotificationPreference.enabled).where(
                NotificationPreference.user_id == browser.user.id
            )
        ).all()
    )
    assert [key for key, enabled in kept.items() if enabled] == ["order.cancelled"]
    assert "payout.sent" not in kept


@pytest.mark.parametrize("path", ["preferences", "appearance", "sessions/end", "sessions/end-others", "password"])
def test_every_form_has_its_token(browse, path):
    browser = browse("admin")
    assert browser.client.post(f"/admin/profile/{path}/", data=CHOSEN).status_code == 400


def _id_of(session, browser: Browser):
    with browser.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    found = user_sessions.find(session, token, acting_for(browser.user))
    assert found is not None
    return found.session_id
