"""The page of a record of every entity, for every role that may see it, in a world that has them all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from backoffice.permissions import Role
from models import User
from tests.isolation.world import World
from tests.views.browser import Browser
from views.access import Entity
from views.catalogue import ENTITIES

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
