"""The whole application: each role opens its own panel and no other (I1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import Config
from backoffice.database import db
from backoffice.factory import create_app
from backoffice.factory.application import Application
from backoffice.permissions import Role
from backoffice.services.audit import Event
from backoffice.services.user_sessions import STAFF_ROLES
from models import AuditLog
from tests.factories.users import make_user
from tests.security.support import Browser


@pytest.fixture
def whole(store: Session, config: Config) -> Iterator[Application]:
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_everybody_opens_one_panel(whole: Application, store: Session) -> None:
    for role in STAFF_ROLES:
        user = make_user(store, role)
        store.commit()
        browser = Browser(whole.test_client())
        assert browser.sign_in(user).status_code == 302
        answers = {panel: browser.get(f"/{panel}/").status_code for panel in STAFF_ROLES}
        assert answers == {panel: 200 if panel is role else 403 for panel in STAFF_ROLES}


def test_a_visitor_opens_none(whole: Application) -> None:
    browser = Browser(whole.test_client())
    for role in Role:
        expected = 404 if role is Role.CUSTOMER else 302
        assert browser.get(f"/{role}/").status_code == expected


def test_a_refused_page_is_in_the_audit_log(whole: Application, store: Session) -> None:
    """A4: who tried which page, although the refusal undoes everything else of its request."""
    user = make_user(store, Role.LOGISTICS)
    store.commit()
    browser = Browser(whole.test_client())
    browser.sign_in(user)
    assert browser.get("/finance/payouts/").status_code == 403
    assert browser.get("/logistics/shipments/").status_code == 200
    denied = sa.select(AuditLog).where(AuditLog.action == Event.ACCESS_DENIED.value, AuditLog.actor_id == user.id)
    noted = store.scalars(denied).one()
    assert (noted.entity, noted.entity_id, noted.after) == ("pages", "finance_payouts.index_view", {"method": "GET"})
    assert noted.request_id is not None
