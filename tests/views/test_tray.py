"""The tray: what a person has set going, and nobody else's."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from models.product import ProductStatus
from tests.factories.operations import make_operation
from tests.factories.products import make_product
from tests.factories.users import make_vendor


def test_it_shows_what_runs_and_asks_again_soon(browse: Any, committed: Session) -> None:
    browser = browse("admin")
    product = make_product(committed, vendor=make_vendor(committed), status=ProductStatus.PENDING)
    make_operation(committed, "product.approve", product, by=browser.user)
    committed.commit()
    part, statements = browser.count("tray/")
    assert "0 of 1" in part.text
    assert "1 running" in part.text
    assert 'hx-trigger="every 2s"' in part.text
    assert len(statements) == 1


def test_it_is_empty_for_everybody_else(browse: Any, committed: Session) -> None:
    """ACC-1: a colleague's operations are in the list, not in one's tray; other panels have their own."""
    browser = browse("admin")
    product = make_product(committed, vendor=make_vendor(committed), status=ProductStatus.PENDING)
    make_operation(committed, "product.approve", product, by=browser.user)
    committed.commit()
    for other in ("finance", "vendor", "logistics"):
        assert "Nothing today." in browse(other).get("tray/").text
