"""What a vendor sees of a checkout that they share with another one: their own part (ACC-1, ACC-3)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import make_group
from tests.factories.order_groups import orders_of, payment_of_group, shares_of


@pytest.fixture
def shared(engine: sa.Engine, world):
    """The checkout of both vendors: ids and texts of both sides."""
    with Session(engine) as session:
        group = make_group(session, ("612.34", "387.66"), vendors=[world.vendor, world.vendor2])
        payment, orders = payment_of_group(session, group), orders_of(session, group)
        shares = shares_of(session, payment)
        session.commit()
        return {
            "group": group.id,
            "number": group.group_number,
            "orders": [(order.id, order.order_number) for order in orders],
            "shares": [share.id for share in shares],
            "whole": [str(payment.id), str(payment.stripe_payment_intent_id), "1,000.00"],
        }


def test_a_vendor_sees_their_part_only(browse, shared):
    """ACC-1: neither the other order nor its share nor what was paid for both, on any page of the checkout."""
    browser = browse("vendor")
    (mine, my_number), (theirs, their_number) = shared["orders"]
    pages = [
        browser.get(f"order_groups/details/?id={shared['group']}"),
        browser.get("order_groups/"),
        browser.get(f"orders/details/?id={mine}"),
        browser.get(f"orders/?q={my_number}"),
        browser.get("payment_allocations/"),
        browser.get(f"payment_allocations/details/?id={shared['shares'][0]}"),
    ]
    assert [page.status_code for page in pages] == [200] * len(pages)
    text = "".join(page.text for page in pages)
    assert shared["number"] in text
    assert my_number in text
    assert "612.34" in text
    for hidden in (str(theirs), their_number, str(shared["shares"][1]), "387.66", *shared["whole"]):
        assert hidden not in text, hidden
    assert browser.get(f"payment_allocations/details/?id={shared['shares'][1]}").status_code == 404
    assert browser.get(f"orders/details/?id={theirs}").status_code == 404


def test_finance_sees_all_of_it(browse, shared):
    """C3.27: the checkout with its orders and its payment, and the payment with its shares."""
    address = f"order_groups/details/?id={shared['group']}"
    tabs = set(re.findall(r"tab=([a-z-]+)", browse("finance").get(address).text))
    text = "".join(browse("finance").get(f"{address}&tab={tab}").text for tab in tabs)
    for shown in (shared["orders"][0][1], shared["orders"][1][1], shared["whole"][1]):
        assert shown in text
    payment = browse("finance").get(f"payments/details/?id={shared['whole'][0]}&tab=shares-of-payments").text
    assert "612.34" in payment
    assert "387.66" in payment


def test_a_payment_is_found_by_its_checkout(browse, shared):
    """The number that the customer knows leads to the payment of all of their orders."""
    text = browse("finance").get(f"payments/?q={shared['number']}").text
    assert f"details/?id={shared['whole'][0]}" in text
