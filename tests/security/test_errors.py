"""What the application answers when something goes wrong, and what is kept of it."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models import AuditLog, Category, User
from tests.factories.users import make_user
from tests.security.support import Browser


@pytest.fixture
def admin(store: Session) -> User:
    user = make_user(store, Role.ADMIN)
    store.commit()
    return user


@pytest.fixture
def signed_in(browser: Browser, admin: User) -> Browser:
    browser.sign_in(admin)
    return browser


class TestTransactions:
    """One request is one transaction."""

    @pytest.mark.parametrize(("end", "status"), [("yes", 200), ("refuse", 409), ("invalid", 422), ("taken", 409)])
    def test_only_what_ended_well_is_kept(self, signed_in: Browser, store: Session, end: str, status: int) -> None:
        assert signed_in.post(f"/probe/category/lamps/{end}").status_code == status
        assert store.scalar(sa.select(sa.func.count()).select_from(Category)) == (1 if end == "yes" else 0)

    def test_what_the_commit_refuses_is_told_in_words(self, signed_in: Browser) -> None:
        answer = signed_in.post("/probe/category/lamps/taken")
        assert "Another user already has this e-mail address." in answer.text
        assert "uq_users_email" not in answer.text

    def test_the_author_of_a_change_is_the_person_signed_in(
        self, signed_in: Browser, store: Session, admin: User
    ) -> None:
        """AUD-1, c74."""
        signed_in.post("/probe/category/lamps/yes", headers={"X-Request-Id": "request-12345"})
        row = store.execute(sa.select(AuditLog).where(AuditLog.entity == "categories")).scalar_one()
        assert (row.actor_id, row.actor_role, row.request_id) == (admin.id, "admin", "request-12345")
        assert row.ip.exploded == "127.0.0.1"


class TestPages:
    """A refusal has words, a crash has a number."""

    def test_a_refusal_as_json(self, signed_in: Browser) -> None:
        answer = signed_in.post("/probe/category/lamps/refuse", headers={"Accept": "application/json"})
        assert answer.json["error"]["message"] == "No such luck."
        assert answer.json["error"]["code"] == "refused"

    def test_a_crash_tells_only_its_number(self, signed_in: Browser, caplog: pytest.LogCaptureFixture) -> None:
        """c85."""
        with caplog.at_level(logging.ERROR):
            answer = signed_in.get("/probe/crash")
        assert answer.status_code == 500
        assert answer.headers["X-Request-Id"] in answer.text
        assert "sk_live" not in answer.text
        assert caplog.records[-1].exc_info is not None

    def test_what_took_too_long_may_be_tried_again(self, signed_in: Browser) -> None:
        answer = signed_in.get("/probe/slow")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "3"

    @pytest.mark.parametrize("path", ["/nope", "/%00", "/admin%0d%0aX: y", "/probe/category/a/b"])
    def test_unknown_addresses(self, signed_in: Browser, path: str) -> None:
        assert signed_in.get(path).status_code in {404, 405}
