"""The workbench's page: what stops each pile, and where a payout is released or settled by hand."""

from __future__ import annotations

from backoffice.services.payouts import by_hand
from tests.factories import acting_for, make_vendor
from tests.factories.payouts import make_payout


def test_reasons_and_the_way_by_hand(browse, committed, world):
    """PAY-1, 8; PAY-13, WHO-1: the missing bank account is told; only who may pay is offered to pay by hand."""
    vendor = make_vendor(committed, profile={"payout_currencies": ["EUR"]})
    payout = make_payout(committed, vendor=vendor)
    committed.commit()
    page = browse("finance").get("workbench/")
    assert "The vendor has no bank account in USD at Stripe." in page.text
    link = f"payouts/act/settle/?one=1&amp;rowid={payout.id}"
    assert link in page.text
    form = browse("finance").get(link.replace("&amp;", "&"))
    assert (form.status_code, "Bank reference" in form.text) == (200, True)
    assert "act/settle" not in browse("admin").get("workbench/").text


def test_a_settlement_is_shown(browse, committed, world):
    """PAY-13: method and reference, on the list and on the record."""
    payout = make_payout(committed)
    committed.commit()
    browser = browse("finance")
    day = payout.created_at.date()
    by_hand.settle(committed, payout, reference="BANK-77", paid_on=day, acting=acting_for(world.finance))
    committed.commit()
    for path in ("payouts/", f"payouts/details/?id={payout.id}"):
        page = browser.get(path).text
        assert "BANK-77" in page
        assert "By hand" in page


def test_nothing_ticked_goes_back_to_where_one_was(browse, committed):
    """PAY-5: no page of an error for a click too early; to a page of ours only."""
    make_payout(committed)
    committed.commit()
    browser = browse("finance")
    assert "data-tick-all" in browser.get("workbench/").text
    for referrer, back in (
        ("http://localhost/finance/workbench/?a=1", "/finance/workbench/?a=1"),
        ("http://elsewhere.example/finance/", "/finance/payouts/"),
        (None, "/finance/payouts/"),
    ):
        answer = browser.post("payouts/act/release/", headers={"Referer": referrer} if referrer else {})
        assert (answer.status_code, answer.location) == (302, back)
    assert "Tick at least one row first." in browser.get("workbench/").text
