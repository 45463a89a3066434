"""The posting templates: what each event debits and credits, to the cent (B6)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from backoffice.services.ledger import postings
from backoffice.services.ledger.lines import combined, credit, debit
from backoffice.services.ledger.postings import RefundShares, Sale
from models.ledger import AccountKind as Kind

VENDOR = uuid.UUID(int=7)


def D(text):  # noqa: N802 - reads as the Decimal it is
    return Decimal(text)


def sums(lines):
    """Kind -> amount, debits positive; the vendor's accounts must be the vendor's."""
    found = combined(lines)
    assert sum(line.amount for line in found) == 0
    assert all((line.vendor_id == VENDOR) == line.kind.of_vendor for line in found)
    return {line.kind: line.amount for line in found}


def sale(**parts):
    amounts = {name: Decimal(text) for name, text in parts.items() if name != "currency"}
    defaults = {"vendor": D("90.00"), "commission": D("10.00")}
    return Sale(vendor_id=VENDOR, currency=parts.get("currency", "USD"), **(defaults | amounts))


def test_e1_the_vendor_remits_the_tax():
    """E1: total T, commission C."""
    assert sums(postings.payment_captured(sale(), captured=D("100.00"))) == {
        Kind.PSP_CLEARING: D("100.00"),
        Kind.COMMISSION_REVENUE: D("-10.00"),
        Kind.VENDOR_PENDING: D("-90.00"),
    }


def test_e1b_the_platform_keeps_tax_and_shipping():
    """E1b, COM-8: and the tax on its commission; its own discount costs itself."""
    whole = sale(vendor="88.00", commission_tax="2.00", tax="19.00", shipping="5.00", promotion="4.00")
    assert whole.total == D("120.00")
    assert sums(postings.payment_captured(whole, captured=D("120.00"))) == {
        Kind.PSP_CLEARING: D("120.00"),
        Kind.COMMISSION_REVENUE: D("-10.00"),
        Kind.COMMISSION_TAX_PAYABLE: D("-2.00"),
        Kind.TAX_PAYABLE: D("-19.00"),
        Kind.SHIPPING_REVENUE: D("-5.00"),
        Kind.PROMOTION_EXPENSE: D("4.00"),
        Kind.VENDOR_PENDING: D("-88.00"),
    }


def test_several_payments_add_up_to_the_order():
    """MON-6: each part of the order is whole after the last payment, each payment is whole by itself."""
    order = sale(vendor="88.01", commission="9.99", tax="1.00", shipping="1.00")
    captured = [D("33.33"), D("33.33"), D("33.34")]
    posted = [
        postings.payment_captured(order, captured=amount, before=sum(captured[:number], D(0)))
        for number, amount in enumerate(captured)
    ]
    assert [sums(lines)[Kind.PSP_CLEARING] for lines in posted] == captured
    assert sums(posted[0])[Kind.COMMISSION_REVENUE] == D("-3.33")
    assert sums(posted[1])[Kind.COMMISSION_REVENUE] == D("-3.33")
    assert sums([line for lines in posted for line in lines]) == {
        Kind.PSP_CLEARING: D("100.00"),
        Kind.COMMISSION_REVENUE: D("-9.99"),
        Kind.TAX_PAYABLE: D("-1.00"),
        Kind.SHIPPING_REVENUE: D("-1.00"),
        Kind.VENDOR_PENDING: D("-88.01"),
    }


def test_what_is_paid_too_much_is_the_customers():
    """REF-3, overpayment: the order's parts get what they cost and no more."""
    assert sums(postings.payment_captured(sale(), captured=D("30.00"), before=D("90.00"))) == {
        Kind.PSP_CLEARING: D("30.00"),
        Kind.COMMISSION_REVENUE: D("-1.00"),
        Kind.VENDOR_PENDING: D("-9.00"),
        Kind.SUSPENSE: D("-20.00"),
    }
    assert sums(postings.payment_captured(sale(), captured=D("30.00"), before=D("120.00"))) == {
        Kind.PSP_CLEARING: D("30.00"),
        Kind.SUSPENSE: D("-30.00"),
    }


