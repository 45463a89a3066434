"""Deny by default (I1): every route with every verb, as everybody, answers what the table of rules says."""

from __future__ import annotations

from collections import Counter

import pytest

from backoffice.database import session_factory
from backoffice.permissions import GRANTS, Role
from backoffice.security import rules, sessions
from tests import factories as make
from tests.isolation.conftest import app, browse, store, world  # noqa: F401 - fixtures
from tests.isolation.probes import VERBS, panel_of
from views.access import PANEL_PERMISSIONS

#: POSTs that need no more than the panel itself: the operation's own action decides who may do them (WHO-1).
DECIDED_BY_THE_OPERATION = {"approve", "reject", "cancel", "retry"}
#: POSTs about oneself: one's own sessions, settings, views, password, notifications and files of what one may read,
#: which are everybody's right.
ABOUT_ONESELF = {
    "views_view", "change_view", "settings_view",
    "preferences", "appearance", "end_session", "end_others", "password", "choices", "read", "read_all",
    "export", "again", "packing_view", "label_view",
}  # fmt: skip
#: POSTs of programs, which prove themselves by a signature of the body (WEB-1), or by a key.
SIGNED = {
    "/webhooks/stripe", "/webhooks/easypost", "/webhooks/aftership", "/webhooks/shippo",
    "/analytics/events",
}  # fmt: skip
#: What the person may do; the page itself may still find nothing, or refuse an empty form.
OPENS = {200, 302, 404, 409, 422, 503}


def _routes(app):  # noqa: F811
    """Path and endpoint of each route, with the verbs that its path has, whichever endpoint serves them."""
    adapter = app.url_map.bind("127.0.0.1")
    served = {}
    for rule in app.url_map.iter_rules():
        for method in rule.methods:
            served.setdefault(rule.rule, {})[method] = rule.endpoint
    for path, endpoints in served.items():
        rule = next(one for one in app.url_map.iter_rules() if one.rule == path)
        yield adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "csv")), endpoints


def _expected(role, endpoint, method):
    """The statuses that a person of this role (None: nobody is signed in) may get from a route with this verb."""
    if endpoint is None:
        return {405}
    rule = rules.rule_of(method, endpoint)
    if rule is rules.PUBLIC:
        return OPENS
    if role is None:
        by_itself = endpoint in sessions.UNATTENDED
        return {302} if method in {"GET", "HEAD"} and not by_itself else {401}
    # By the name of the panel, not by the table, so that a wrong line in the table is found here.
    panel = panel_of(endpoint)
    if panel is not None and panel is not role:
        return {403}
    return OPENS


class Visitor:
    """Somebody who is not signed in, with the token of the sign-in form."""

    def __init__(self, client, token):
        self.client, self._token = client, token

    def token(self):
        return self._token


def _visitor(app):  # noqa: F811
    client = app.test_client()
    page = client.get("/sign-in").text
    return Visitor(client, page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0])


# A minute and a half on a free core; a machine that does much else at once takes several times that.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", ["visitor", "admin", "finance", "logistics", "vendor", "stranger"])
def test_every_route_and_verb_says_what_the_table_says(app, world, browse, engine, capsys, who):  # noqa: F811
    """I1. The stranger is a vendor who owns nothing."""
    open_browser, role = _person(app, world, browse, engine, who)
    browser, wrong, answers = open_browser(), [], Counter()
    for path, endpoints in _routes(app):
        here = role is None or panel_of(next(iter(endpoints.values()))) in {role, None}
        # Verbs that a path does not have are refused before anybody asks who it is, and other panels before anybody
        # asks how; once for each path is enough, which is the visitor's.
        for method in VERBS if here else [verb for verb in ("GET", "POST") if verb in endpoints]:
            form = {"csrf_token": browser.token()} if method == "POST" else None
            with browser.client.open(path, method=method, data=form) as response:
                answers[response.status_code] += 1
                if response.status_code not in _expected(role, endpoints.get(method), method):
                    wrong.append(f"{method} {path} -> {response.status_code}")
            if method == "POST" and path.startswith("/sign-"):
                browser = open_browser()
    with capsys.disabled():
        print(f"\nroutes as {who}: {sum(answers.values()):,} requests, {dict(sorted(answers.items()))}")  # noqa: T201
    assert "\n".join(wrong) == ""


def _person(app, world, browse, engine, who):  # noqa: F811
    """A way to open a browser as this person, and their role."""
    if who == "visitor":
        return (lambda: _visitor(app)), None
    if who == "stranger":
        with session_factory(engine)() as session:
            user = make.make_vendor(session)
            session.commit()
    else:
        user = world.bob if who == "vendor" else getattr(world.staff, who)
    return (lambda: browse(user)), user.role


def test_every_route_has_a_rule(app):  # noqa: F811
    """I1: what has no rule is refused, so a route without one would be of no use to anybody."""
    routes = {(method, rule.endpoint) for rule in app.url_map.iter_rules() for method in rule.methods}
    assert {key for key in routes if rules.rule_of(*key) is None} == set()
    assert {rule for _, rule in rules.RULES.items() if rule is None} == set()


def test_every_post_needs_more_than_the_panel(app):  # noqa: F811
    """I1: who may read a panel may not write in it by that alone."""
    weak = set()
    for (method, endpoint), rule in rules.RULES.items():
        if method != "GET" and panel_of(endpoint) is not None:
            more = rules.needed(rule) - set(PANEL_PERMISSIONS.values())
            if not more and endpoint.rpartition(".")[2] not in DECIDED_BY_THE_OPERATION | ABOUT_ONESELF:
                weak.add(endpoint)
    assert weak == set()


def test_each_panel_is_for_its_role_only(app):  # noqa: F811
    """ACC-1: also where two roles hold the permission for what is done there."""
    for (method, endpoint), rule in rules.RULES.items():
        panel = panel_of(endpoint)
        if panel is not None and rule is not rules.PUBLIC:
            able = {role for role in Role if rules.needed(rule) <= GRANTS[role]}
            assert able == {panel}, (method, endpoint)


@pytest.mark.parametrize("who", ["visitor", "admin", "vendor"])
def test_no_post_goes_without_its_token(app, world, browse, engine, who):  # noqa: F811
    """c25, c76: each POST route of the application, in every panel; who has no session is told to sign in first."""
    browser = _person(app, world, browse, engine, who)[0]()
    posts = [path for path, endpoints in _routes(app) if "POST" in endpoints and path not in SIGNED]
    answers = {path: browser.client.post(path, data={"client_key": "k"}).status_code for path in posts}
    assert len(answers) > 50
    refused = {path: 401 if who == "visitor" and path != "/sign-in" else 400 for path in posts}
    assert answers == refused
