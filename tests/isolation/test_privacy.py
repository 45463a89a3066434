"""DSP-4, ACC-3: what each role's panel never says, on any page, about rows that the role may see."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from backoffice.permissions import Role
from models import Base, Mail, Notification
from models.base import SECRET
from tests.isolation.probes import entity_of, page_of, panel_of
from tests.isolation.rows import amounts, ids, texts
from tests.isolation.watch import Watch
from tests.isolation.world import HIDDEN, INTERNAL, PUBLIC, SHOWN, TAX_ID
from tests.support.exports import fetch
from views.catalogue import ENTITIES

#: Where the money of orders is.
MONEY = ("products", "orders", "order_items", "payments", "refunds", "refund_items", "payouts", "payout_items",
         "transactions", "disputes", "subscriptions")  # fmt: skip
#: How many rows of a table are opened; those of a vendor differ within these already.
_ROWS = 6


class Reader:
    """Reads every page of a person's panel that shows the rows of `whose`, some of each table."""

    def __init__(self, app, browser, whose):
        self.app, self.browser, self.whose = app, browser, whose
        self.read = 0

    def leaks(self, forbidden):
        """Pages with forbidden texts in them; pages that do not open."""
        watch, found = Watch(forbidden), []
        for path in self.paths():
            with self.browser.get(path) as response:
                self.read += 1
                told = watch.leaks(response)
                if told or response.status_code not in {200, 404}:
                    found.append(f"{path} -> {response.status_code} {told}")
        return found

    def paths(self):
        """Lists, searches and pickers, and the page of each row."""
        adapter = self.app.url_map.bind("127.0.0.1")
        for rule in self.app.url_map.iter_rules():
            if panel_of(rule.endpoint) is not self.browser.user.role or "GET" not in rule.methods:
                continue
            page, entity = page_of(rule.endpoint), entity_of(rule.endpoint)
            if page == "static":
                continue
            path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "csv"))
            if not page.startswith("act_"):
                yield path
            if entity is None or page == "create_view":
                continue
            rows = [row for whose in self.whose for row in ids(whose, entity.model.__tablename__)[:_ROWS]]
            if page == "ajax_lookup":
                access = entity.access[self.browser.user.role]
                for name in (*access.filters, *access.create, *access.edit):
                    yield f"{path}?{urlencode({'name': name, 'limit': 50})}"
            elif page == "index_view":
                # In small letters, so that the search box does not say the word itself.
                words = (INTERNAL.lower(), HIDDEN.lower(), *rows[:1])
                yield from (f"{path}?{urlencode({'q': text})}" for text in words)
            else:
                yield from (f"{path}?{urlencode({'id': row, 'rowid': row, 'one': 1})}" for row in rows)


@pytest.fixture
def reader(app, world, browse):
    """`reader(user, rows, ...)` reads that person's panel."""
    return lambda user, *whose: Reader(app, browse(user), whose)


@pytest.fixture
def secrets(world, store):
    """Hashes and tokens: in nobody's panel."""
    columns = [(table, column) for table in Base.metadata.sorted_tables for column in table.columns]
    secret = [(table, column.name) for table, column in columns if column.info.get("secret") or column.info == SECRET]
    found = {
        json.loads(row)[name]
        for table, name in secret
        for rows in (world.shared, world.rows_of_alice, world.rows_of_bob)
        for row in rows.get(table.name, {}).values()
    }
    assert found - {None}
    return found - {None}


def test_admins_see_no_secrets(world, reader, secrets):
    """AUD-1: not even in the audit log."""
    person = reader(world.staff.admin, world.shared, world.rows_of_bob)
    assert "\n".join(person.leaks(secrets)) == ""
    assert person.read > 200


