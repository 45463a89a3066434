"""Whose rate a line has, what it comes to, when it is frozen, and what a refund gives back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.services import commission
from backoffice.services.transitions import move
from models import Order, OrderItem, PlatformSetting, StatusHistory, Subscription, VendorProfile
from models.order import DiscountFunder, OrderStatus
from models.order_item import CommissionSource
from models.product import ProductStatus
from models.refund import CommissionPolicy
from models.subscription import SubscriptionStatus
from tests.factories import items_of, make_order, make_plan, make_product, make_subscription, make_vendor
from tests.models.refusals import refused

ZERO = Decimal(0)


def ago(days: int) -> dt.datetime:
    return dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC) - dt.timedelta(days=days)


def put(session: Session, key: str, value: Any) -> None:
    session.execute(sa.update(PlatformSetting).where(PlatformSetting.key == key).values(value=value))


def profile_of(session: Session, order: Order) -> VendorProfile:
    return session.scalars(sa.select(VendorProfile).where(VendorProfile.vendor_id == order.vendor_id)).one()


def pending(session: Session, *, override: str | None = None, **values: Any) -> Order:
    """An unpaid order of a vendor with an 8 % plan since long before, over one product."""
    vendor = make_vendor(session)
    make_subscription(session, vendor=vendor, start_date=ago(400))
    rate = None if override is None else Decimal(override)
    product = make_product(session, vendor=vendor, status=ProductStatus.ACTIVE, commission_rate_override=rate)
    return make_order(session, vendor=vendor, product=product, paid=False, **({"created_at": ago(0)} | values))


def only(session: Session, order: Order) -> commission.Rate:
    [rate] = commission.resolve(session, order).values()
    return rate


class TestResolve:
    def test_the_first_that_is_set_wins_and_zero_is_set(self, session: Session) -> None:
        """COM-1: product 0 %, plan 8 %, default 10 % -> 0 %."""
        order = pending(session, override="0")
        assert only(session, order) == commission.Rate(
            rate=ZERO, source=CommissionSource.PRODUCT, source_id=items_of(session, order)[0].product_id
        )

    def test_the_contract_beats_the_plan(self, session: Session) -> None:
        """COM-1."""
        order = pending(session)
        profile = profile_of(session, order)
        profile.commission_rate = ZERO
        session.flush()
        assert only(session, order) == commission.Rate(rate=ZERO, source=CommissionSource.VENDOR, source_id=profile.id)

    def test_the_plan_beats_the_default(self, session: Session) -> None:
        """COM-1."""
        order = pending(session)
        subscription = session.scalars(sa.select(Subscription)).one()
        assert only(session, order) == commission.Rate(
            rate=Decimal("0.08"), source=CommissionSource.PLAN, source_id=subscription.id
        )

    @pytest.mark.parametrize("created_at", [ago(401), ago(3650)])
    def test_before_the_subscription_the_default_holds(self, session: Session, created_at: dt.datetime) -> None:
        """COM-1: what counts is the moment in which the order was placed."""
        order = pending(session, created_at=created_at)
        assert only(session, order) == commission.Rate(
            rate=Decimal("0.1"), source=CommissionSource.DEFAULT, source_id=None
        )

    @pytest.mark.parametrize(
        ("status", "placed", "source"),
        [
            (SubscriptionStatus.SUSPENDED, 0, CommissionSource.DEFAULT),
            (SubscriptionStatus.SUSPENDED, 20, CommissionSource.PLAN),
            (SubscriptionStatus.EXPIRED, 0, CommissionSource.DEFAULT),
            (SubscriptionStatus.EXPIRED, 20, CommissionSource.PLAN),
            (SubscriptionStatus.CANCELLED, 0, CommissionSource.PLAN),
        ],
    )
    def test_a_suspension_counts_for_new_orders_only(
        self, session: Session, status: SubscriptionStatus, placed: int, source: CommissionSource
    ) -> None:
        """COM-1, SUB-6: what it was then counts; a cancelled one gives what was paid for until it ends (SUB-4)."""
        order = pending(session, created_at=ago(placed))
        subscription = session.scalars(sa.select(Subscription)).one()
        subscription.cancelled_at, subscription.suspended_at, subscription.status = ago(10), ago(10), status
        session.add(
            StatusHistory(
                created_at=ago(10),
                entity="subscriptions",
                entity_id=subscription.id,
                from_status="active",
                to_status=status.value,
                actor=Actor.SYSTEM.value,
            )
        )
        session.flush()
        assert only(session, order).source is source

    def test_a_subscription_gives_nothing_after_its_end(self, session: Session) -> None:
        """COM-1, SUB-4: before the job has noticed, too."""
        order = pending(session)
        session.scalars(sa.select(Subscription)).one().end_date = ago(1)
        session.flush()
        assert only(session, order).source is CommissionSource.DEFAULT


class TestFreeze:
    def test_what_is_frozen_stays_when_the_plan_changes(self, session: Session) -> None:
        """COM-2, COM-5: the rate of an old order moves neither by itself nor by hand."""
        order = pending(session)
        commission.freeze(session, order)
        move(session, order, OrderStatus.CONFIRMED, acting=Acting.system())
        subscription = session.scalars(sa.select(Subscription)).one()
        subscription.plan_id = make_plan(session, commission_rate=Decimal("0.5")).id
        session.flush()
        [line] = items_of(session, order)
        assert (line.commission_rate, line.commission_source) == (Decimal("0.08"), CommissionSource.PLAN)
        assert (line.commission_source_id, line.commission_amount) == (subscription.id, Decimal("8.00"))
        half = commission.reversal(
            line.commission_amount,
            refunded_total=Decimal("50.00"),
            line_total=line.total_price,
            already_reversed=ZERO,
            currency="USD",
        )
        assert half == Decimal("4.00")
        with pytest.raises(DomainError, match="frozen already"):
            commission.freeze(session, order)

    @pytest.mark.parametrize(
        "change",
        [
            {"commission_source_id": None, "commission_source": CommissionSource.DEFAULT},
            {"commission_tax": 1, "vendor_amount": OrderItem.vendor_amount - 1},
            {"tax_amount": 1},
            {"shipping_amount": 1},
            {"discount_amount": 1, "discount_funded_by": DiscountFunder.PLATFORM},
        ],
    )
    def test_the_database_refuses_a_change(self, session: Session, change: dict[str, Any]) -> None:
        """COM-2: commission, its source and the line's shares; before the order is confirmed they may change."""
        order = pending(session)
        commission.freeze(session, order)
        move(session, order, OrderStatus.CONFIRMED, acting=Acting.system())
        with refused(session, "tr_order_items_frozen"):
            session.execute(sa.update(OrderItem).where(OrderItem.order_id == order.id).values(change))

    def test_one_side_is_rounded_the_other_is_the_remainder(self, session: Session) -> None:
        """MON-5: 6.45 at 30 % is 1.94 and 4.51."""
        order = pending(session, override="0.3", lines=((1, "6.45"),))
        commission.freeze(session, order)
        [line] = items_of(session, order)
        assert (line.commission_amount, line.vendor_amount) == (Decimal("1.94"), Decimal("4.51"))

    @pytest.mark.parametrize(
        ("funder", "amounts"),
        [
            (DiscountFunder.VENDOR, ("8.00", "72.00")),
            (DiscountFunder.PLATFORM, ("10.00", "90.00")),
        ],
    )
    def test_only_the_vendors_own_discount_lowers_the_base(
        self, session: Session, funder: DiscountFunder, amounts: tuple[str, str]
    ) -> None:
        """COM-3: 100.00 less 20.00 at 10 %; neither tax nor shipping is part of the base."""
        order = discounted(session, funder, override="0.1")
        commission.freeze(session, order)
        [line] = items_of(session, order)
        assert (line.commission_amount, line.vendor_amount) == tuple(map(Decimal, amounts))

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({"commission.include_tax": True}, "8.60"),
            ({"commission.include_shipping": True}, "8.40"),
            ({"commission.include_tax": True, "commission.include_shipping": True}, "9.00"),
        ],
    )
    def test_the_settings_widen_the_base(self, session: Session, settings: dict[str, bool], expected: str) -> None:
        """COM-3: with 6.00 of tax, 4.00 of shipping, or both."""
        order = discounted(session, DiscountFunder.VENDOR, override="0.1")
        for key, value in settings.items():
            put(session, key, value)
        commission.freeze(session, order)
        assert items_of(session, order)[0].commission_amount == Decimal(expected)

    def test_a_line_never_costs_more_than_it_brought(self, session: Session) -> None:
        """COM-7: 100 % of a base that includes tax is no more than the goods are worth."""
        order = discounted(session, DiscountFunder.VENDOR, override="1")
        put(session, "commission.include_tax", True)
        commission.freeze(session, order)
        [line] = items_of(session, order)
        assert (line.commission_amount, line.vendor_amount) == (Decimal("80.00"), ZERO)

    def test_tax_on_the_commission_comes_on_top(self, session: Session) -> None:
        """COM-8: 19 % of 8.00 is 1.52; the vendor's earning is what is left of the line."""
        order = pending(session)
        put(session, "commission.tax_rate", "0.19")
        commission.freeze(session, order)
        [line] = items_of(session, order)
        assert (line.commission_tax, line.vendor_amount) == (Decimal("1.52"), Decimal("90.48"))

    def test_the_lines_add_up_to_the_order(self, session: Session) -> None:
        """MON-5, MON-6: whatever does not divide falls on the first line, and nothing is lost."""
        order = pending(
            session,
            lines=((1, "10.00"), (1, "10.00"), (1, "10.00")),
            tax_amount=Decimal("1.00"),
            discount_amount=Decimal("0.10"),
            discount_funded_by=DiscountFunder.PLATFORM,
            shipping_amount=Decimal("2.00"),
            total_amount=Decimal("32.90"),
        )
        put(session, "commission.tax_rate", "0.19")
        commission.freeze(session, order)
        lines = items_of(session, order)
        assert [line.tax_amount for line in lines] == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
        assert [line.discount_amount for line in lines] == [Decimal("0.04"), Decimal("0.03"), Decimal("0.03")]
        whole = sum(
            line.vendor_amount
            + line.commission_amount
            + line.commission_tax
            + line.tax_amount
            + line.shipping_amount
            - line.discount_amount
            for line in lines
        )
        assert whole == order.total_amount


