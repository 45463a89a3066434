"""The palette finds what the person may see, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backoffice.acting import Viewer
from backoffice.permissions import Role
from backoffice.services import recents
from models import Product, User, UserProfile
from tests.factories import acting_for
from views.catalogue import ENTITIES
from views.palette import places

PANELS = [
    pytest.param(role, entity.noun, id=f"{role.value}-{entity.noun}") for entity in ENTITIES for role in entity.access
]
STAFF = ["admin", "finance", "logistics", "vendor"]
_OPTION = re.compile(r'role="option"[^>]* href="([^"]+)"')


def find(browser, text, **kwargs):
    """Addresses that the palette offers for a text."""
    answer = browser.get("palette/", query_string={"q": text}, headers={"HX-Request": "true"}, **kwargs)
    assert answer.status_code == 200
    return _OPTION.findall(answer.text)


def page(browser, noun, row):
    return f"{browser.panel}/{noun}/details/?id={row.id}"


@pytest.mark.parametrize(("role", "noun"), PANELS)
def test_every_record_is_found_by_its_id_and_the_beginning_of_it(browse, world, role, noun):
    """Whatever a panel has; 13 digits are the time to the millisecond and the version."""
    row = world.rows.get(noun)
    if row is None:
        return
    browser = browse(role.value)
    assert page(browser, noun, row) in find(browser, str(row.id))
    assert page(browser, noun, row) in find(browser, str(row.id)[:30].upper())


@pytest.mark.parametrize(("role", "noun"), PANELS)
def test_a_vendor_finds_no_record_of_another(browse, world, role, noun):
    """ACC-1: neither by id nor by its beginning."""
    row, own = world.rows2.get(noun), world.rows.get(noun)
    if row is None or own is None or row.id == own.id:
        return
    browser = browse(role.value)
    seen = page(browser, noun, row) in find(browser, str(row.id))
    assert seen == (role.value != "vendor")
    assert (page(browser, noun, row) in find(browser, str(row.id)[:33])) == seen


@pytest.mark.parametrize("role", STAFF)
def test_no_panel_leads_to_what_it_does_not_have(browse, world, role):
    """ACC-3: logistics find no disputes and no money."""
    browser = browse(role)
    had = {entity.noun for entity in ENTITIES if any(one.value == role for one in entity.access)}
    for noun, row in [*world.rows.items(), *world.rows2.items()]:
        for href in find(browser, str(row.id)):
            assert href.split("/")[1] == role
            assert href.split("/")[2] in had, noun


@pytest.mark.parametrize(
    ("noun", "typed"),
    [
        ("orders", lambda rows: rows["orders"].order_number),
        ("products", lambda rows: rows["products"].sku),
        ("shipments", lambda rows: rows["orders"].order_number),
        ("payments", lambda rows: rows["payments"].stripe_payment_intent_id),
        ("users", lambda rows: rows["users"].email.upper()),
        ("disputes", lambda rows: rows["orders"].order_number),
        ("webhook_events", lambda rows: rows["webhook_events"].provider_event_id),
    ],
)
def test_records_are_found_by_number(browse, world, noun, typed):
    browser = browse("admin")
    assert page(browser, noun, world.rows[noun]) in find(browser, f" {typed(world.rows)} ")


@pytest.mark.parametrize("role", STAFF)
def test_what_a_panel_masks_is_not_searched(browse, world, role):
    """ACC-3: a number that is not shown is not found out by trying."""
    browser, rows = browse(role), world.rows
    for noun, name in (("chargebacks", "stripe_dispute_id"), ("transactions", "event_key")):
        shown = role in {"admin", "finance"}
        assert (page(browser, noun, rows[noun]) in find(browser, getattr(rows[noun], name))) == shown
    assert (page(browser, "users", rows["users"]) in find(browser, rows["users"].email)) == (role == "admin")
    name = f"{rows['users'].first_name} {rows['users'].last_name}"
    assert (page(browser, "users", rows["users"]) in find(browser, name)) == (role == "admin")


@pytest.mark.parametrize("typed", ["jonh smtih", "John Smit", "jon smith", "smith john"])
def test_people_are_found_in_spite_of_typos(browse, committed, world, typed):
    user = committed.get_one(User, world.finance2.id)
    user.first_name, user.last_name = "John", "Smith"
    committed.commit()
    admin = browse("admin")
    assert find(admin, typed)[0] == page(admin, "users", user)
    for role in STAFF[1:]:
        assert not [href for href in find(browse(role), typed) if "/users/" in href]


@pytest.mark.parametrize("typed", ["samsng", "samsung blu", "Smasung", "blue samsung"])
def test_products_are_found_in_spite_of_typos(browse, committed, world, typed):
    own, other = (committed.get_one(Product, rows["pending"].id) for rows in (world.rows, world.rows2))
    own.name, other.name = "Samsung blue", "Samsung blue"
    committed.commit()
    admin, vendor = browse("admin"), browse("vendor")
    assert set(find(admin, typed)[:2]) == {page(admin, "products", own), page(admin, "products", other)}
    assert [href for href in find(vendor, typed) if "/products/details" in href] == [page(vendor, "products", own)]


def test_a_vendor_is_found_by_name_and_company(browse, committed, world):
    profile, user = world.rows["user_profiles"], committed.get_one(User, world.vendor.id)
    user.last_name = "Okonkwo"
    committed.get_one(UserProfile, profile.id).company_name = "Gazelle Ltd"
    committed.commit()
    finance = browse("finance")
    assert page(finance, "user_profiles", profile) in find(finance, "gazele")
    assert page(finance, "vendor_profiles", world.rows["vendor_profiles"]) in find(finance, "Okonkow")
    logistics = browse("logistics")
    assert find(logistics, "gazele") == find(logistics, "Okonkow") == []


def test_pages_and_actions_are_found(browse):
    admin, vendor, logistics = browse("admin"), browse("vendor"), browse("logistics")
    assert "/admin/orders/" in find(admin, "ord")
    assert "/admin/products/new/" in find(admin, "new prod")
    assert "/vendor/products/new/" in find(vendor, "product new")
    assert "/logistics/products/new/" not in find(logistics, "new product")
    assert "/admin/products/" in find(admin, "approve")
    assert "/vendor/products/" not in find(vendor, "approve")


@pytest.mark.parametrize("role", STAFF)
def test_every_page_that_is_offered_is_there_and_letters_lead_to_one(browse, app, role):
    browser = browse(role)
    panel = app.extensions["panels"][browser.user.role]
    found = places.pages(panel) + places.actions(panel, acting_for(browser.user))
    for path in {place.path for place in found}:
        assert browser.get(path).status_code == 200, path
    letters = [place.letter for place in panel.letters]
    assert len(set(letters)) == len(letters)
    assert "h" in letters


@pytest.mark.parametrize("role", STAFF)
def test_the_palette_takes_four_statements(browse, committed, world, role):
    """The one of sign-in is the fourth; it is not counted here."""
    for text in ("samsng blue lamp x", str(world.rows["orders"].id), "ORD-1", "", "decade"):
        answer, statements = browse(role).count(f"palette/?q={text}")
        assert answer.status_code == 200
        assert len(statements) <= 3, statements


def test_records_that_were_opened_come_first_when_nothing_is_typed(browse, world):
    """The newest first, ten at most, and each panel's own."""
    admin = browse("admin")
    nouns = [noun for noun, row in world.rows.items() if noun not in {"notifications", "pending"}][:14]
    for noun in (*nouns, nouns[5]):
        assert admin.get(f"{noun}/details/?id={world.rows[noun].id}").status_code == 200
    wanted = [nouns[5], *(noun for noun in reversed(nouns) if noun != nouns[5])][:10]
    assert find(admin, "") == [page(admin, noun, world.rows[noun]) for noun in wanted]
    assert find(browse("finance"), "") == []