def test_finance_see_masked_tax_ids_and_no_notes(world, reader, secrets):
    """ACC-3: money yes, tax ids masked, and nothing of what moderators and the parties of a dispute wrote."""
    person = reader(world.staff.finance, world.shared, world.rows_of_bob)
    leaks = person.leaks({*secrets, TAX_ID, INTERNAL, PUBLIC})
    # What the customer wrote for everybody is part of the answer to the customer's bank, which finance sends (DSP-8).
    answer = "/finance/chargebacks/act/submit_evidence/"
    told = [leak for leak in leaks if not (leak.startswith(answer) and leak.endswith(f"['{PUBLIC}']"))]
    assert "\n".join(told) == ""
    assert f"••••{TAX_ID[-4:]}" in person.browser.get("user_profiles/").text


def test_logistics_see_no_amounts(world, reader, secrets):
    """ACC-3: names, addresses and items, but no amount of any order, in no form; of disputes nothing."""
    money = amounts(world.rows_of_bob, MONEY)
    assert len(money) > 10
    person = reader(world.staff.logistics, world.shared, world.rows_of_bob)
    assert "\n".join(person.leaks({*secrets, *money, TAX_ID, INTERNAL, PUBLIC, "complaint"})) == ""
    assert f"Bongo {SHOWN} Street" in person.browser.get("orders/").text


def test_vendors_see_their_customers_for_a_while_and_no_internal_message(world, reader, secrets):
    """ACC-3, DSP-4: list, record page, export, search, picker and notification alike; and nothing of anybody else."""
    foreign = texts(world.rows_of_alice) - texts(world.shared, world.rows_of_bob)
    person = reader(world.bob, world.shared, world.rows_of_bob)
    assert "\n".join(person.leaks({*secrets, *foreign, INTERNAL, HIDDEN})) == ""
    files = [fetch(person.browser, noun, kind=kind).decode() for noun, kind in _files(Role.VENDOR)]
    assert [word for word in {*secrets, *foreign, INTERNAL, HIDDEN} for text in files if word in text] == []
    everything = "".join([*(person.browser.get(path).text for path in ("orders/", "dispute_messages/")), *files])
    assert PUBLIC in everything
    assert SHOWN in everything


def _files(role):
    """Each list that the role's panel exports, in the two formats that are text."""
    nouns = [one.noun for one in ENTITIES if role in one.access and one.access[role].export is not None]
    return [(noun, kind) for noun in nouns for kind in ("csv", "json")]


def test_files_say_as_little_as_pages(world, browse, secrets):
    """ACC-1, ACC-3: every list of Bob's as a file, by a filter for Alice's rows, has none of them."""
    foreign = ids(world.rows_of_alice, "orders")[0]
    assert foreign not in fetch(browse(world.bob), "orders", f"q={foreign}", kind="json").decode()
    texts_of_finance = [
        fetch(browse(world.staff.finance), noun, kind=kind).decode() for noun, kind in _files(Role.FINANCE)
    ]
    forbidden = {*secrets, TAX_ID, INTERNAL}
    assert [word for word in forbidden for text in texts_of_finance if word in text] == []


def test_own_rows_open(world, reader, app):
    """The counterpart of the isolation test: what is refused there for Alice's rows is a page for Bob's own."""
    browser = reader(world.bob).browser
    closed = []
    for rule in app.url_map.iter_rules():
        if panel_of(rule.endpoint) is Role.VENDOR and page_of(rule.endpoint) in {"details_view", "edit_view"}:
            table = entity_of(rule.endpoint).model.__tablename__
            rows = ids(world.rows_of_bob, table) or ids(world.shared, table)
            answers = {browser.get(f"{rule.rule}?id={row}").status_code for row in rows}
            if 200 not in answers:
                closed.append((rule.endpoint, answers))
    assert closed == []


def test_an_internal_message_notifies_no_vendor(world, store):
    """DSP-4: nothing that Bob is told quotes it."""
    told = [one.title + one.message for one in store.query(Notification).filter_by(user_id=world.bob.id)]
    assert told
    assert store.query(Mail).filter_by(user_id=world.bob.id).count()
    assert not [text for text in told if INTERNAL in text]