class TestReversal:
    def test_many_small_refunds_do_not_drift(self) -> None:
        """COM-4: 10.00 with 1.25, refunds of 3.33 / 3.33 / 3.34 -> 0.42 / 0.41 / 0.42."""
        given, back = ZERO, []
        for amount in map(Decimal, ("3.33", "3.33", "3.34")):
            given += amount
            back.append(reversal("1.25", given, "10.00", sum(back, ZERO)))
        assert back == [Decimal("0.42"), Decimal("0.41"), Decimal("0.42")]

    def test_a_refund_that_failed_late_takes_it_again(self) -> None:
        """COM-4."""
        assert reversal("1.25", ZERO, "10.00", Decimal("0.42")) == Decimal("-0.42")

    def test_with_keep_the_vendor_bears_it_whole(self) -> None:
        """COM-6."""
        assert reversal("1.25", Decimal("5.00"), "10.00", ZERO, policy=CommissionPolicy.KEEP) == ZERO

    @pytest.mark.parametrize("refunded", ["-0.01", "10.01"])
    def test_more_than_the_line_is_no_refund_of_it(self, refunded: str) -> None:
        """COM-7."""
        with pytest.raises(ValueError, match="between nothing and all"):
            reversal("1.25", Decimal(refunded), "10.00", ZERO)

    @pytest.mark.parametrize("value", list(CommissionPolicy))
    def test_the_policy_is_a_setting(self, session: Session, value: CommissionPolicy) -> None:
        """COM-6."""
        put(session, "refund.commission_policy", value.value)
        assert commission.policy(session) is value


def reversal(total: str, refunded: Decimal, line_total: str, already: Decimal, **options: Any) -> Decimal:
    return commission.reversal(
        Decimal(total),
        refunded_total=refunded,
        line_total=Decimal(line_total),
        already_reversed=already,
        currency="USD",
        **options,
    )


def discounted(session: Session, funder: DiscountFunder, *, override: str) -> Order:
    """100.00 less 20.00, with 6.00 of tax and 4.00 of shipping."""
    amounts = {"discount_amount": 20, "tax_amount": 6, "shipping_amount": 4, "total_amount": 90}
    exact = {name: Decimal(amount) for name, amount in amounts.items()}
    return pending(session, override=override, discount_funded_by=funder, **exact)
