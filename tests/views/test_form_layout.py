"""What a form shows around its fields: groups, help, checks of the browser that agree with the server's."""

from __future__ import annotations

import re

import pytest
from werkzeug.datastructures import MultiDict

from models import Product, User
from tests.factories import make_product
from tests.views.html import fields
from views.catalogue import ENTITIES
from views.columns import attribute_column
from views.forms.convert import make_form
from views.forms.layout import HINTS, SHOWN

FORMS = [
    pytest.param(entity.model, names, id=f"{role.value}-{entity.noun}-{number}")
    for entity in ENTITIES
    for role, access in entity.access.items()
    for number, names in enumerate((access.create, access.edit))
    if names
]


def control(page: str, name: str) -> str:
    """The tag of a field's control."""
    return re.findall(rf'<(?:input|select|textarea)[^>]* name="{name}"[^>]*>', page)[0]


@pytest.mark.parametrize(("model", "names"), FORMS)
def test_every_field_is_in_one_group(model, names):
    form = make_form(model, names, lambda *_: None)
    inside = [name for group in form.groups for name in group.names]
    assert sorted(inside) == sorted(names)


def test_every_hint_and_condition_is_about_a_field_of_a_form():
    used = {(model.__tablename__, name) for model, names in (param.values for param in FORMS) for name in names}
    named = {name for _, name in used} | {f"{table}.{name}" for table, name in used}
    assert set(HINTS) <= named
    for table, shown in SHOWN.items():
        for name, (by, _) in shown.items():
            assert {(table, name), (table, by)} <= used


def test_a_field_that_may_be_hidden_may_be_empty():
    models = {entity.model.__tablename__: entity.model for entity in ENTITIES}
    for table, shown in SHOWN.items():
        assert all(attribute_column(models[table], name).nullable for name in shown)


def test_the_page_of_a_product(browse, committed):
    product = make_product(committed, description="Text")
    committed.commit()
    page = browse("admin").get(f"products/edit/?id={product.id}").text
    assert re.findall("<legend>(.*?)</legend>", page) == ["Facts", "Money", "Text", "Measures", "More"]
    assert 'maxlength="200" required' in control(page, "name")
    assert 'inputmode="decimal"' in control(page, "price")
    assert 'inputmode="numeric"' in control(page, "stock_quantity")
    assert "required" not in control(page, "compare_price")
    assert 'data-rows="list"' in page
    assert 'data-rows="facts"' in page
    assert page.count('data-shown-by="requires_shipping"') == 4
    assert "Centimetres." in page
    assert "novalidate" not in page


@pytest.mark.parametrize(
    ("name", "stored", "typed", "kind"),
    [
        ("email", "a@example.org", "nobody", "email"),
        ("email", "a@b\u00fccher.example", "nobody", "text"),
        ("avatar_url", None, "javascript:alert(1)", "url"),
        ("avatar_url", "pictures/me.png", "ftp://example.org", "text"),
    ],
)
def test_addresses_are_checked_by_both(name, stored, typed, kind):
    """A browser must not refuse, or rewrite, what was stored before there was a check."""
    make = make_form(User, (name,), lambda *_: None)
    shown = make(None, obj=User(**{name: stored}))[name]
    assert shown.input_type == kind
    untouched = make(MultiDict({name: stored or ""}), obj=User(**{name: stored}))
    assert untouched.validate()
    assert untouched[name].data == stored
    assert not make(MultiDict({name: typed}), obj=User(**{name: stored})).validate()
    assert make(MultiDict({name: "b@example.org" if name == "email" else "https://example.org/b.png"})).validate()


def test_an_empty_text_that_is_stored_may_stay():
    """The browser asks for nothing that the server would take."""
    form = make_form(Product, ("name",), lambda *_: None)
    assert form(None, obj=Product(name="a"))["name"].needed
    assert form()["name"].needed
    assert not form(None, obj=Product(name=""))["name"].needed


def test_a_refused_list_says_which_row(browse, committed):
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    path = f"products/edit/?id={product.id}"
    sent = dict(fields(browser.get(path).text))
    answer = browser.post(path, sent | {"images": '["/a.png", "no address"]', "specifications": '{"ab": null}'})
    assert answer.status_code == 422
    assert "Look at number 2. Write a list" in answer.text
    assert "Look at \u201cab\u201d. Write names" in answer.text
    assert " data-changed" in answer.text


def test_a_draft_is_named_after_its_person_and_record_and_forgotten_when_saved(browse, committed):
    """Only an answer that saved says so: neither a refusal nor a sign-in page in between may drop what was typed."""
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    path = f"products/edit/?id={product.id}"
    page = browser.get(path).text
    key = f"{browser.user.id}/products/{product.id}"
    assert f'data-draft="{key}"' in page
    assert f'data-draft="{browser.user.id}/products/new"' in browser.get("products/new/").text
    sent = dict(fields(page))
    assert "saved=" not in str(browser.post(path, sent | {"price": "ten"}).headers)
    assert "saved=" not in str(browser.post(path, sent | {"row_version": "99"}).headers)
    saved = browser.post(path, sent)
    assert saved.status_code == 302
    assert f"saved={key.replace('/', '%2F')};" in str(saved.headers)


def test_personal_fields_are_kept_in_no_draft(browse, world):
    page = browse("admin").get(f"users/edit/?id={world.rows['users'].id}").text
    assert "data-private" in control(page, "email")
    assert "data-private" in control(browse("admin").get("products/new/").text, "vendor_id")
    assert "data-private" not in control(browse("admin").get("products/new/").text, "name")
