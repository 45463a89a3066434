"""ACC-1: Bob, a vendor, tries every page, verb and place of a request with the id of every row that is Alice's."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from backoffice.permissions import Role
from models import Base
from tests.isolation import probes
from tests.isolation.probes import Probe, page_of, panel_of
from tests.isolation.rows import added, changed, ids, read, texts
from tests.isolation.watch import Watch
from tests.isolation.world import INTERNAL

#: Tables whose rows are nobody's: every vendor reads the first three, the rest no panel of a vendor shows as rows.
#: Whose figures a vendor reads is asked in tests/views/test_figures.py.
NOBODYS = {
    "categories", "shipping_methods", "subscription_plans", "platform_settings", "heartbeats", "sign_in_attempts",
    "audit_key", "canned_replies", "daily_figures", "provider_bookings", "provider_sweeps", "recon_items", "recon_runs",
    "review_leases", "business_calendars", "sla_policies", "wrong_keys",
}  # fmt: skip
#: Written by every request of a person who is signed in, and by every export.
WRITTEN_BY_READING = {"audit_log", "user_sessions", "sign_in_attempts"}
#: Bob's own settings, which some of the requests below keep and which no request about Alice's may touch.
SETTINGS = {"list_preferences", "notifications", "notification_preferences", "saved_views", "user_preferences"}
ABOUT_ONESELF = {"preferences", "appearance", "end_others", "password", "choices", "read_all"}
HOW_A_LIST_LOOKS = {"settings_view", "views_view"}


def _kind(probe: Probe) -> tuple[str, set[int]]:
    """What kind of request it is, and the statuses that Bob may get for it."""
    panel, page = panel_of(probe.endpoint), page_of(probe.endpoint)
    if panel is None:
        return "sign-in, health and files, which read no id", {200, 302, 404, 405, 422, 503}
    if not probe.routed:
        return "verbs that the page has not", {405}
    if panel is not Role.VENDOR and page != "static":
        return "other roles' panels", {403}
    if panel is not Role.VENDOR or page in probes.WITHOUT_ROW:
        # They answer as ever (a new row is refused, its fields being ids), and tell nothing.
        posted = {302, 422} if page in HOW_A_LIST_LOOKS else {404, 422}
        return "pages that take no id", posted if probe.method == "POST" else {200, 404}
    return _kind_of_page(probe, page)


def _kind_of_page(probe: Probe, page: str) -> tuple[str, set[int]]:
    """The same, for pages of Bob's own panel that read what they are sent."""
    if page in ABOUT_ONESELF:
        return "pages about oneself, which read no id", {302, 422}
    if ("matching", "1") in probe.form:
        # A filter that matches none of Bob's rows has nothing to act on.
        return "actions on a filter that matches none of one's own", {200, 422}
    return "pages about a row", {404}


def test_both_vendors_have_a_row_of_every_entity(world):
    """Without that the test below would prove nothing about an entity; a new table must come into the world here."""
    missing = {
        name
        for name in Base.metadata.tables
        if not (world.rows_of_alice.get(name) and world.rows_of_bob.get(name)) and name not in NOBODYS
    }
    assert missing == set()
    assert not any(world.rows_of_alice.get(name) for name in NOBODYS)


