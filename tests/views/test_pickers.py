"""Pickers of people offer those who fit the reference, and a forged choice is refused (data model C1.1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.permissions import Role
from models import Product, User
from tests.factories import make_category, make_user
from tests.views.html import fields
from views.catalogue import ENTITIES
from views.choosable import ROLES
from views.columns import attribute_column, referred_model


def _references():
    for entity in ENTITIES:
        for access in entity.access.values():
            for name in {*access.create, *access.edit, *access.filters}:
                if referred_model(attribute_column(entity.model, name)) is User:
                    yield name


def test_every_reference_to_a_user_has_its_roles():
    assert set(_references()) == set(ROLES)


@pytest.mark.parametrize(
    ("noun", "name", "role"),
    [("products", "vendor_id", "vendor"), ("orders", "customer_id", "customer"), ("disputes", "assigned_to", "staff")],
)
def test_a_picker_offers_who_fits(browse, committed, world, noun, name, role):
    """Customers are in no picker of vendors or staff, nor staff among the customers."""
    found = browse("admin").get(f"{noun}/ajax/lookup/?name={name}&limit=50").json
    roles = set(committed.scalars(sa.select(User.role).where(User.id.in_([one["id"] for one in found]))))
    assert roles
    assert roles <= ({"admin", "finance", "logistics"} if role == "staff" else {role})


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.LOGISTICS])
def test_only_a_vendor_becomes_the_vendor_of_a_product(browse, committed, role):
    category, person = make_category(committed), make_user(committed, role)
    committed.commit()
    browser = browse("admin")
    sent = dict(fields(browser.get("products/new/").text)) | {
        "name": "Forged", "slug": f"forged-{role.value}", "sku": f"FORGED-{role.value}",
        "price": "5.00", "currency": "USD",
        "category_id": str(category.id), "vendor_id": str(person.id),
    }  # fmt: skip
    answer = browser.post("products/new/", sent)
    assert answer.status_code == 422
    assert "Choose one from the list." in answer.text
    assert committed.scalar(sa.select(sa.func.count()).where(Product.sku == f"FORGED-{role.value}")) == 0
