"""Forms give back what they got, never lose a change, and say what is wrong."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models import Base, Category, Product, ProductChangeRequest, User, VendorProfile
from models.product import ProductStatus
from tests.factories import make_category, make_product
from tests.views.html import fields
from views.catalogue import ENTITIES

EDITED = [
    pytest.param(role, entity, id=f"{role.value}-{entity.noun}")
    for entity in ENTITIES
    for role, access in entity.access.items()
    if access.edit
]


def _edit(noun: str, row_id: uuid.UUID) -> str:
    return f"{noun}/edit/?id={row_id}"


def _stored(engine: sa.Engine, model: type[Base], row_id: uuid.UUID) -> dict[str, object]:
    with engine.connect() as connection:
        table = model.__table__
        return dict(connection.execute(sa.select(table).where(table.c.id == row_id)).mappings().one())


@pytest.mark.parametrize(("role", "entity"), EDITED)
def test_an_untouched_form_saves_unchanged(browse, world, engine, role, entity):
    """Enum, JSONB, timestamptz, NULL, text with line feeds: all as they were (flask-admin #8, #11, #12, #13, #14)."""
    row = world.rows[entity.noun]
    browser = browse(role.value)
    before = _stored(engine, entity.model, row.id)
    page = browser.get(_edit(entity.noun, row.id))
    assert page.status_code == 200
    sent = fields(page.text)
    assert {name for name, _ in sent} == {*entity.access[role].edit, "row_version", "row_opened"}
    response = browser.post(_edit(entity.noun, row.id), sent)
    assert response.status_code == 302
    assert _stored(engine, entity.model, row.id) == before


def test_the_untouched_round_trip_over_odd_values(browse, committed, engine, world):
    """`[]`, `{}`, `0`, `false`, an empty string inside JSON, three decimals, blanks at the ends: nothing moves."""
    odd = [
        {"images": [], "specifications": {}, "seo_meta": None},
        {"images": [False, 0, "", None, 'a,"b"'], "specifications": {"ü": "\n<b>&amp;"}},
        {"name": "  spaced  ", "description": "\n\nleading\r\nand\ntrailing\n ", "weight": Decimal("0.001")},
        {"compare_price": Decimal("0.0100"), "commission_rate_override": Decimal("0.000000"), "short_description": ""},
    ]
    for values in odd:
        product = make_product(committed, vendor=committed.merge(world.vendor), **values)
        committed.commit()
        before = _stored(engine, Product, product.id)
        browser = browse("admin")
        sent = fields(browser.get(_edit("products", product.id)).text)
        assert browser.post(_edit("products", product.id), sent).status_code == 302
        assert _stored(engine, Product, product.id) == before


def test_a_change_is_saved_alone(browse, committed, engine):
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    sent = dict(fields(browser.get(_edit("products", product.id)).text)) | {"stock_quantity": "77"}
    assert browser.post(_edit("products", product.id), sent).status_code == 302
    after = _stored(engine, Product, product.id)
    assert after["stock_quantity"] == 77
    assert after["status"] == ProductStatus.PENDING


def test_absent_fields_stay_as_they_are(browse, committed, engine):
    """A parameter that was not sent is no wish: no flag turns false by absence (flask-admin #14)."""
    product = make_product(committed, requires_shipping=True)
    committed.commit()
    sent = {"row_version": str(product.version), "stock_quantity": "5"}
    assert browse("admin").post(_edit("products", product.id), sent).status_code == 302
    after = _stored(engine, Product, product.id)
    assert (after["stock_quantity"], after["requires_shipping"]) == (5, True)


def test_forged_fields_change_nothing(browse, committed, engine):
    """Statuses and what actions own are in no form, so sending them is void (flask-admin #14)."""
    product = make_product(committed)
    committed.commit()
    sent = {"row_version": str(product.version), "status": "active", "vendor_id": str(uuid.uuid4()), "version": "99"}
    assert browse("admin").post(_edit("products", product.id), sent).status_code == 302
    assert _stored(engine, Product, product.id)["status"] == ProductStatus.PENDING


def test_a_form_without_its_version_is_a_conflict(browse, committed):
    product = make_product(committed)
    committed.commit()
    assert browse("admin").post(_edit("products", product.id), {"name": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""), ("name", "a\x00b"), ("name", "x" * 201), ("price", "ten"), ("price", "NaN"), ("price", "1e400"),
        ("price", "-1"), ("price", "1.00001"), ("price", "1.001"), ("stock_quantity", "99999999999"),
        ("stock_quantity", "1.5"), ("stock_quantity", "-1"), ("visibility", "nobody"), ("is_digital", "perhaps"),
        ("images", "[NaN]"), ("images", "{"), ("images", '"\\u0000"'), ("images", '"\\ud800"'), ("images", "[" * 9999),
        ("category_id", "no-uuid"), ("category_id", "01234567-89ab-7def-8123-456789abcdef"), ("weight", "1" * 30),
    ],
)  # fmt: skip
def test_bad_values_are_told_at_the_field_and_kept(browse, committed, engine, name, value):
    """422, the sentence, what was typed, and never a crash or SQL (flask-admin #6, #9, #17)."""
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    before = _stored(engine, Product, product.id)
    sent = dict(fields(browser.get(_edit("products", product.id)).text)) | {name: value, "sku": "TYPED-1"}
    response = browser.post(_edit("products", product.id), sent)
    assert response.status_code == 422
    assert "TYPED-1" in response.text
    assert "invalid-feedback" in response.text or 'role="alert"' in response.text
    assert "psycopg" not in response.text
    assert _stored(engine, Product, product.id) == before