def test_what_is_paid_for_nothing_is_the_customers():
    """REF-3, overpayment: an order whose discount is as high as its price has no parts to share."""
    free = sale(vendor="0.00", promotion="10.00")
    assert free.total == 0
    assert sums(postings.payment_captured(free, captured=D("5.00"))) == {
        Kind.PSP_CLEARING: D("5.00"),
        Kind.SUSPENSE: D("-5.00"),
    }


def test_parts_have_the_currencys_decimals():
    """MON-4."""
    order = sale(vendor="901", commission="99", currency="JPY")
    assert sums(postings.payment_captured(order, captured=D(333)))[Kind.COMMISSION_REVENUE] == D(-33)


def test_e7_the_vendor_bears_the_refund():
    """E7: R - c from the vendor, c from the commission; from where the earning is."""
    shares = RefundShares(vendor_id=VENDOR, pending=D("20.00"), available=D("25.00"), commission=D("5.00"))
    assert (shares.vendor, shares.total) == (D("45.00"), D("50.00"))
    assert sums(postings.refund_succeeded(shares)) == {
        Kind.VENDOR_PENDING: D("20.00"),
        Kind.VENDOR_AVAILABLE: D("25.00"),
        Kind.COMMISSION_REVENUE: D("5.00"),
        Kind.PSP_CLEARING: D("-50.00"),
    }


def test_e7_every_part_gives_back_its_own():
    """E7, COM-8, REF-2: tax and shipping as well, and the platform's discount is its again."""
    shares = RefundShares(
        vendor_id=VENDOR,
        pending=D("44.00"),
        commission=D("5.00"),
        commission_tax=D("1.00"),
        tax=D("9.50"),
        shipping=D("2.50"),
        promotion=D("2.00"),
        suspense=D("0.50"),
    )
    assert shares.total == D("60.50")
    assert sums(postings.refund_succeeded(shares)) == {
        Kind.VENDOR_PENDING: D("44.00"),
        Kind.COMMISSION_REVENUE: D("5.00"),
        Kind.COMMISSION_TAX_PAYABLE: D("1.00"),
        Kind.TAX_PAYABLE: D("9.50"),
        Kind.SHIPPING_REVENUE: D("2.50"),
        Kind.SUSPENSE: D("0.50"),
        Kind.PROMOTION_EXPENSE: D("-2.00"),
        Kind.PSP_CLEARING: D("-60.50"),
    }


def test_e8_the_platform_bears_the_refund():
    """E8, REF-8: vendor and commission are untouched."""
    assert sums(postings.refund_succeeded(RefundShares(vendor_id=VENDOR, goodwill=D("5.00")))) == {
        Kind.GOODWILL_EXPENSE: D("5.00"),
        Kind.PSP_CLEARING: D("-5.00"),
    }