def test_a_record_that_is_not_there_is_not_remembered(browse, world):
    """ACC-1: a try leaves no trace that a later look could show."""
    vendor = browse("vendor")
    before = find(vendor, "")
    assert vendor.get(f"orders/details/?id={world.rows2['orders'].id}").status_code == 404
    assert find(vendor, "") == before


def test_whoever_views_as_somebody_opens_nothing_for_them(committed, world):
    """ACC-4."""
    who = replace(acting_for(world.vendor2), viewer=Viewer(user_id=world.admin.id, role=Role.ADMIN, name="Admin"))
    recents.note(committed, Role.VENDOR, "orders", world.rows2["orders"].id, who)
    assert recents.newest(committed, Role.VENDOR, who) == []


def test_opening_a_record_remembers_it_in_one_statement(browse, world):
    _, statements = browse("admin").count(f"orders/details/?id={world.rows['orders'].id}")
    assert len([one for one in statements if "recent_records" in one]) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_junk_is_answered(browse, text):
    assert isinstance(find(browse("admin"), text), list)


@pytest.mark.parametrize(
    "text", ["'", "\x00", "%", "a" * 5000, "{}", "00000000-", "ffffff", "/|/", "\u017f", "\u0130 \u0131", "- -"]
)
def test_odd_texts_are_answered(browse, text):
    assert isinstance(find(browse("vendor"), text), list)


def test_without_scripts_it_is_a_page(browse, world):
    answer = browse("admin").get("palette/", query_string={"q": world.rows["orders"].order_number})
    assert "<main" in answer.text
    assert f"details/?id={world.rows['orders'].id}" in answer.text
