"""What a vendor's edit of a reviewed product does at once, and what waits (MOD-3, MOD-4)."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services import products
from backoffice.services.change_requests import decide
from backoffice.services.product_content import REVIEWED, to_review
from backoffice.services.row_changes import write
from models import PlatformSetting, Product, ProductChangeRequest, User
from models.change_request import ChangeRequestStatus
from models.product import MATERIAL_FIELDS, ProductStatus, RejectionReason
from tests.factories import acting_for, make_category, make_product, make_user

PICTURES = ["https://example.com/new.jpg"]


def vendor_of(session: Session, product: Product) -> User:
    return session.get_one(User, product.vendor_id)


def edit(session: Session, product: Product, **values: Any) -> frozenset[str]:
    """The vendor saves these values; the row is read again."""
    session.refresh(product, with_for_update=True)
    waiting = write(session, product, values, acting=acting_for(vendor_of(session, product)))
    session.flush()
    session.refresh(product)
    return waiting


def requests_of(session: Session, product: Product) -> list[ProductChangeRequest]:
    found = sa.select(ProductChangeRequest).where(ProductChangeRequest.product_id == product.id)
    return list(session.scalars(found.order_by(ProductChangeRequest.id).execution_options(populate_existing=True)))


def switch(session: Session, *, on: bool) -> None:
    setting = session.scalars(sa.select(PlatformSetting).filter_by(key="products.unpublish_while_pending")).one()
    setting.value = on
    session.flush()


@pytest.mark.parametrize("field", MATERIAL_FIELDS)
@pytest.mark.parametrize("status", list(ProductStatus))
def test_material_fields_wait_after_review(session: Session, status: ProductStatus, field: str) -> None:
    """MOD-3: on approved, active and inactive products only, and each material field."""
    product = make_product(session, status=status)
    new = product.price * 2 if field == "price" else "new"
    expected = {field} if status in REVIEWED else set()
    assert to_review(product, {field: new, "stock_quantity": 1, "weight": Decimal(2)}) == expected


@pytest.mark.parametrize(("price", "small"), [("130.00", True), ("70.00", True), ("130.01", False), ("69.99", False)])
def test_a_small_price_change_applies_at_once(session: Session, price: str, *, small: bool) -> None:
    """MOD-3: only a change of more than 30 % asks for a new review."""
    product = make_product(session, status=ProductStatus.ACTIVE, price=Decimal("100.00"))
    waiting = edit(session, product, price=Decimal(price))
    assert waiting == (frozenset() if small else {"price"})
    assert product.price == (Decimal(price) if small else Decimal(100))
    assert len(requests_of(session, product)) == (0 if small else 1)


def test_the_live_row_stays_and_the_rest_applies(session: Session) -> None:
    """MOD-3: material fields wait, the rest of the same edit is in the shop at once."""
    product = make_product(session, status=ProductStatus.ACTIVE, name="Lamp")
    category = make_category(session)
    wanted = {"name": "Lantern", "images": PICTURES, "category_id": category.id, "price": Decimal("99.00")}
    waiting = edit(session, product, **wanted, stock_quantity=3, weight=Decimal(2))
    assert waiting == wanted.keys()
    assert (product.name, product.stock_quantity, product.weight) == ("Lamp", 3, Decimal(2))
    assert (product.status, product.content_version) == (ProductStatus.ACTIVE, 1)
    [request] = requests_of(session, product)
    assert request.proposed == wanted | {"category_id": str(category.id), "price": "99.00"}
    assert request.former["name"] == "Lamp"
    assert (request.status, request.content_version, request.version) == (ChangeRequestStatus.PENDING, 1, 1)


def test_an_admin_needs_no_review(session: Session) -> None:
    """MOD-3: admin edits need no re-approval."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    assert write(session, product, {"name": "Other"}, acting=acting_for(make_user(session))) == frozenset()
    session.flush()
    assert product.name == "Other"
    assert requests_of(session, product) == []


