"""Record pages: tabs on demand, neighbours in the list, what can be done and why not, and putting former values
back.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import AuditLog, Product
from models.product import ProductStatus
from tests.factories.products import make_category, make_product
from tests.factories.users import make_vendor

PART = {"HX-Request": "true", "HX-Target": "tab"}


@pytest.fixture
def shelf(committed: Session) -> list[Product]:
    """Five products of one vendor, the newest last."""
    vendor, category = make_vendor(committed), make_category(committed)
    made = [
        make_product(committed, vendor=vendor, category=category, name=f"Lamp {place}", status=ProductStatus.PENDING)
        for place in range(5)
    ]
    committed.commit()
    return made


def test_the_neighbours_are_those_of_the_list(browse: Any, shelf: list[Product]) -> None:
    browser = browse("admin")
    place = f"f_vendor_id={shelf[0].vendor_id}&sort=name"
    middle = browser.get(f"products/details/?id={shelf[2].id}&in={place.replace('&', '%26').replace('=', '%3D')}").text
    links = re.findall(
        r'href="[^"]*details/\?id=([0-9a-f-]{36})[^"]*" aria-label="(Previous|Next) in the list"', middle
    )
    assert links == [(str(shelf[1].id), "Previous"), (str(shelf[3].id), "Next")]
    first = browser.get(
        f"products/details/?id={shelf[0].id}", headers={"Referer": f"http://localhost/admin/products/?{place}"}
    )
    assert "Previous in the list: none" in first.text
    assert str(shelf[1].id) in first.text
    assert "in the list" not in browser.get(f"products/details/?id={shelf[0].id}").text


@pytest.mark.parametrize("place", ["f_price=%00", "sort=nothing", "after=x", "%FF=%FE", "a=" + "b" * 5000])
def test_a_place_that_is_none_does_no_harm(browse: Any, shelf: list[Product], place: str) -> None:
    assert browse("admin").get(f"products/details/?id={shelf[0].id}", query_string=None).status_code == 200
    assert browse("admin").get(f"products/details/?id={shelf[0].id}&in={place}").status_code == 200


def test_what_is_refused_says_why(browse: Any, shelf: list[Product]) -> None:
    text = browse("admin").get(f"products/next/?id={shelf[0].id}").text
    offered, _, refused = text.partition("<details")
    assert "Approve" in offered
    assert "List in the shop" not in offered
    assert re.search(r"<dt>List in the shop</dt><dd>Only while it is approved or inactive\.</dd>", refused)


def test_a_former_value_is_put_back_as_a_new_change(browse: Any, committed: Session, shelf: list[Product]) -> None:
    browser, product = browse("admin"), shelf[0]
    was = product.stock_quantity
    _save(browser, product, stock_quantity="77")
    entry = _entries(committed, product)[-1]
    assert _restore(browser, committed, product, entry.id).status_code == 302
    committed.refresh(product)
    assert product.stock_quantity == was
    assert [one.after.get("stock_quantity") for one in _entries(committed, product)] == [77, was]


def test_a_stale_page_puts_nothing_back(browse: Any, committed: Session, shelf: list[Product]) -> None:
    browser, product = browse("admin"), shelf[0]
    _save(browser, product, stock_quantity="77")
    entry = _entries(committed, product)[-1]
    answer = _restore(browser, committed, product, entry.id, version=product.version - 1)
    committed.refresh(product)
    assert answer.status_code == 302
    assert product.stock_quantity == 77


def test_nobody_undoes_what_a_colleague_did(browse: Any, committed: Session, shelf: list[Product]) -> None:
    """Admins may; a vendor undoes own changes only, and of own products only (ACC-1)."""
    product = shelf[0]
    _save(browse("admin"), product, stock_quantity="77")
    entry = _entries(committed, product)[-1]
    assert _restore(browse("vendor"), committed, product, entry.id).status_code == 404
    assert _restore(browse("admin"), committed, product, uuid.uuid4()).status_code == 404
    assert _restore(browse("admin"), committed, shelf[1], entry.id).status_code == 404


def test_the_history_tells_fields_before_and_after(browse: Any, committed: Session, shelf: list[Product]) -> None:
    browser, product = browse("admin"), shelf[0]
    _save(browser, product, stock_quantity="77")
    text = browser.get(f"products/details/?id={product.id}&tab=history", headers=PART).text
    assert re.search(r'Stock quantity</th><td class="was">\d+</td><td class="became">77</td>', text)
    assert "Put back" in text


def _save(browser: Any, product: Product, **values: str) -> None:
    page = browser.get(f"products/edit/?id={product.id}").text
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', page)
    assert version is not None
    assert browser.post(f"products/edit/?id={product.id}", {"row_version": version[1], **values}).status_code == 302


def _entries(session: Session, product: Product) -> list[AuditLog]:
    session.commit()
    mine = (AuditLog.entity_id == str(product.id), AuditLog.action == "update")
    return list(session.scalars(sa.select(AuditLog).where(*mine).order_by(AuditLog.created_at)))


def _restore(browser: Any, session: Session, product: Product, entry: uuid.UUID, version: int | None = None) -> Any:
    session.refresh(product)
    values = {"entry": str(entry), "row_version": str(product.version if version is None else version)}
    return browser.post(f"products/restore/?id={product.id}", values)