# Half a minute on two free cores; a machine that does much else at once takes several times that.
@pytest.mark.timeout(900)
def test_a_vendor_reaches_no_row_of_another(app, world, store, browse, capsys):
    """ACC-1: 404 (405 for a missing verb, 403 in other panels), nothing told, nothing changed."""
    browser = browse(world.bob)
    watch = Watch(texts(world.rows_of_alice) - texts(world.shared, world.rows_of_bob) | {"Quagga", INTERNAL})
    before = read(store)
    store.rollback()
    answers: Counter[tuple[str, int]] = Counter()
    wrong: list[str] = []
    verbs: set[str] = set()
    for probe in probes.every(app, world.rows_of_alice, world.rows_of_bob, Role.VENDOR):
        form = {"csrf_token": [browser.token()]} if probe.method == "POST" else {}
        for name, value in probe.form:
            form.setdefault(name, []).append(value)
        with browser.client.open(probe.path, method=probe.method, data=form or None) as response:
            told = watch.leaks(response, probe.about)
            kind, right = _kind(probe)
            answers[kind, response.status_code] += 1
            verbs.add(probe.method)
            if told or response.status_code not in right:
                wrong.append(f"{probe.method} {probe.path} {probe.form} -> {response.status_code} {told}")
        if probe.endpoint.startswith("sign_in.") and probe.method == "POST":
            browser = browse(world.bob)
    after = read(store)
    _print(capsys, answers, verbs)
    assert "\n".join(wrong[:40]) == ""
    assert [row for row in changed(before, after) if row.split()[0] not in WRITTEN_BY_READING | SETTINGS] == []
    assert changed({name: world.rows_of_alice[name] for name in SETTINGS}, after) == []
    _assert_harmless(world, added(before, after))


def _assert_harmless(world, new):
    """Nothing was made but Bob's sessions and the record of what Bob did."""
    for table, rows in new.items():
        if table in SETTINGS:
            assert {json.loads(row)["user_id"] for row in rows.values()} <= {str(world.bob.id)}
        elif table not in WRITTEN_BY_READING:
            assert rows == {}, table
    actors = {json.loads(row)["actor_id"] for row in new["audit_log"].values()}
    assert actors <= {str(world.bob.id), None}


def _print(capsys, answers, verbs):
    """How many requests there were, as the issue asks for."""
    with capsys.disabled():
        print(  # noqa: T201
            f"\nisolation: {sum(answers.values()):,} requests with another vendor's rows ({', '.join(sorted(verbs))})"
        )
        for (kind, status), count in sorted(answers.items()):
            print(f"  {count:6,} x {status}  {kind}")  # noqa: T201


@pytest.mark.parametrize("smuggled", ["vendor_id", "id", "status", "deleted_at", "commission_rate_override", "version"])
def test_what_is_no_field_of_the_form_is_not_written(world, store, browse, smuggled):
    """ACC-1, MOD-3: an own row cannot be given away, taken over or approved by a field that the form does not have."""
    product = next(one for one in map(json.loads, world.rows_of_bob["products"].values()) if one["status"] == "active")
    value = {"vendor_id": str(world.alice.id), "id": ids(world.rows_of_alice, "products")[0], "status": "approved"}
    before = read(store)["products"]
    store.rollback()
    sent = {
        "row_version": str(product["version"]),
        smuggled: value.get(smuggled, "9"),
        "stock_quantity": str(product["stock_quantity"]),
    }
    browse(world.bob).post(f"products/edit/?id={product['id']}", sent)
    after = read(store)["products"]
    for row in (json.loads(after[product["id"]]),):
        assert row[smuggled] == product[smuggled]
    assert {key: row for key, row in after.items() if key != product["id"]} == {
        key: row for key, row in before.items() if key != product["id"]
    }


def test_a_new_row_is_the_makers_own(world, store, browse):
    """ACC-1: a vendor makes products for nobody else."""
    before = read(store)
    store.rollback()
    category = ids(world.shared, "categories")[0]
    sent = {
        "name": "Kudu sofa", "slug": "kudu-sofa", "sku": "KUDU-1", "category_id": category, "price": "5.00",
        "currency": "USD", "stock_quantity": "1", "min_stock_level": "0", "visibility": "public",
        "vendor_id": str(world.alice.id), "status": "active",
    }  # fmt: skip
    answer = browse(world.bob).post("products/new/", sent)
    assert answer.status_code == 302, answer.text
    made = [json.loads(row) for row in added(before, read(store))["products"].values()]
    assert [(row["vendor_id"], row["status"]) for row in made] == [(str(world.bob.id), "draft")]
