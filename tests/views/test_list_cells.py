"""Beside the list: the quick look at a row, and changing a cell where it stands."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from models import AuditLog, Product
from tests.factories import make_product
from views.base import EntityView

VERSION = re.compile(r'name="row_version" value="(\d+)"')


@pytest.fixture
def product(committed, world):
    made = make_product(committed, vendor=world.vendor, name="Lamp")
    committed.commit()
    return made


def cell(product, name):
    return f"products/cell/?id={product.id}&name={name}"


def now_of(committed, product):
    committed.expire_all()
    return committed.get_one(Product, product.id)


class TestPeek:
    """Key fields, status, actions, and a link."""

    def test_shows_a_row(self, browse, product):
        text = browse("admin").get(f"products/peek/?id={product.id}", headers={"HX-Request": "true"}).text
        assert "<html" not in text
        assert "Lamp" in text
        assert "Pending review" in text
        assert f"/admin/products/details/?id={product.id}" in text
        assert "/admin/products/act/approve/" in text
        assert "Specifications" not in text

    def test_is_a_page_of_its_own_without_javascript(self, browse, product):
        assert "<html" in browse("admin").get(f"products/peek/?id={product.id}").text

    @pytest.mark.parametrize("bad", ["", "x", "01234567-89ab-7def-8123-456789abcdef", "%00"])
    def test_of_nothing_is_not_found(self, browse, bad):
        assert browse("admin").get(f"products/peek/?id={bad}").status_code == 404

    def test_of_a_foreign_row_is_not_found(self, browse, world):
        """ACC-1."""
        assert browse("vendor").get(f"products/peek/?id={world.rows2['products'].id}").status_code == 404

    def test_of_personal_data_is_noted(self, browse, committed, world):
        """ACC-3."""
        order = world.rows["orders"]
        seen = sa.select(sa.func.count()).where(AuditLog.action == "viewed", AuditLog.entity_id == str(order.id))
        before = committed.scalar(seen)
        browse("logistics").get(f"orders/peek/?id={order.id}")
        committed.rollback()
        assert committed.scalar(seen) == before + 1


class TestCell:
    """One attribute, with the rules of the form."""

    def test_is_changed(self, browse, committed, product):
        browser = browse("admin")
        version = VERSION.search(browser.get(cell(product, "stock_quantity")).text)[1]
        answer = browser.post(cell(product, "stock_quantity"), {"row_version": version, "stock_quantity": "42"})
        assert answer.status_code == 200
        assert ">42<" in answer.text
        now = now_of(committed, product)
        assert now.stock_quantity == 42
        assert f'data-pin="{product.id}.{now.version}.{now.content_version}"' in answer.text
        logged = sa.select(AuditLog.after).where(AuditLog.entity_id == str(product.id)).order_by(AuditLog.id.desc())
        assert committed.scalars(logged).first() == {"stock_quantity": 42}

    def test_called_name_is_changed_too(self, browse, committed, product):
        """The parameter that names the attribute and an attribute called "name" are two things."""
        browser = browse("admin")
        browser.post(cell(product, "name"), {"row_version": str(product.version), "name": "Big lamp"})
        assert now_of(committed, product).name == "Big lamp"

    def test_nobodys_change_is_lost(self, browse, committed, product):
        browser = browse("admin")
        stale = str(product.version)
        browser.post(cell(product, "stock_quantity"), {"row_version": stale, "stock_quantity": "42"})
        answer = browser.post(cell(product, "stock_quantity"), {"row_version": stale, "stock_quantity": "7"})
        assert answer.status_code == 409
        assert "This is now: 42" in answer.text
        assert 'value="7"' in answer.text
        assert now_of(committed, product).stock_quantity == 42
        again = VERSION.search(answer.text)[1]
        browser.post(cell(product, "stock_quantity"), {"row_version": again, "stock_quantity": "7"})
        assert now_of(committed, product).stock_quantity == 7

    @pytest.mark.parametrize(
        ("name", "typed", "sentence"),
        [("stock_quantity", "many", "not a number"), ("stock_quantity", "-1", ""), ("name", "", "needed"),
         ("price", "1.23456", "decimals"), ("price", "0", "")],
    )  # fmt: skip
    def test_a_refusal_is_told_at_the_cell(self, browse, committed, product, name, typed, sentence):
        answer = browse("admin").post(cell(product, name), {"row_version": str(product.version), name: typed})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'role="alert"' in answer.text
        assert f'value="{typed}"' in answer.text
        assert now_of(committed, product).version == product.version

    def test_what_needs_a_review_waits(self, browse, committed, world):
        """MOD-3: as in the form; the cell shows what the shop shows, and says that something waits."""
        active = world.rows["products"]
        browser = browse("vendor")
        answer = browser.post(
            cell(active, "name"), {"row_version": str(now_of(committed, active).version), "name": "X"}
        )
        assert answer.status_code == 200
        assert "Waits for review" in answer.text
        assert active.name in answer.text
        assert now_of(committed, active).name == active.name

    @pytest.mark.parametrize(
        "name", ["status", "vendor_id", "category_id", "specifications", "created_at", "", "x", "%00"]
    )
    def test_only_plain_attributes_of_the_form(self, browse, product, name):
        browser = browse("admin")
        assert browser.get(cell(product, name)).status_code == 404
        assert browser.post(cell(product, name), {"row_version": "1", "x": "y"}).status_code == 404

    def test_of_a_foreign_row_is_not_found(self, browse, world):
        """ACC-1."""
        foreign = world.rows2["products"]
        browser = browse("vendor")
        assert browser.get(cell(foreign, "name")).status_code == 404
        assert browser.post(cell(foreign, "name"), {"row_version": "1", "name": "x"}).status_code == 404

    def test_does_not_exist_where_nothing_is_edited(self, browse, world):
        assert browse("logistics").get(f"products/cell/?id={world.rows['products'].id}&name=name").status_code == 404

    def test_can_be_left(self, browse, product):
        text = browse("admin").get(cell(product, "price") + "&plain=1").text
        assert "10.00" in text
        assert "<input" not in text


def test_every_editable_cell_is_a_field_of_the_form(app):
    for panel in app.extensions["panels"].values():
        for view in panel.views.values():
            assert isinstance(view, EntityView)
            assert view.inline_names <= set(view.access.edit)
