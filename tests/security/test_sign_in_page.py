"""The sign-in page (issue section 6)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from backoffice.services.sign_in import REFUSED
from models import AuditLog, SignInAttempt, User
from models.user import UserStatus
from tests.factories.users import make_user
from tests.security.support import Browser

OUTSIDE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "////evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "\x01//evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/a\r\nSet-Cookie: x=y",
    "evil.example",
    "/" + "a" * 3000,
]


@pytest.fixture
def admin(store: Session) -> User:
    user = make_user(store, Role.ADMIN)
    store.commit()
    return user


@pytest.mark.parametrize("target", OUTSIDE)
def test_nobody_is_sent_outside(browser: Browser, admin: User, target: str) -> None:
    """I10, c28."""
    assert browser.sign_in(admin, next=target).location == "/"


def test_the_page_asked_for_comes_after_sign_in(browser: Browser, admin: User) -> None:
    asked = browser.get("/probe/crash?a=1&b=2")
    assert asked.location == "/sign-in?next=/probe/crash?a%3D1%26b%3D2"
    assert 'value="/probe/crash?a=1&amp;b=2"' in browser.get(asked.location).text
    assert browser.sign_in(admin, next="/probe/crash?a=1&b=2").location == "/probe/crash?a=1&b=2"


def test_everybody_lands_in_the_panel_of_their_role(browser: Browser, admin: User) -> None:
    assert browser.get("/").location == "/sign-in"
    browser.sign_in(admin)
    assert browser.get("/").location == "/admin/"
    assert browser.get("/sign-in").location == "/"


@pytest.mark.parametrize("status", [UserStatus.PENDING, UserStatus.INACTIVE, UserStatus.SUSPENDED])
def test_every_refusal_says_the_same(browser: Browser, store: Session, status: UserStatus) -> None:
    """U6: the state of an account is nobody's business; what was typed as e-mail stays."""
    barred = make_user(store, Role.FINANCE, status=status)
    active = make_user(store, Role.FINANCE)
    store.commit()
    answers = [
        browser.sign_in(barred),
        browser.sign_in(active, "wrong battery staple"),
        browser.sign_in("nobody@example.test"),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert all(REFUSED in answer.text for answer in answers)
    assert f'value="{barred.email}"' in answers[0].text
    assert "correct horse" not in answers[0].text


def test_a_customer_never_signs_in(browser: Browser, store: Session, admin: User) -> None:
    """Data model C1.1."""
    customer = make_user(store, Role.CUSTOMER, password_hash=admin.password_hash)
    store.commit()
    assert REFUSED in browser.sign_in(customer).text


def test_tries_are_counted_and_audited_although_they_failed(browser: Browser, store: Session, admin: User) -> None:
    """A4, U6."""
    browser.sign_in(admin, "wrong battery staple")
    browser.sign_in(admin)
    browser.sign_out()
    tries = store.execute(sa.select(SignInAttempt.succeeded, SignInAttempt.user_id).order_by(SignInAttempt.created_at))
    assert [tuple(row) for row in tries] == [(False, admin.id), (True, admin.id)]
    events = store.scalars(sa.select(AuditLog.action).where(AuditLog.action.like("sign%")).order_by(AuditLog.id))
    assert list(events) == ["sign_in_failed", "signed_in", "signed_out"]


def test_too_many_tries_must_wait(browser: Browser, admin: User) -> None:
    """U6, c68: also for the right password, with the seconds to wait."""
    for _ in range(5):
        browser.sign_in(admin, "wrong battery staple")
    answer = browser.sign_in(admin)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert "Too many tries" in answer.text


@pytest.mark.parametrize("data", [{}, {"email": "a@b.example"}, {"email": "x" * 300, "password": "y"}])
def test_an_incomplete_form_is_shown_again(browser: Browser, data: dict[str, str]) -> None:
    assert browser.post("/sign-in", data).status_code == 422


def test_odd_characters_are_refused_politely(browser: Browser) -> None:
    """I7."""
    for email in ("a\x00b@example.test", "'; --@example.test", "<script>@example.test", "\ud83d\ude00@example.test"):
        answer = browser.post("/sign-in", {"email": email.encode("utf-16", "surrogatepass").decode("utf-16"),
                                           "password": "x\x00y"})  # fmt: skip
        assert answer.status_code == 422
        assert "<script>" not in answer.text


def test_a_forwarded_address_is_not_believed(client: FlaskClient, store: Session, admin: User) -> None:
    """c74: without a proxy the header is anybody's."""
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    Browser(client).sign_in(admin, "wrong battery staple")
    assert store.scalar(sa.select(SignInAttempt.ip)).exploded == "127.0.0.1"
