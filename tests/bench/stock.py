"""Flask-Admin as its documentation shows it, with `column_select_related_list`, on the same rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import joinedload
from wtforms import Form

from models import Category, Order, Product, User
from models.product import ProductStatus

db = SQLAlchemy(disable_autonaming=True)


class _View(ModelView):
    can_export = True
    page_size = 50
    form_base_class = Form


class ProductView(_View):
    """Products, tuned as far as the documented options go."""

    column_list = ("name", "sku", "price", "currency", "stock_quantity", "status", "vendor", "category", "created_at")
    column_select_related_list = (Product.vendor, Product.category)
    column_searchable_list = ("name", "short_description", "description", "sku")
    column_filters = ("sku",)
    column_default_sort = ("created_at", True)
    form_columns = ("name", "slug", "description", "sku", "stock_quantity", "min_stock_level", "vendor", "category")
    form_ajax_refs = {  # noqa: RUF012 - Flask-Admin reads it from the class
        "vendor": {"fields": (User.email,)},
        "category": {"fields": (Category.name,)},
    }

    def get_one(self, id: Any) -> Any:  # noqa: A002 - the name is Flask-Admin's
        """As stock, with the references loaded: this product's models refuse to load them behind one's back."""
        return db.session.get(Product, id, options=[joinedload(Product.vendor), joinedload(Product.category)])

    def get_query(self) -> Any:
        """Only what the bench filters by, since stock filters have no enum stored as text."""
        return _filtered(super().get_query())

    def get_count_query(self) -> Any:
        """The same rows as `get_query`."""
        return _filtered(super().get_count_query())


def _filtered(query: Any) -> Any:
    from flask import request  # noqa: PLC0415 - only inside a request

    status = request.args.get("status")
    return query.filter(Product.status == ProductStatus(status)) if status else query


class OrderView(_View):
    """Orders, tuned the same way."""

    column_list = (
        "order_number",
        "status",
        "payment_status",
        "total_amount",
        "currency",
        "customer",
        "vendor",
        "created_at",
    )
    column_select_related_list = (Order.customer, Order.vendor)
    column_default_sort = ("created_at", True)


def create(url: str, *, exported: int) -> Flask:
    """The stock application."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="bench", SQLALCHEMY_DATABASE_URI=url)
    db.init_app(app)
    admin = Admin(app, name="Stock", url="/stock")
    ProductView.export_max_rows = exported
    admin.add_view(ProductView(Product, db, endpoint="products"))
    admin.add_view(OrderView(Order, db, endpoint="orders"))
    return app


def approve(ids: list[Any]) -> None:
    """A stock bulk action: load, set, commit."""
    for product in db.session.scalars(sa.select(Product).where(Product.id.in_(ids))):
        product.status = ProductStatus.APPROVED
    db.session.commit()
