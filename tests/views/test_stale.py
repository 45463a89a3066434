"""Pages that have grown old, and addresses that nobody's link leads to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from backoffice.services import user_sessions
from tests.factories import acting_for
from tests.factories.products import make_product

PART = {"HX-Request": "true", "HX-Target": "tab"}


@pytest.mark.parametrize(
    "until",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "x",
        "\x00",
        "1" * 5000,
    ],
)
def test_no_moment_of_the_history_breaks_it(browse: Any, committed: Session, until: str) -> None:
    product = make_product(committed)
    committed.commit()
    address = f"products/details/?id={product.id}&tab=history&until={quote(until)}"
    assert browse("admin").get(address, headers=PART).status_code == 200


def test_a_part_of_a_page_is_not_answered_with_the_sign_in_page(browse: Any, committed: Session) -> None:
    """A tab that is clicked after the session ended says so; the sign-in page has no place inside another page."""
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    user_sessions.end_all(committed, browser.user.id, reason="test", acting=acting_for(browser.user))
    committed.commit()
    address = f"products/details/?id={product.id}"
    assert browser.get(f"{address}&tab=history", headers=PART).status_code == 401
    assert browser.get(address).status_code == 302


def test_pictures_of_elsewhere_may_be_shown(browse: Any, committed: Session) -> None:
    """A product's pictures are addresses (C2); the policy must let the browser fetch what the page shows."""
    product = make_product(committed, images=["https://example.com/front.jpg"])
    committed.commit()
    page = browse("admin").get(f"products/details/?id={product.id}")
    assert 'src="https://example.com/front.jpg"' in page.text
    assert "img-src 'self' data: https:" in page.headers["Content-Security-Policy"]
