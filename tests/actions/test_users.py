"""Users' actions: the dry run and the effect (B12, U7)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Each
from backoffice.permissions import Role
from models.user import User, UserStatus
from tests.factories import acting_for, make_user


def _run(session: Session, key: str, user: User, admin: User, **inputs: str) -> str:
    action = registry.get(key)
    assert isinstance(action.run, Each)
    return action.run.run(session, user, inputs, acting_for(admin))


def test_each_action_does_what_it_says(session: Session) -> None:
    admin, user = make_user(session), make_user(session, Role.LOGISTICS)
    for key, inputs, status in (
        ("user.suspend", {"reason": "away"}, UserStatus.SUSPENDED),
        ("user.reinstate", {}, UserStatus.ACTIVE),
        ("user.deactivate", {"reason": ""}, UserStatus.INACTIVE),
        ("user.activate", {}, UserStatus.ACTIVE),
    ):
        assert user.status in (registry.get(key).allowed_from or [])
        assert _run(session, key, user, admin, **inputs).endswith(".")
        assert user.status is status
    assert _run(session, "user.change_role", user, admin, role="finance", reason="moved") == "Is Finance now."
    assert user.role is Role.FINANCE


@pytest.mark.parametrize("key", ["user.suspend", "user.change_role"])
def test_the_dry_run_refuses_oneself(session: Session, key: str) -> None:
    """U7."""
    admin, other = make_user(session), make_user(session)
    verdicts = registry.get(key).plan(session, [admin, other], {}, acting_for(admin))
    assert [verdict.ok for verdict in verdicts] == [False, True]
