"""The name of a row in a list leads to its record; lists of rows without a name have a link of their own for that."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from tests.factories import make_product
from views.catalogue import ENTITIES
from views.columns import Kind, resolve
from views.labels import named_by
from views.listing.layout import name_of

LISTS = [pytest.param(role, entity, id=f"{role.value}-{entity.noun}") for entity in ENTITIES for role in entity.access]
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
LINK = re.compile(r'href="details/\?id=([0-9a-f-]{36})">([^<]*)</a>')


@pytest.fixture(autouse=True)
def _usual(browse: Any) -> Any:
    yield
    browse("admin").post("products/settings/", {"usual": "1"})


def rows(text: str) -> list[str]:
    return ROW.findall(text.partition("list-table")[2].partition("<tbody>")[2].partition("</tbody>")[0])


@pytest.mark.parametrize(("role", "entity"), LISTS)
def test_every_row_has_one_link_to_its_record(browse: Any, role: Role, entity: Any) -> None:
    """And it says something: the name, or that it opens the record."""
    text = browse(role.value).get(f"{entity.noun}/").text
    for row in rows(text):
        (found,) = LINK.findall(row)
        assert found[1].strip()
    named = name_of(entity.model, resolve(entity.model, entity.access[role].columns))
    assert ('<td class="open">' not in text) if named else (">Open</span></th>" in text or not rows(text))


def test_the_name_is_the_label_or_the_first_word() -> None:
    """A declaration is not needed: what a reference to the row shows, else the word that the list begins with."""
    access = {entity.noun: (entity.model, next(iter(entity.access.values()))) for entity in ENTITIES}
    found = {noun: name_of(model, resolve(model, one.columns)) for noun, (model, one) in access.items()}
    assert found["products"] == "name"
    assert found["orders"] == "order_number"
    assert found["users"] == "email"
    assert found["platform_settings"] == "key"
    # A reference, an amount, a time or a status is no name.
    for noun in ("payouts", "refunds", "audit_log", "transactions", "journals"):
        assert found[noun] is None, noun
    for model, one in access.values():
        first = resolve(model, one.columns)[0]
        if named_by(model) is None and first.kind not in {Kind.TEXT, Kind.CODE, Kind.EMAIL}:
            assert name_of(model, resolve(model, one.columns)) is None


def test_a_list_that_does_not_show_the_name_has_the_link(browse: Any, committed: Session) -> None:
    product = make_product(committed, name="Named")
    committed.commit()
    browser = browse("admin")
    browser.post("products/settings/", [("columns", "price"), ("columns", "sku")])
    (row,) = rows(browser.get(f"products/?q={product.id}").text)
    assert LINK.findall(row) == [(str(product.id), "Open")]
    browser.post("products/settings/", [("columns", "price"), ("columns", "name"), ("place_price", "1")])
    (row,) = rows(browser.get(f"products/?q={product.id}").text)
    assert LINK.findall(row) == [(str(product.id), "Named")]
    assert ">Open<" not in row


def test_a_name_of_any_letters_is_shown_as_it_is(browse: Any, committed: Session) -> None:
    product = make_product(committed, name='<b>"A" & B')
    committed.commit()
    (row,) = rows(browse("admin").get(f"products/?q={product.id}").text)
    assert "&lt;b&gt;&#34;A&#34; &amp; B</a>" in row


def test_a_name_that_was_changed_in_place_leads_there_still(browse: Any, committed: Session) -> None:
    product = make_product(committed, name="Before")
    committed.commit()
    browser = browse("admin")
    cell = f"products/cell/?id={product.id}&name=name"
    assert f'href="details/?id={product.id}">Before<' in browser.get(f"{cell}&plain=1").text
    answer = browser.post(cell, {"row_version": str(product.version), "name": "After"})
    assert f'href="details/?id={product.id}">After<' in answer.text
    assert "details/" not in browser.get(f"products/cell/?id={product.id}&name=price&plain=1").text
