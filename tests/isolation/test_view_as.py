"""ACC-4: an admin who views as Bob reads every page of his panel, writes nothing, and is named beside him."""

from __future__ import annotations

import json

import pytest

from backoffice.permissions import Role
from backoffice.security import rules
from tests.isolation.probes import entity_of, page_of, panel_of
from tests.isolation.rows import added, changed, ids, read, texts
from tests.isolation.watch import Watch

#: What reading leaves behind: the log, and that the session is used.
WRITTEN_BY_READING = {"audit_log", "user_sessions"}


@pytest.fixture
def viewer(world, browse):
    """The admin's browser, in Bob's panel."""
    browser = browse(world.staff.admin)
    form = {"reason": "Ticket 7", "minutes": "60"}
    assert browser.post(f"/admin/users/view_as/?id={world.bob.id}", form).location == "/vendor/"
    return browser


def _pages(app, world):
    """Every page of the vendors' panel, with the rows of Bob's that it may be about."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if panel_of(rule.endpoint) is Role.VENDOR and page_of(rule.endpoint) != "static":
            path, entity = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "csv")), entity_of(rule.endpoint)
            rows = ids(world.rows_of_bob, entity.model.__tablename__) if entity is not None else []
            yield rule, [path, *(f"{path}?id={row}&rowid={row}&one=1" for row in rows[:2])]


def test_every_page_opens_and_none_changes_anything(app, world, store, viewer):
    watch = Watch(texts(world.rows_of_alice) - texts(world.shared, world.rows_of_bob))
    before, wrong, opened = read(store), [], 0
    store.rollback()
    for rule, paths in _pages(app, world):
        for path in paths:
            for method in sorted({"GET", "POST"} & rule.methods):
                form = {"csrf_token": viewer.token()} if method == "POST" else None
                with viewer.client.open(path, method=method, data=form) as answer:
                    opened += answer.status_code == 200
                    right = {403} if method == "POST" else {200, 302, 404}
                    if answer.status_code not in right or watch.leaks(answer):
                        wrong.append(f"{method} {path} -> {answer.status_code}")
    assert "\n".join(wrong) == ""
    assert opened > 60
    after = read(store)
    assert [row for row in changed(before, after) if row.split()[0] not in WRITTEN_BY_READING] == []
    new = added(before, after)
    assert {name: rows for name, rows in new.items() if rows and name not in WRITTEN_BY_READING} == {}
    rows = [json.loads(row) for row in new["audit_log"].values()]
    assert {row["action"] for row in rows} >= {"viewed"}
    assert {(row["actor_id"], row["on_behalf_of"]) for row in rows} == {(str(world.staff.admin.id), str(world.bob.id))}


def test_nothing_but_stopping_and_leaving_is_open(app):
    """Both are routes of the application, and neither belongs to a panel."""
    routes = {(method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods}
    assert {("POST", endpoint) for endpoint in rules.WHILE_VIEWING} <= routes
    assert not [endpoint for endpoint in rules.WHILE_VIEWING if panel_of(endpoint)]
