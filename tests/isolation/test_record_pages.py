"""The page of a record of every entity, for every role that may see it, in a world that has them all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from backoffice.permissions import Role
from models import User
from tests.isolation.world import World
from tests.views.browser import Browser
from views.access import Entity
from views.catalogue import ENTITIES
from views.listing.keyset import Sort

PAGES = [pytest.param(role, entity, id=f"{role.value}-{entity.noun}") for entity in ENTITIES for role in entity.access]
PART = {"HX-Request": "true", "HX-Target": "tab"}


def _person(world: World, role: Role) -> User:
    return world.alice if role is Role.VENDOR else getattr(world.staff, role.value)


@pytest.mark.parametrize(("role", "entity"), PAGES)
def test_every_tab_of_every_record_opens(
    browse: Callable[[User], Browser], world: World, role: Role, entity: Entity
) -> None:
    """A record page takes at most 12 statements with sign-in, whatever the tab."""
    browser = browse(_person(world, role))
    found = re.search(r"href=\"details/\?id=([0-9a-f-]{36})", browser.get(f"{entity.noun}/").text)
    assert found is not None
    address = f"{entity.noun}/details/?id={found[1]}"
    page, statements = browser.count(address)
    assert page.status_code == 200
    assert len(statements) <= 12
    for tab in set(re.findall(r"tab=([a-z-]+)", page.text)):
        part, asked = browser.count(f"{address}&tab={tab}", headers=PART)
        assert part.status_code == 200, tab
        assert "<html" not in part.text
        assert len(asked) <= 12


@pytest.mark.parametrize(("role", "entity"), PAGES)
def test_every_order_of_a_list_has_neighbours_and_pages(
    browse: Callable[[User], Browser], world: World, engine: sa.Engine, role: Role, entity: Entity
) -> None:
    """Whatever the list is ordered by, its cursors are read again: by the record's neighbours, and by the next page."""
    browser = browse(_person(world, role))
    found = re.search(r"href=\"details/\?id=([0-9a-f-]{36})", browser.get(f"{entity.noun}/").text)
    assert found is not None
    for spec in entity.access[role].sorts:
        assert browser.get(f"{entity.noun}/details/?id={found[1]}&in=sort%3D{spec}").status_code == 200, spec
        sort = Sort.of(entity.model, spec)
        with engine.connect() as connection:
            value = connection.scalar(sa.select(sort.columns[0]).where(entity.model.id == uuid.UUID(found[1])))
        if value is not None:
            cursor = sort.encode(found[1], value)
            sort.after(cursor)
            assert browser.get(f"{entity.noun}/?sort={spec}&after={cursor}").status_code == 200, spec
