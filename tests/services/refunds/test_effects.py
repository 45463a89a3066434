"""Whose money a refund is, to the last minor unit (COM-4 to COM-6, COM-8, REF-2, REF-8)."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.services.ledger.postings import RefundShares
from backoffice.services.payouts import earnings
from backoffice.services.refunds import effects
from models import JournalLine, LedgerAccount, OrderItem, PlatformSetting, RefundItem
from models.ledger import AccountKind as Kind
from models.order import DiscountFunder, OrderStatus, PaymentStatus, TaxRemitter
from models.refund import CommissionPolicy, RefundBearer, RefundKind
from tests.factories import items_of, make_order, make_payment, make_refund
from tests.factories.money import ask, make_delivered_order, make_paid_refund, pay_refund

#: A line of 90.00 after a discount of 10.00, with tax, commission of ten percent and tax on it.
PRICES = {"lines": ((1, "100.00"),), "tax_amount": Decimal("9.00"), "discount_amount": Decimal("10.00")}


def sums(session):
    """What every account has, debits positive."""
    rows = session.execute(
        sa.select(LedgerAccount.kind, sa.func.sum(JournalLine.amount))
        .join(JournalLine, JournalLine.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.kind)
    )
    return {kind: amount for kind, amount in rows if amount}


def discounted(session, funder, remitter=TaxRemitter.PLATFORM):
    return make_order(
        session,
        **PRICES,
        total_amount=Decimal("99.00"),
        discount_funded_by=funder,
        tax_remitter=remitter,
    )


def confirm(session, order):
    """The commission of an order is frozen from here on (COM-2)."""
    session.flush()
    order.status, order.payment_status = OrderStatus.CONFIRMED, PaymentStatus.PAID
    session.flush()
    make_payment(session, order)


def nothing_but(**shares):
    return dataclasses.replace(
        RefundShares(vendor_id=None), **{name: Decimal(amount) for name, amount in shares.items()}
    )


def effect_of(session, order, refund, amount, tax="0", before=None):
    [line] = items_of(session, order)
    return effects.line_effect(
        line,
        order,
        amount=Decimal(amount),
        tax=Decimal(tax),
        before=before or effects.Reversed(),
        bearer=refund.bearer,
        policy=refund.commission_policy,
    )


def whole(effect):
    taken = effect.vendor + effect.commission + effect.commission_tax + effect.sales_tax + effect.goodwill
    return taken - effect.promotion


class TestCommission:
    def test_it_is_given_back_cumulatively(self, session):
        """COM-4: line 10.00, commission 1.25, refunds 3.33, 3.33, 3.34: 0.42, 0.41, 0.42, together 1.25."""
        order = make_order(session, lines=((1, "10.00"),), rate="0.125000")
        refunds = [make_paid_refund(session, order, amount) for amount in ("3.33", "3.33", "3.34")]
        query = sa.select(RefundItem).where(RefundItem.refund_id.in_([refund.id for refund in refunds]))
        rows = session.scalars(query.order_by(RefundItem.id)).all()
        assert [row.commission_amount for row in rows] == [Decimal("0.42"), Decimal("0.41"), Decimal("0.42")]
        assert [row.vendor_amount for row in rows] == [Decimal("2.91"), Decimal("2.92"), Decimal("2.92")]
        assert sums(session) == {}

    def test_it_follows_the_lines_own_frozen_rate(self, session):
        """COM-5, COM-2: neither the order's blended rate nor today's."""
        order = make_order(session, lines=((1, "100.00"), (1, "100.00")), paid=False)
        cheap, dear = items_of(session, order)
        for line, rate in ((cheap, "0.05"), (dear, "0.20")):
            line.commission_rate = Decimal(rate)
            line.commission_amount = 100 * Decimal(rate)
            line.vendor_amount = 100 - line.commission_amount
        confirm(session, order)
        refund = ask(session, order, "100.00")
        session.execute(
            sa.update(PlatformSetting).where(PlatformSetting.key == "commission.default_rate").values(value="0.500000")
        )
        found = effects.line_effects(session, refund, order)
        by_line = {
            line: found[item].commission
            for item, line in session.execute(
                sa.select(RefundItem.id, RefundItem.order_item_id).where(RefundItem.refund_id == refund.id)
            )
        }
        assert by_line == {cheap.id: Decimal("2.50"), dear.id: Decimal("10.00")}

    def test_with_keep_the_vendor_bears_all_of_it(self, session):
        """COM-6: vendor debit = R; what it takes is not counted as given back later."""
        order = make_order(session)
        refund = ask(session, order, "40.00")
        refund.commission_policy = CommissionPolicy.KEEP
        pay_refund(session, refund)
        assert sums(session) == {
            Kind.PSP_CLEARING: Decimal("60.00"),
            Kind.COMMISSION_REVENUE: Decimal("-10.00"),
            Kind.VENDOR_PENDING: Decimal("-50.00"),
        }
        make_paid_refund(session, order, "60.00")
        assert sums(session)[Kind.COMMISSION_REVENUE] == Decimal("-4.00")

    def test_the_tax_on_it_goes_back_with_it(self, session):
        """COM-8"""
        order = make_order(session, paid=False)
        [line] = items_of(session, order)
        line.commission_tax, line.vendor_amount = Decimal(2), Decimal(88)
        confirm(session, order)
        effect = effect_of(session, order, make_refund(session, order), "50.00")
        assert (effect.commission, effect.commission_tax, effect.vendor) == (5, 1, 44)


class TestParts:
    def test_tax_that_the_platform_remits_is_the_platforms(self, session):
        """REF-2, E7: it comes out of what is owed to the tax office, not out of the vendor."""
        order = discounted(session, DiscountFunder.VENDOR)
        effect = effect_of(session, order, make_refund(session, order), "45.00", "4.50")
        assert (effect.vendor, effect.commission, effect.sales_tax) == (
            Decimal("40.50"), Decimal("4.50"), Decimal("4.50"),
        )  # fmt: skip

    def test_a_vendor_who_remits_tax_bears_it(self, session):
        """E1"""
        order = discounted(session, DiscountFunder.VENDOR, TaxRemitter.VENDOR)
        effect = effect_of(session, order, make_refund(session, order), "45.00", "4.50")
        assert (effect.vendor, effect.sales_tax, whole(effect)) == (Decimal("45.00"), 0, Decimal("49.50"))

    def test_a_discount_of_the_platforms_comes_back_to_it(self, session):
        """COM-3, E7: the vendor loses what it earned, the platform gets its part of the discount again."""
        order = discounted(session, DiscountFunder.PLATFORM)
        effect = effect_of(session, order, make_refund(session, order), "45.00", "4.50")
        assert (effect.vendor, effect.commission, effect.promotion) == (
            Decimal("45.00"), Decimal("5.00"), Decimal("5.00"),
        )  # fmt: skip
        assert whole(effect) == Decimal("49.50")

    @pytest.mark.parametrize("funder", DiscountFunder)
    @pytest.mark.parametrize("remitter", TaxRemitter)
    def test_all_of_an_order_leaves_nothing_anywhere(self, session, funder, remitter):
        """COM-4, REF-2, LED-4: in odd parts, with tax, discount and shipping, every account comes to zero."""
        order = make_order(
            session,
            lines=((3, "33.33"), (1, "0.07")),
            shipping="4.99",
            rate="0.123456",
            tax_amount=Decimal("17.01"),
            discount_amount=Decimal("5.55"),
            discount_funded_by=funder,
            tax_remitter=remitter,
            total_amount=Decimal("116.51"),
        )
        for amount in ("0.01", "33.33", "50.01", "33.16"):
            make_paid_refund(session, order, amount)
        assert sums(session) == {}


class TestBearer:
    def test_the_platforms_refund_is_goodwill_and_nothing_else(self, session):
        """REF-8: vendor balance and commission stay as they are."""
        order = make_order(session)
        before = sums(session)
        refund = ask(session, order, "50.00")
        refund.bearer = RefundBearer.PLATFORM
        pay_refund(session, refund)
        assert sums(session) == before | {Kind.PSP_CLEARING: Decimal("50.00"), Kind.GOODWILL_EXPENSE: Decimal("50.00")}

    @pytest.mark.parametrize(("amount", "vendor", "goodwill"), [("50.00", "22.50", "22.50"), ("0.05", "0.02", "0.02")])
    def test_split_halves_what_the_vendor_would_bear(self, session, amount, vendor, goodwill):
        """REF-8, MON-5: commission goes back whole; one half is rounded, the other is the rest."""
        order = make_order(session)
        refund = make_refund(session, order, bearer=RefundBearer.SPLIT)
        effect = effect_of(session, order, refund, amount)
        assert (effect.vendor, effect.goodwill) == (Decimal(vendor), Decimal(goodwill))
        assert whole(effect) == Decimal(amount)

    def test_the_odd_cent_of_a_split_is_the_vendors(self, session):
        """MON-4, MON-5"""
        order = make_order(session)
        refund = make_refund(session, order, bearer=RefundBearer.SPLIT)
        effect = effect_of(session, order, refund, "0.03")
        assert (effect.vendor, effect.commission, effect.goodwill) == (Decimal("0.02"), 0, Decimal("0.01"))

    @pytest.mark.parametrize(
        ("bearer", "shares"),
        [
            (RefundBearer.VENDOR, {"available": "5.01"}),
            (RefundBearer.PLATFORM, {"goodwill": "5.01"}),
            (RefundBearer.SPLIT, {"available": "2.51", "goodwill": "2.50"}),
        ],
    )
    def test_goodwill_is_its_bearers(self, session, bearer, shares):
        """REF-3, REF-8: no line, no commission."""
        order = make_order(session)
        refund = make_refund(session, order, bearer=bearer, amount=Decimal("5.01"))
        found = effects.shares_of(refund, order, [])
        assert dataclasses.replace(found, vendor_id=None) == nothing_but(**shares)

    def test_shipping_comes_out_of_shipping(self, session):
        """REF-2, E1b"""
        order = make_order(session, shipping="7.00")
        make_paid_refund(session, order, "7.00", kind=RefundKind.SHIPPING)
        assert sums(session) == {
            Kind.PSP_CLEARING: Decimal("100.00"),
            Kind.COMMISSION_REVENUE: Decimal("-10.00"),
            Kind.VENDOR_PENDING: Decimal("-90.00"),
        }

    def test_what_was_paid_too_much_comes_out_of_suspense(self, session):
        """REF-3: overpayment; nobody's earning changes."""
        order = make_order(session)
        make_payment(session, order, amount=Decimal("30.00"))
        assert sums(session)[Kind.SUSPENSE] == Decimal("-30.00")
        make_paid_refund(session, order, "30.00", kind=RefundKind.OVERPAYMENT)
        assert Kind.SUSPENSE not in sums(session)


def test_where_the_debit_lands_is_told_line_by_line(session):
    """REC-4, E7: one line is past the hold, the other is not."""
    order = make_delivered_order(session, lines=((1, "100.00"), (1, "60.00")))
    first, second = sorted(items_of(session, order), key=lambda line: -line.total_price)
    second.fulfilled_at = None
    session.flush()
    assert earnings.release(session) == 1
    make_paid_refund(session, order, "80.00")
    assert sums(session) == {
        Kind.PSP_CLEARING: Decimal("80.00"),
        Kind.COMMISSION_REVENUE: Decimal("-8.00"),
        Kind.VENDOR_AVAILABLE: Decimal("-45.00"),
        Kind.VENDOR_PENDING: Decimal("-27.00"),
    }
    kept = dict(session.execute(sa.select(OrderItem.id, RefundItem.vendor_amount).join(RefundItem)).all())
    assert kept == {first.id: Decimal("45.00"), second.id: Decimal("27.00")}
