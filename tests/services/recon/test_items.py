"""Working on a difference: whose it is, what it was, and who may say so (LED-7, M12)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.acting import Acting
from backoffice.actions.recon_items import ACTIONS
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services.recon import items
from models import Notification, ReconRun, StatusHistory
from models.recon import ReconItemStatus
from tests.factories import acting_for, make_user
from tests.factories.recon import make_recon_item

ASSIGN, RESOLVE = ACTIONS


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def item(session):
    return make_recon_item(session)


def test_one_takes_it(session, item, clerk):
    """LED-7: a difference has an owner; who takes it is not told."""
    assert ASSIGN.run.run(session, item, {}, clerk).startswith("Assigned to ")
    assert item.assigned_to == clerk.user_id
    assert session.scalars(sa.select(Notification)).all() == []


def test_a_colleague_gets_it(session, item, clerk):
    """LED-7: and is told."""
    colleague = make_user(session, Role.ADMIN)
    ASSIGN.run.run(session, item, {"assignee": colleague.email}, clerk)
    assert item.assigned_to == colleague.id
    (told,) = session.scalars(sa.select(Notification))
    assert (told.user_id, item.provider_id in told.message) == (colleague.id, True)


@pytest.mark.parametrize("values", [{"role": Role.LOGISTICS}, {"role": Role.FINANCE, "status": "suspended"}])
def test_not_to_everybody(session, item, clerk, values):
    """Refused: somebody who cannot work on it."""
    other = make_user(session, **values)
    with pytest.raises(DomainError, match="active colleague"):
        items.assign(session, item, other.id, acting=clerk)


def test_resolved_with_a_note(session, item, clerk):
    """M12: by a person, with a word, kept in the history."""
    assert RESOLVE.run.run(session, item, {"note": " A bank fee. "}, clerk) == "Resolved."
    assert (item.status, item.resolution_note, item.resolved_by) == (
        ReconItemStatus.RESOLVED,
        "A bank fee.",
        clerk.user_id,
    )
    assert item.resolved_at is not None
    assert session.scalars(sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == item.id)).all() == [
        "resolved"
    ]
    assert [
        one.ok
        for one in ASSIGN.plan(
            session, [item, make_recon_item(session, session.get_one(ReconRun, item.run_id))], {}, clerk
        )
    ] == [
        False,
        True,
    ]
    with pytest.raises(DomainError, match="is resolved"):
        items.assign(session, item, clerk.user_id, acting=clerk)
    with pytest.raises(IllegalTransitionError):
        items.resolve(session, item, note="Again.", acting=clerk)


def test_not_without_a_note(session, item, clerk):
    """Refused: nothing is resolved in silence."""
    with pytest.raises(InvalidInputError, match="Say what it was"):
        items.resolve(session, item, note=" ", acting=clerk)


@pytest.mark.parametrize("role", [Role.LOGISTICS, Role.VENDOR])
def test_not_by_everybody(session, item, role):
    """Refused: who does not work on reconciliation."""
    acting = acting_for(make_user(session, role))
    with pytest.raises(ForbiddenError):
        items.resolve(session, item, note="Mine.", acting=acting)
    with pytest.raises(ForbiddenError):
        items.assign(session, item, acting.user_id, acting=acting)


def test_not_by_the_machine(session, item):
    """M12: no silent fix: what it was is said by a person."""
    with pytest.raises(ForbiddenError):
        items.resolve(session, item, note="Fixed.", acting=Acting.system("scheduler"))
