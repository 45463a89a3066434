"""Two people change one record at once: nothing is lost, and only what both changed is asked about (I8)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from models import Product
from tests.factories import make_product
from tests.views.html import fields
from views.forms.merging import Opened, Question, merge


@pytest.fixture
def product(committed):
    product = make_product(committed, name="First", stock_quantity=1, description="Old")
    committed.commit()
    return product


def path(product):
    return f"products/edit/?id={product.id}"


def opened(browser, product):
    return dict(fields(browser.get(path(product)).text))


def stored(engine, product, *names):
    table = Product.__table__
    with engine.connect() as connection:
        found = connection.execute(sa.select(*(table.c[name] for name in names)).where(table.c.id == product.id))
        return tuple(found.one())


def test_different_fields_both_survive(browse, product, engine):
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    assert browser.post(path(product), theirs | {"stock_quantity": "7"}).status_code == 302
    answer = browser.post(path(product), mine | {"name": "Mine"})
    assert answer.status_code == 409
    assert "Changed by them" in answer.text
    assert "Changed by you" in answer.text
    assert 'type="radio"' not in answer.text
    assert stored(engine, product, "name", "stock_quantity") == ("First", 7)
    assert browser.post(path(product), fields(answer.text)).status_code == 302
    assert stored(engine, product, "name", "stock_quantity") == ("Mine", 7)


@pytest.mark.parametrize(("choice", "name"), [("original", "First"), ("theirs", "Theirs"), ("mine", "Mine")])
def test_the_same_field_is_asked_about(browse, product, engine, choice, name):
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    browser.post(path(product), theirs | {"name": "Theirs"})
    answer = browser.post(path(product), mine | {"name": "Mine", "stock_quantity": "7"})
    assert answer.status_code == 409
    again = dict(fields(answer.text))
    assert (again["name"], again["choice-name"], again["stock_quantity"]) == ("Mine", "mine", "7")
    assert [text in answer.text for text in (">First<", ">Theirs<")] == [True, True]
    assert browser.post(path(product), again | {"choice-name": choice}).status_code == 302
    assert stored(engine, product, "name", "stock_quantity") == (name, 7)


@pytest.mark.parametrize("choice", ["original", "theirs", "mine"])
def test_a_third_change_is_asked_about_again(browse, product, engine, choice):
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    browser.post(path(product), theirs | {"name": "Theirs"})
    asked = dict(fields(browser.post(path(product), mine | {"name": "Mine"}).text))
    browser.post(path(product), opened(browser, product) | {"name": "Third", "stock_quantity": "9"})
    answer = browser.post(path(product), asked | {"choice-name": choice})
    assert answer.status_code == 409
    again = dict(fields(answer.text))
    assert (again["name"], again["stock_quantity"]) == ("Mine", "9")
    assert [text in answer.text for text in (">First<", ">Third<")] == [True, True]
    assert browser.post(path(product), again).status_code == 302
    assert stored(engine, product, "name", "stock_quantity") == ("Mine", 9)


def test_a_third_change_of_another_field_keeps_the_answer(browse, product, engine):
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    browser.post(path(product), theirs | {"name": "Theirs"})
    asked = dict(fields(browser.post(path(product), mine | {"name": "Mine"}).text))
    browser.post(path(product), opened(browser, product) | {"stock_quantity": "9"})
    answer = browser.post(path(product), asked | {"choice-name": "theirs"})
    assert answer.status_code == 409
    assert 'type="radio"' not in answer.text
    assert browser.post(path(product), fields(answer.text)).status_code == 302
    assert stored(engine, product, "name", "stock_quantity") == ("Theirs", 9)


def test_rules_hold_for_what_was_merged(browse, product, engine):
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    browser.post(path(product), theirs | {"name": "Theirs"})
    asked = dict(fields(browser.post(path(product), mine | {"name": "", "price": "ten"}).text))
    refused = browser.post(path(product), asked)
    assert refused.status_code == 422
    assert "This field is needed." in refused.text
    assert "This is not a number." in refused.text
    assert stored(engine, product, "name") == ("Theirs",)
    after = dict(fields(refused.text)) | {"name": "Good", "price": "10"}
    assert browser.post(path(product), after).status_code == 302
    assert stored(engine, product, "name") == ("Good",)


def test_what_was_merged_waits_as_well(browse, world, engine):
    """MOD-3: what needs a review waits over the newer version too."""
    reviewed = world.rows["products"]
    browser = browse("vendor")
    mine, theirs = opened(browser, reviewed), opened(browser, reviewed)
    browser.post(path(reviewed), theirs | {"stock_quantity": "11"})
    answer = browser.post(path(reviewed), mine | {"name": "Renamed"})
    assert answer.status_code == 409
    saved = browser.post(path(reviewed), fields(answer.text), follow_redirects=True)
    assert "Waits for review" in saved.text
    assert stored(engine, reviewed, "name", "stock_quantity") == (reviewed.name, 11)


@pytest.mark.parametrize("seal", ["", "forged", "another row's"])
def test_without_a_true_seal_every_difference_is_asked_about(browse, committed, product, engine, seal):
    """Nobody can say what a form was opened with but this application, and not for another row."""
    other = make_product(committed)
    committed.commit()
    browser = browse("admin")
    mine, theirs = opened(browser, product), opened(browser, product)
    if seal == "another row's":
        seal = opened(browser, other)["row_opened"]
    browser.post(path(product), theirs | {"name": "Theirs"})
    answer = browser.post(path(product), mine | {"description": "Mine", "row_opened": seal})
    assert answer.status_code == 409
    asked = dict(fields(answer.text))
    assert {name for name in asked if name.startswith("choice-")} == {"choice-name", "choice-description"}
    assert "Original" not in answer.text
    sent = asked | {"choice-name": "theirs"}
    assert browser.post(path(product), sent).status_code == 302
    assert stored(engine, product, "name", "description") == ("Theirs", "Mine")


def test_what_was_not_sent_is_no_wish():
    base = Opened(version="1", texts={"a": "1", "b": "1\n2", "c": "1"})
    sent = MultiDict({"b": "1\r\n2", "c": "3"})
    merged = merge(("a", "b", "c"), {"a": "2", "b": "1\n2", "c": "2"}, sent, base)
    assert merged.by_them == {"a": "1"}
    assert merged.by_me == {}
    assert merged.asked == {"c": Question(name="c", original="1", theirs="2", mine="3")}
    assert dict(merged.typed) == {"a": "2", "b": "1\n2", "c": "3"}
