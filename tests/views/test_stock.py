"""The same requests against a stock `ModelView`: what `EntityView` closes is open there, so our tests can fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView

from backoffice.config import sqlalchemy_url
from backoffice.database import db
from models import Product
from tests.factories import make_product
from tests.support.exports import fetch

pytestmark = pytest.mark.filterwarnings("default")


class StockView(ModelView):
    """What the documentation shows, with the fields that its scaffolding can take."""

    can_view_details = True
    can_export = True
    can_edit = False
    column_list = column_details_list = ("name", "sku", "description")
    column_searchable_list = ("name",)
    column_editable_list = ("sku",)
    form_columns = ("name", "sku")


@pytest.fixture(scope="module")
def stock(database_url: str) -> Iterator[FlaskClient]:
    app = Flask(__name__)
    app.config.update(SQLALCHEMY_DATABASE_URI=sqlalchemy_url(database_url), SECRET_KEY="s" * 40)
    db.init_app(app)
    Admin(app).add_view(StockView(Product, db, endpoint="products"))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


BROKEN = ["details/?id=not-a-uuid", "details/?id=.", "?page=-1", "?search=%00"]


@pytest.mark.parametrize("path", BROKEN)
def test_the_stock_view_breaks_and_ours_does_not(stock, browse, path):
    """Flask-Admin #17."""
    assert stock.get(f"/admin/products/{path}").status_code == 500
    assert browse("admin").get(f"products/{path}").status_code in {200, 404}


def test_the_stock_view_shows_every_vendors_row(stock, browse, world):
    """Flask-Admin #2: any id opens."""
    foreign = world.rows2["products"].id
    assert stock.get(f"/admin/products/details/?id={foreign}").status_code == 200
    assert browse("vendor").get(f"products/details/?id={foreign}").status_code == 404


def test_the_stock_view_edits_inline_without_asking(stock, browse, committed):
    """Flask-Admin #1, #3: neither token nor `can_edit`; ours has no such route."""
    product = make_product(committed)
    committed.commit()
    sent = {"list_form_pk": str(product.id), "sku": "FORGED-1"}
    assert stock.post("/admin/products/ajax/update/", data=sent).status_code == 200
    committed.refresh(product)
    assert product.sku == "FORGED-1"
    assert browse("admin").post("products/ajax/update/", sent).status_code == 404


def test_the_stock_export_is_a_formula(stock, browse, committed):
    """Flask-Admin #7."""
    product = make_product(committed, name="=HYPERLINK(2)")
    committed.commit()
    assert "\n=HYPERLINK(2)" in stock.get("/admin/products/export/csv/").text.replace("\r\n", "\n")
    ours = fetch(browse("admin"), "products", f"q={product.id}").decode()
    assert "'=HYPERLINK(2)" in ours


def test_a_stock_type_error_is_hidden():
    """Flask-Admin #24: a `TypeError` of the view appears as another one."""

    def view(_self: object) -> None:
        raise TypeError("the real one")

    with pytest.raises(TypeError, match="unexpected keyword argument 'cls'"):
        ModelView._run_view(object(), view)