def test_a_second_edit_replaces_the_draft_part(session: Session) -> None:
    """MOD-4: one open request, with the newest wish for each field and a new version."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    edit(session, product, name="One", description="Text")
    edit(session, product, name="Two")
    [request] = requests_of(session, product)
    assert request.proposed == {"name": "Two", "description": "Text"}
    assert request.version == 2
    edit(session, product, name="Two")
    assert requests_of(session, product)[0].version == 2


def test_a_wish_that_needs_no_review_replaces_the_one_that_did(session: Session) -> None:
    """MOD-4: a small price change drops the large one that waited; with nothing left the request is withdrawn."""
    product = make_product(session, status=ProductStatus.ACTIVE, price=Decimal("100.00"))
    edit(session, product, price=Decimal("200.00"))
    edit(session, product, price=Decimal("110.00"))
    assert product.price == Decimal(110)
    assert [one.status for one in requests_of(session, product)] == [ChangeRequestStatus.CANCELLED]


def test_the_vendor_answers_what_was_asked_for(session: Session) -> None:
    """B12: changes_requested -> pending by V, by editing the product again."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    edit(session, product, name="One")
    [request] = requests_of(session, product)
    admin = acting_for(make_user(session))
    decide.ask_for_changes(session, {request.id: None}, reason=RejectionReason.MISLEADING, message="No.", acting=admin)
    edit(session, product, name="Two")
    [request] = requests_of(session, product)
    assert (request.status, request.proposed) == (ChangeRequestStatus.PENDING, {"name": "Two"})


def test_switched_off_the_product_stays_in_the_shop(session: Session) -> None:
    """MOD-3 T: off, the product is live while its change waits."""
    switch(session, on=False)
    product = make_product(session, status=ProductStatus.ACTIVE)
    edit(session, product, name="Other")
    assert product.status is ProductStatus.ACTIVE
    assert requests_of(session, product)[0].unpublished is False


@pytest.mark.parametrize("end", ["confirm", "decline", "cancel"])
def test_switched_on_the_product_leaves_the_shop_until_the_end(session: Session, end: str) -> None:
    """MOD-3 T: on, it is not live, cannot be listed again meanwhile, and comes back with the decision."""
    switch(session, on=True)
    product = make_product(session, status=ProductStatus.ACTIVE)
    published = product.published_at
    vendor, admin = acting_for(vendor_of(session, product)), acting_for(make_user(session))
    edit(session, product, name="Other")
    assert product.status is ProductStatus.INACTIVE
    [outcome] = products.activate(session, {product.id: None}, acting=vendor)
    assert not outcome.moved
    assert "waits for review" in (outcome.refusal or "")
    [request] = requests_of(session, product)
    if end == "decline":
        decide.decline(session, {request.id: None}, reason=RejectionReason.OTHER, message="No.", acting=admin)
    else:
        getattr(decide, end)(session, {request.id: None}, acting=vendor if end == "cancel" else admin)
    session.refresh(product)
    assert (product.status, product.published_at) == (ProductStatus.ACTIVE, published)
    assert (product.name == "Other") is (end == "confirm")


def test_what_was_not_for_sale_is_not_put_on_sale(session: Session) -> None:
    """MOD-3 T: a product that the vendor had taken off stays off, whatever is decided."""
    switch(session, on=True)
    product = make_product(session, status=ProductStatus.INACTIVE)
    edit(session, product, name="Other")
    [request] = requests_of(session, product)
    decide.confirm(session, {request.id: None}, acting=acting_for(make_user(session)))
    session.refresh(product)
    assert (product.status, product.name) == (ProductStatus.INACTIVE, "Other")


def test_a_product_taken_down_supersedes_its_change(session: Session) -> None:
    """B12: what the change was compared with is no more."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    edit(session, product, name="Other")
    admin = acting_for(make_user(session))
    products.take_down(session, {product.id: None}, reason=RejectionReason.OTHER, message="No.", acting=admin)
    assert [one.status for one in requests_of(session, product)] == [ChangeRequestStatus.SUPERSEDED]


def test_only_one_may_be_open(session: Session) -> None:
    """MOD-4: the database holds it, whoever writes."""
    product = make_product(session, status=ProductStatus.ACTIVE)
    edit(session, product, name="Other")
    twin = {"product_id": product.id, "vendor_id": product.vendor_id, "content_version": 1}
    session.add(ProductChangeRequest(id=uuid.uuid4(), proposed={"name": "X"}, former={}, **twin))
    with pytest.raises(sa.exc.IntegrityError, match="uq_product_change_requests_open"):
        session.flush()
