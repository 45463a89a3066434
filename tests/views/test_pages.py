"""Every list, record page, form and export of every panel opens, with few statements."""

from __future__ import annotations

import pytest

from views.catalogue import ENTITIES

PANELS = [
    pytest.param(role, entity.noun, id=f"{role.value}-{entity.noun}") for entity in ENTITIES for role in entity.access
]


def _row_id(world, role, noun):
    row = world.rows.get(noun)
    return None if row is None else row.id


@pytest.mark.parametrize(("role", "noun"), PANELS)
def test_lists_open_with_at_most_six_statements(browse, world, role, noun):
    """N+1 cannot hide (flask-admin #20, #21, #23): one is for sign-in and session."""
    response, statements = browse(role.value).count(f"{noun}/")
    assert response.status_code == 200
    assert len(statements) <= 5, statements


@pytest.mark.parametrize(("role", "noun"), PANELS)
def test_records_open(browse, world, role, noun):
    row_id = _row_id(world, role, noun)
    if row_id is None:
        return
    response = browse(role.value).get(f"{noun}/details/?id={row_id}")
    assert response.status_code == 200


@pytest.mark.parametrize("role", ["admin", "finance", "logistics", "vendor"])
def test_homes_open(browse, role):
    assert browse(role).get(f"/{role}/").status_code == 200
