"""Actions are wired: somebody may use each, sees what it is about, a worker carries it out, and its page opens."""

from __future__ import annotations

import inspect

import pytest
import sqlalchemy as sa

from backoffice.actions.registry import registry
from backoffice.enums import Tone
from backoffice.permissions import GRANTS, Permission, Role
from backoffice.security import rules
from backoffice.servers import programs
from backoffice.services.reports.types import KINDS
from models import LedgerAccount
from models.operation import QueueName
from tests.isolation.conftest import app, browse, store, world  # noqa: F401 - fixtures
from tests.isolation.probes import entity_of, page_of, panel_of
from tests.isolation.rows import ids
from tests.views.html import fields
from views.access import PANEL_PERMISSIONS
from views.catalogue import ENTITIES

_ACTIONS = [pytest.param(action, id=key) for key, action in sorted(registry().items())]


@pytest.mark.parametrize("action", _ACTIONS)
def test_an_action_has_people_rows_and_a_worker(action):
    """Each role that holds the permission has the entity in its panel; a second person exists where one is needed."""
    able = [role for role in Role if action.permission in GRANTS[role]]
    shown = {role for entity in ENTITIES if entity.model is action.entity for role in entity.access}
    assert able
    assert set(able) <= shown
    assert action.queue in programs.QUEUES
    if action.second_person is not None:
        checkers = [role for role in Role if (action.approve_permission or action.permission) in GRANTS[role]]
        assert checkers
        operations = next(entity for entity in ENTITIES if entity.noun == "operations")
        assert set(checkers) <= set(operations.access)


@pytest.mark.parametrize("action", _ACTIONS)
def test_an_action_is_whole(action):
    """What is declared exists: its statuses, its version, its words; who moves money reads what will follow."""
    assert action.key.count(".") == 1
    assert action.label
    assert action.consequence or (action.queue is not QueueName.MONEY and action.tone is not Tone.DANGER)
    columns = set(inspect.getattr_static(action.entity, "__table__").columns.keys())
    # What is append-only has no version: nothing about it changes.
    assert action.version_attribute in columns or action.entity is LedgerAccount
    if action.allowed_from is not None:
        # A vendor's standing is the status of its user.
        status = inspect.getattr_static(action.entity, "__mapper__").column_attrs[action.status_attribute].columns[0]
        members = set(status.type.enum_class)
        assert action.allowed_from <= members


def test_every_queue_has_one_worker():
    """J8: what is put on a queue without a worker would wait for ever."""
    assert {queue.value for queue in QueueName} == set(programs.QUEUES)
    assert len(set(programs.QUEUES)) == len(programs.QUEUES)


def test_every_permission_is_asked_for_and_held(app):  # noqa: F811
    """A permission that nothing asks for protects nothing; one that nobody holds closes a door for good."""
    asked = {one for rule in rules.RULES.values() for one in rules.needed(rule)}
    asked |= {action.permission for action in registry().values()}
    asked |= {action.approve_permission for action in registry().values()} - {None}
    asked |= {kind.permission for kind in KINDS.values()}
    assert asked == set(Permission)
    assert {one for granted in GRANTS.values() for one in granted} == set(Permission)


@pytest.mark.parametrize("role", PANEL_PERMISSIONS, ids=str)
def test_every_action_page_opens_over_every_row(app, world, store, browse, role):  # noqa: F811
    """The dry run and the form, from the record (GET) and from the list (POST without a key), for each row there is."""
    person = world.bob if role is Role.VENDOR else getattr(world.staff, role.value)
    browser, closed, opened = browse(person), [], set()
    for rule in app.url_map.iter_rules():
        if panel_of(rule.endpoint) is not role or not page_of(rule.endpoint).startswith("act_"):
            continue
        model = entity_of(rule.endpoint).model
        # A table may have rows of several entities.
        there = set(map(str, store.scalars(sa.select(sa.inspect(model).primary_key[0]).select_from(model))))
        rows = [row for row in ids(world.rows_of_bob, model.__tablename__) if row in there]
        for row in rows:
            pages = browser.get(f"{rule.rule}?one=1&rowid={row}"), browser.post(rule.rule, {"rowid": row})
            statuses = [page.status_code for page in pages]
            if statuses != [200, 200] or not all(dict(fields(page.text)).get("client_key") for page in pages):
                closed.append(f"{rule.rule} {row} -> {statuses}")
        together = browser.post(rule.rule, [("rowid", row) for row in rows])
        if together.status_code != (200 if rows else 302):
            closed.append(f"{rule.rule} all -> {together.status_code}")
        opened.add((model, page_of(rule.endpoint)))
    assert "\n".join(closed) == ""
    granted = [action for action in registry().values() if action.permission in GRANTS[role]]
    assert opened == {(action.entity, "act_" + action.key.split(".")[1]) for action in granted}