#: Rule, template, and what it debits (more than zero) and credits (less).
#: Each template is called inside its test: what is called here instead runs once, when the file is read.
TEMPLATES = [
    ("E2", lambda: postings.provider_fee(D("3.20")), {Kind.PSP_FEES: "3.20", Kind.PSP_CLEARING: "-3.20"}),
    ("E3", lambda: postings.earning_available(VENDOR, D(9)), {Kind.VENDOR_PENDING: "9", Kind.VENDOR_AVAILABLE: "-9"}),
    ("E4", lambda: postings.payout_assembled(VENDOR, D(9)), {Kind.VENDOR_AVAILABLE: "9", Kind.PAYOUT_IN_TRANSIT: "-9"}),
    ("MON-3", lambda: postings.carried_over(VENDOR, D(9)), {Kind.VENDOR_AVAILABLE: "9", Kind.VENDOR_PENDING: "-9"}),
    ("E5", lambda: postings.transfer_executed(D(9)), {Kind.PAYOUT_IN_TRANSIT: "9", Kind.PSP_CLEARING: "-9"}),
    ("PAY-13", lambda: postings.payout_settled(D(9)), {Kind.PAYOUT_IN_TRANSIT: "9", Kind.BANK_CLEARING: "-9"}),
    ("E6", lambda: postings.transfer_returned(D(9)), {Kind.PSP_CLEARING: "9", Kind.PAYOUT_IN_TRANSIT: "-9"}),
    (
        "REC-2",
        lambda: postings.transfer_returned(D(9), repaid_by=VENDOR),
        {Kind.VENDOR_AVAILABLE: "9", Kind.PAYOUT_IN_TRANSIT: "-9"},
    ),
    (
        "E9",
        lambda: postings.chargeback_opened(D(50), D(15)),
        {Kind.CHARGEBACK_RECEIVABLE: "50", Kind.CHARGEBACK_FEES: "15", Kind.PSP_CLEARING: "-65"},
    ),
    ("E9, more", lambda: postings.chargeback_fee(D(3)), {Kind.CHARGEBACK_FEES: "3", Kind.PSP_CLEARING: "-3"}),
    ("E9, less", lambda: postings.chargeback_fee(D(-3)), {Kind.CHARGEBACK_FEES: "-3", Kind.PSP_CLEARING: "3"}),
    (
        "E9b",
        lambda: postings.chargeback_reserved(VENDOR, D(9)),
        {Kind.VENDOR_AVAILABLE: "9", Kind.VENDOR_RESERVED: "-9"},
    ),
    (
        "E9b, on hold",
        lambda: postings.chargeback_reserved(VENDOR, D(9), pending=D(4)),
        {Kind.VENDOR_PENDING: "4", Kind.VENDOR_AVAILABLE: "5", Kind.VENDOR_RESERVED: "-9"},
    ),
    (
        "E10",
        lambda: postings.chargeback_lost(VENDOR, D(50), D(44), commission=D(5)),
        {
            Kind.VENDOR_RESERVED: "44",
            Kind.COMMISSION_REVENUE: "5",
            Kind.CHARGEBACK_LOSS: "1",
            Kind.CHARGEBACK_RECEIVABLE: "-50",
        },
    ),
    ("E10b", lambda: postings.chargeback_won(D(50)), {Kind.PSP_CLEARING: "50", Kind.CHARGEBACK_RECEIVABLE: "-50"}),
    ("E11", lambda: postings.transfer_reversed(VENDOR, D(9)), {Kind.PSP_CLEARING: "9", Kind.VENDOR_AVAILABLE: "-9"}),
    ("E12", lambda: postings.debt_written_off(VENDOR, D(9)), {Kind.VENDOR_WRITEOFF: "9", Kind.VENDOR_AVAILABLE: "-9"}),
    ("E13", lambda: postings.plan_fee_charged(D(30)), {Kind.PSP_CLEARING: "30", Kind.SUBSCRIPTION_REVENUE: "-30"}),
    (
        "SUB-7",
        lambda: postings.plan_fee_charged(D(30), from_balance_of=VENDOR),
        {Kind.VENDOR_AVAILABLE: "30", Kind.SUBSCRIPTION_REVENUE: "-30"},
    ),
    (
        "E14",
        lambda: postings.adjustment(debit(Kind.SUSPENSE, D(2)), credit(Kind.PSP_FEES, D(2))),
        {Kind.SUSPENSE: "2", Kind.PSP_FEES: "-2"},
    ),
]


@pytest.mark.parametrize(
    ("template", "expected"), [case[1:] for case in TEMPLATES], ids=[case[0] for case in TEMPLATES]
)
def test_templates(template, expected):
    """E2 to E6, E9 to E14; MON-3, PAY-13, REC-2, SUB-7."""
    assert sums(template()) == {kind: Decimal(amount) for kind, amount in expected.items()}
