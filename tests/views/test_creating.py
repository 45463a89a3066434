"""A picker makes the row that is not there yet, in a dialog, and only what may be chosen there is made."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Category, User
from models.base import uuid7

PART = {"HX-Request": "true", "HX-Target": "create-body"}
CATEGORY = "categories/new/?for=products.category_id"
OFFER = re.compile(r'data-creates="(\w+)"')


def typed(**more: str) -> dict[str, str]:
    name = f"Lamps {uuid7().hex}"
    return {"name": name, "slug": name.lower().replace(" ", "-"), "sort_order": "1", "is_active": "yes"} | more


def count(session: Session, model: Any) -> int:
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_form_offers_what_this_panel_can_make(browse: Any, world: Any) -> None:
    """Both forms of a product; a vendor makes no categories, and no panel offers what it cannot show."""
    for page in ("products/new/", f"products/edit/?id={world.rows['products'].id}"):
        text = browse("admin").get(page).text
        assert "category_id" in OFFER.findall(text)
        assert f'href="/admin/categories/new/" target="_blank" hx-get="/admin/{CATEGORY}"' in text
        assert "New category</a>" in text
        assert 'id="create-body"' in text
    text = browse("vendor").get("products/new/").text
    assert OFFER.findall(text) == []
    assert "create-body" not in text


def test_the_form_comes_as_a_dialog(browse: Any) -> None:
    """Its fields have ids of their own, and it offers no dialog in the dialog."""
    text = browse("admin").get(CATEGORY, headers=PART).text
    assert "<html" not in text
    assert 'id="new-name" name="name"' in text
    assert 'for="new-name"' in text
    assert f'hx-post="/admin/{CATEGORY}"' in text
    assert OFFER.findall(text) == []


def test_without_scripts_it_is_the_page(browse: Any) -> None:
    assert "<html" in browse("admin").get(CATEGORY).text


def test_what_is_made_goes_into_the_picker(browse: Any, committed: Session) -> None:
    form = typed()
    answer = browse("admin").post(CATEGORY, form, headers=PART)
    assert answer.status_code == 200
    made = committed.scalars(sa.select(Category).where(Category.name == form["name"])).one()
    assert f'data-made="{made.id}" data-label="{made.name}"' in answer.text
    assert "saved=" in answer.headers["Set-Cookie"]


def test_a_refusal_comes_back_into_the_dialog(browse: Any, committed: Session) -> None:
    before = count(committed, Category)
    answer = browse("admin").post(CATEGORY, typed(name="", sort_order="many"), headers=PART)
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert "This field is needed." in answer.text
    assert 'value="many"' in answer.text
    assert count(committed, Category) == before


def test_what_could_not_be_chosen_is_not_made(browse: Any, committed: Session, world: Any) -> None:
    """A customer is no vendor of a product (data model C1.1)."""
    before = count(committed, User)
    person = {"email": f"{uuid7().hex}@example.com", "first_name": "Cora", "last_name": "New"}
    wanted = "users/new/?for=products.vendor_id"
    answer = browse("admin").post(wanted, person | {"role": "customer"}, headers=PART)
    assert answer.status_code == 422
    assert "This cannot be chosen there (Product, Vendor), so it was not made." in answer.text
    assert count(committed, User) == before
    assert 'data-label="Cora New"' in browse("admin").post(wanted, person | {"role": "vendor"}, headers=PART).text


@pytest.mark.parametrize(
    "wanted", ["", "x", "products", "products.", "products.name", "products.vendor_id", "nothing.category_id", "%00.x"]
)
def test_a_reference_that_is_none_is_not_found(browse: Any, committed: Session, wanted: str) -> None:
    browser, before = browse("admin"), count(committed, Category)
    assert browser.get(f"categories/new/?for={wanted}", headers=PART).status_code == 404
    assert browser.post(f"categories/new/?for={wanted}", typed(), headers=PART).status_code == 404
    assert count(committed, Category) == before


def test_another_panel_makes_none(browse: Any) -> None:
    """ACC-1: the page does not exist there, with or without a picker that asks."""
    assert browse("vendor").post("/vendor/" + CATEGORY, typed(), headers=PART).status_code in {404, 405}
    assert browse("vendor").post("/admin/" + CATEGORY, typed(), headers=PART).status_code == 403


def test_whatever_is_offered_opens_a_form(app: Any, browse: Any) -> None:
    seen = set()
    for panel in app.extensions["panels"].values():
        browser = browse(panel.role.value)
        for view in panel.views.values():
            if not view.access.create:
                continue
            for address in re.findall(r'hx-get="([^"]+\?for=[^"]+)"', browser.get(f"{view.entity.noun}/new/").text):
                answer = browser.get(address, headers=PART)
                assert (answer.status_code, "create-form" in answer.text) == (200, True), address
                seen.add(address)
    assert {"/admin/" + CATEGORY, "/admin/users/new/?for=products.vendor_id"} <= seen