def test_a_taken_value_is_told_in_words(browse, committed):
    """A unique key's refusal is a sentence without the row (flask-admin #6)."""
    first, second = make_product(committed), make_product(committed)
    committed.commit()
    browser = browse("admin")
    sent = dict(fields(browser.get(_edit("products", second.id)).text)) | {"sku": first.sku}
    response = browser.post(_edit("products", second.id), sent)
    assert response.status_code == 422
    assert "DETAIL" not in response.text
    assert "already" in response.text


def test_creating(browse, world, committed):
    browser = browse("vendor")
    sent = dict(fields(browser.get("products/new/").text)) | {
        "name": "New thing", "slug": "new-thing", "category_id": str(world.rows["categories"].id), "price": "9.99",
        "currency": "USD", "sku": "NEW-1",
    }  # fmt: skip
    response = browser.post("products/new/", sent)
    assert response.status_code == 302, response.text
    product = committed.scalars(sa.select(Product).where(Product.sku == "NEW-1")).one()
    assert (product.vendor_id, product.status, product.price) == (world.vendor.id, ProductStatus.DRAFT, Decimal("9.99"))


def test_creating_a_vendor_makes_the_profiles_too(browse, committed):
    """As the service does it: lower case, pending, one vendor profile."""
    browser = browse("admin")
    sent = {"email": "New.Shop@Example.org", "first_name": "New", "last_name": "Shop", "role": "vendor"}
    assert browser.post("users/new/", sent).status_code == 302
    user = committed.scalars(sa.select(User).where(User.email == "new.shop@example.org")).one()
    assert committed.scalar(sa.select(VendorProfile.id).where(VendorProfile.vendor_id == user.id)) is not None
    again = browser.post("users/new/", sent | {"last_name": "Kept"})
    assert again.status_code == 422
    assert "already" in again.text
    assert "Kept" in again.text
    assert browser.post("users/new/", sent | {"email": "nobody"}).status_code == 422


def test_creating_with_nothing_names_what_is_missing(browse):
    response = browse("vendor").post("products/new/", {"name": ""})
    assert response.status_code == 422
    assert response.text.count("This field is needed.") >= 5


def test_what_a_vendor_changes_after_review_waits(browse, world, engine, committed):
    """MOD-3: material fields wait, the others of the same form apply; the vendor sees both sides."""
    product = world.rows["products"]
    browser = browse("vendor")
    path = _edit("products", product.id)
    sent = dict(fields(browser.get(path).text))
    saved = browser.post(path, sent | {"name": "Renamed", "stock_quantity": "3"}, follow_redirects=True)
    assert "Waits for review" in saved.text
    after = _stored(engine, Product, product.id)
    assert (after["name"], after["stock_quantity"]) == (product.name, 3)
    waiting = sa.select(ProductChangeRequest).filter_by(product_id=product.id)
    request = committed.scalars(waiting).one()
    assert request.proposed == {"name": "Renamed"}
    for who in ("vendor", "admin"):
        page = browse(who).get(f"product_changes/details/?id={request.id}").text
        assert "<ins>Renamed</ins>" in page
        assert "In the shop" in page


def test_deleting_asks_first_and_hides_the_row(browse, committed, engine):
    """GET shows what hangs on it; POST hides it; a stale confirmation does not count (flask-admin #29)."""
    category = make_category(committed)
    committed.commit()
    browser = browse("admin")
    path = f"categories/delete/?id={category.id}"
    page = browser.get(path)
    assert page.status_code == 200
    assert browser.post(path, {"row_version": "99"}).status_code == 302
    assert _stored(engine, Category, category.id)["deleted_at"] is None
    assert browser.post(path, fields(page.text)).status_code == 302
    assert isinstance(_stored(engine, Category, category.id)["deleted_at"], dt.datetime)
    assert browser.get(path).status_code == 404


def test_every_post_needs_the_form_token(app, browse, world):
    """Without a token nothing is saved, whatever the form's rules (flask-admin #1)."""
    browser = browse("admin")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint.startswith("admin"):
            response = browser.client.post(rule.rule, data={"row_version": "1"})
            assert response.status_code == 400, rule
