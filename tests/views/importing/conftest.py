"""Who imports: a vendor with three products of their own, and an admin of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.permissions import Role
from models.product import ProductStatus
from tests.factories import make_category, make_product, make_user, make_vendor
from tests.views.browser import Browser


@pytest.fixture
def own(committed, app, engine):
    """A vendor with a browser and three products of their own."""
    vendor, category = make_vendor(committed), make_category(committed)
    made = [
        make_product(committed, vendor=vendor, category=category, status=ProductStatus.DRAFT, price=Decimal("10.00"))
        for _ in range(3)
    ]
    committed.commit()
    browser = Browser(app, engine, vendor)
    browser.products, browser.category = made, category
    return browser


@pytest.fixture
def admin(committed, app, engine):
    """An admin of its own, so that tests do not share limits."""
    user = make_user(committed, Role.ADMIN)
    committed.commit()
    return Browser(app, engine, user)
