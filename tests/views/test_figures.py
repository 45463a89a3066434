"""The page of figures: whose they are, what they say, and that nothing typed into its address breaks it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.services.figures import keep
from backoffice.services.figures.tiles import TILES
from models import Order
from tests.factories import make_order, make_vendor

ROLES = ("admin", "finance", "logistics", "vendor")


@pytest.fixture
def summed(committed, world):
    """The days of the world are summed, with an order of a vendor whom nobody of the world may see."""
    order = make_order(committed, vendor=make_vendor(committed), lines=((1, "98765.40"),))
    while keep.refresh(committed):
        pass
    committed.commit()
    return order


@pytest.mark.parametrize("role", ROLES)
def test_every_panel_has_its_own(browse, summed, role):
    """ACC-3: no amounts for logistics; each figure leads to the rows behind it."""
    answer, statements = browse(role).count("figures/?days=365")
    assert answer.status_code == 200
    assert len(statements) <= 4
    page = answer.text
    for tile in TILES:
        assert (f">{tile.label}</a>" in page) is (browse(role).user.role in tile.roles), tile.key
    assert page.count('<th scope="row">') == 365
    assert ("USD" in page) is (role != "logistics")
    assert ("MRR" in page) is (role in {"admin", "finance"})
    for href in {part.split('"')[0] for part in page.split('href="')[1:] if part.startswith(f"/{role}/orders/?")}:
        rows = browse(role).get(href.replace("&amp;", "&").removeprefix(f"/{role}/"))
        assert rows.status_code == 200
        assert "is not understood" not in rows.text


def test_vendors_see_their_own(browse, summed, committed):
    """ACC-1: the large order is somebody else's."""
    assert "98,765.40" not in browse("vendor").get("figures/").text
    mine = sa.select(sa.func.sum(Order.total_amount)).where(Order.vendor_id == browse("vendor").user.id)
    assert committed.scalar(mine)
    total = sa.select(sa.func.sum(Order.total_amount)).where(
        Order.currency == "USD", Order.payment_status.in_(("paid", "partially_refunded", "refunded")),
        Order.created_at >= sa.func.date_trunc("day", sa.func.now()) - sa.text("interval '29 days'"),
    )  # fmt: skip
    assert f"{committed.scalar(total):,.2f} USD" in browse("admin").get("figures/?currency=USD").text


@pytest.mark.parametrize("query", ["days=x", "days=-3", "days=99999", "currency=%00", "figure=none", "currency=JPY"])
def test_what_is_not_understood_is_the_usual(browse, query):
    answer = browse("admin").get(f"figures/?{query}")
    assert answer.status_code == 200
    assert "30 days" in answer.text
