"""Sessions live in the database and die there (U3, U4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.factory.application import Application
from backoffice.permissions import Role
from backoffice.services import users
from models import AuditLog, User, UserSession
from tests.factories.users import make_user
from tests.security.support import Browser

SYSTEM = Acting.system("test")


@pytest.fixture
def finance(store: Session) -> User:
    make_user(store, Role.ADMIN)
    user = make_user(store, Role.FINANCE)
    store.commit()
    return user


@pytest.fixture
def signed_in(browser: Browser, finance: User) -> Browser:
    assert browser.sign_in(finance).status_code == 302
    assert browser.get("/probe/money").text == finance.name
    return browser


def _is_out(browser: Browser) -> bool:
    answer = browser.get("/probe/money")
    return answer.status_code == 302 and answer.location.startswith("/sign-in?next=")


def test_a_copied_cookie_is_worth_nothing_after_sign_out(signed_in: Browser, app: Application) -> None:
    """U3, c70."""
    thief = Browser(app.test_client())
    cookie = signed_in.client.get_cookie("session", domain="127.0.0.1")
    thief.client.set_cookie("session", cookie.value, domain="127.0.0.1")
    assert thief.get("/probe/money").status_code == 200
    assert signed_in.sign_out().status_code == 302
    assert _is_out(thief)
    assert _is_out(signed_in)


@pytest.mark.parametrize("change", ["deactivate", "suspend", "change_role", "set_password"])
def test_a_change_of_rights_ends_every_session_at_once(
    signed_in: Browser, store: Session, finance: User, change: str
) -> None:
    """U3: disabling, a new role and a new password."""
    more = {
        "suspend": {"reason": "left"},
        "change_role": {"role": Role.LOGISTICS},
        "set_password": {"password": "another horse battery"},
    }
    getattr(users, change)(store, user_id=finance.id, acting=SYSTEM, **more.get(change, {}))
    store.commit()
    assert _is_out(signed_in)
    assert store.scalar(sa.select(AuditLog.after).where(AuditLog.action == "sessions_revoked")) == {"sessions": 1}


@pytest.mark.parametrize("values", ["status = 'inactive'", "deleted_at = now()", "role = 'customer'"])
def test_the_state_of_the_account_is_asked_at_every_request(
    signed_in: Browser, store: Session, finance: User, values: str
) -> None:
    """U3: also when the change did not come through the service."""
    store.execute(sa.text(f"UPDATE users SET {values} WHERE id = :id"), {"id": finance.id})
    store.commit()
    assert _is_out(signed_in)


@pytest.mark.parametrize(
    "values",
    ["last_seen_at = now() - interval '31 minutes'", "expires_at = now()"],
    ids=["idle for 30 minutes", "older than 12 hours"],
)
def test_sessions_end_by_themselves(signed_in: Browser, store: Session, values: str) -> None:
    """U4."""
    store.execute(sa.text(f"UPDATE user_sessions SET {values}"))
    store.commit()
    assert _is_out(signed_in)


def test_being_seen_is_written_once_a_minute(signed_in: Browser, store: Session) -> None:
    query = sa.select(UserSession.last_seen_at)
    first = store.scalar(query)
    signed_in.get("/probe/money")
    assert store.scalar(query) == first
    store.execute(sa.text("UPDATE user_sessions SET last_seen_at = now() - interval '2 minutes'"))
    store.commit()
    signed_in.get("/probe/money")
    store.commit()
    assert store.scalar(query) > first


def test_a_cookie_planted_before_sign_in_is_replaced(client: FlaskClient, finance: User) -> None:
    """c71: session fixation."""
    browser = Browser(client)
    browser.get("/sign-in")
    with client.session_transaction(base_url=browser.base_url) as planted:
        planted["_user_id"] = "planted"
        planted["mine"] = "planted"
    browser.sign_in(finance)
    with client.session_transaction(base_url=browser.base_url) as session:
        assert session["_user_id"] != "planted"
        assert "mine" not in session


def test_signing_in_again_ends_the_former_session(signed_in: Browser, store: Session, finance: User) -> None:
    with signed_in.client.session_transaction(base_url=signed_in.base_url) as session:
        old = session["_user_id"]
    signed_in.post("/sign-in", {"email": finance.email, "password": "correct horse battery"})
    with signed_in.client.session_transaction(base_url=signed_in.base_url) as session:
        assert session["_user_id"] != old
    assert store.scalar(sa.select(sa.func.count()).where(UserSession.revoked_at.is_(None))) == 1


def test_the_database_holds_no_token(signed_in: Browser, store: Session) -> None:
    with signed_in.client.session_transaction(base_url=signed_in.base_url) as session:
        token = session["_user_id"]
    assert store.scalar(sa.select(UserSession.token_digest)) != token
