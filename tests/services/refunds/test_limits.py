"""What may still be given back, and whole orders (REF-2, REF-3, REF-10, ORD-4)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission, Role
from backoffice.services.refunds import decide
from backoffice.services.refunds.draft import Line, draft
from backoffice.services.refunds.limits import line_limits, overpaid, shipping_limit
from backoffice.services.shares import request_amount, request_everything
from models import OrderItem, RefundItem
from models.order import DiscountFunder, PaymentStatus
from models.refund import RefundKind, RefundReason
from tests.factories import acting_for, items_of, make_order, make_payment, make_user
from tests.factories.money import ask, make_paid_refund, pay_refund


@pytest.fixture
def admin(session):
    return acting_for(make_user(session))


def taxed(session, *, tax="10.00", discount="0", **values):
    subtotal = Decimal("100.00")
    return make_order(
        session,
        tax_amount=Decimal(tax),
        discount_amount=Decimal(discount),
        discount_funded_by=DiscountFunder.VENDOR if Decimal(discount) else None,
        total_amount=subtotal + Decimal(tax) - Decimal(discount),
        **values,
    )


def everything(session, order, acting):
    return request_everything(
        session,
        order,
        reason=RefundReason.OTHER,
        note="Cancelled",
        acting=acting,
        permission=Permission.REFUNDS_REQUEST,
    )


class TestLines:
    def test_tax_follows_pro_rata_and_never_drifts(self, session):
        """REF-2, MON-6: thirds of a tax of 10.00 are 3.33, 3.34, 3.33."""
        order = taxed(session)
        [line] = items_of(session, order)
        taxes = []
        for amount in ("33.33", "33.34", "33.33"):
            asked = Line(order_item_id=line.id, quantity=0, amount=Decimal(amount))
            made = draft(session, order, RefundKind.LINES, amount=None, lines=[asked])
            taxes.append(made.lines[0].tax)
            pay_refund(session, ask(session, order, str(made.total)))
        assert taxes == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
        assert line_limits(session, order)[line.id].total == 0

    def test_units_share_what_is_left_and_never_drift(self, session):
        """REF-2, MON-6: three units at 10.00 together come to 10.00, one after the other and at once."""
        order = make_order(
            session,
            lines=((3, "3.34"),),
            discount_amount=Decimal("0.02"),
            discount_funded_by=DiscountFunder.VENDOR,
            total_amount=Decimal("10.00"),
        )
        [line] = items_of(session, order)
        assert line_limits(session, order)[line.id].amount_of(3) == Decimal("10.00")
        amounts = []
        for _ in range(3):
            amounts.append(line_limits(session, order)[line.id].amount_of(1))
            asked = Line(order_item_id=line.id, quantity=1, amount=amounts[-1])
            pay_refund(session, ask(session, order, kind=RefundKind.LINES, lines=[asked]))
        assert amounts == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
        assert line_limits(session, order)[line.id].amount_of(1) == 0

    def test_a_discount_is_not_given_back(self, session):
        """REF-2: the cap is what the customer paid."""
        order = taxed(session, discount="15.00")
        [line] = items_of(session, order)
        limit = line_limits(session, order)[line.id]
        assert (limit.units, limit.amount, limit.tax, limit.paid) == (1, Decimal(85), Decimal(10), Decimal(85))
        asked = Line(order_item_id=line.id, quantity=1, amount=Decimal("85.01"))
        with pytest.raises(InvalidInputError, match=r"85\.00 USD can still"):
            draft(session, order, RefundKind.LINES, amount=None, lines=[asked])

    def test_what_was_rejected_or_failed_is_free_again(self, session):
        """REF-1, REF-2, REF-4"""
        order = make_order(session, shipping="5.00")
        [line] = items_of(session, order)
        refund = ask(session, order, "105.00")
        assert (line_limits(session, order)[line.id].units, shipping_limit(session, order)) == (0, 0)
        decide.reject(session, refund, note="No", acting=acting_for(make_user(session, Role.FINANCE)))
        limit = line_limits(session, order)[line.id]
        assert (limit.units, limit.total, shipping_limit(session, order)) == (1, Decimal(100), Decimal(5))

    def test_lines_belong_to_refunds_of_lines(self, session):
        """REF-3"""
        order = make_order(session)
        asked = Line(order_item_id=items_of(session, order)[0].id, quantity=1, amount=Decimal(1))
        with pytest.raises(InvalidInputError, match="has no order lines"):
            draft(session, order, RefundKind.GOODWILL, amount=Decimal(1), lines=[asked])

    def test_shipping_beside_lines_has_its_cap_too(self, session):
        """REF-2"""
        order = make_order(session, shipping="5.00")
        asked = Line(order_item_id=items_of(session, order)[0].id, quantity=1, amount=Decimal(1))
        made = draft(session, order, RefundKind.LINES, amount=None, lines=[asked], shipping=Decimal("5.00"))
        assert (made.total, made.shipping) == (Decimal("6.00"), Decimal("5.00"))
        with pytest.raises(InvalidInputError, match="of the shipping cost"):
            draft(session, order, RefundKind.LINES, amount=None, lines=[asked], shipping=Decimal("5.01"))


class TestOverpaid:
    def test_only_what_is_above_the_total(self, session):
        """REF-3: what was given back of it is not there a second time."""
        order = make_order(session)
        assert overpaid(session, order) == 0
        make_payment(session, order, amount=Decimal("30.00"))
        make_paid_refund(session, order, "10.00", kind=RefundKind.OVERPAYMENT)
        assert overpaid(session, order) == Decimal("20.00")
        with pytest.raises(InvalidInputError, match=r"Only 20\.00 USD was paid too much"):
            ask(session, order, "20.01", kind=RefundKind.OVERPAYMENT)

    def test_a_paid_order_owes_nothing_and_is_refunded_all_the_same(self, session):
        """REF-3: zero outstanding balance is no reason to refuse."""
        order = make_order(session)
        make_paid_refund(session, order, "100.00")
        assert order.payment_status is PaymentStatus.REFUNDED


class TestWholeOrders:
    def test_an_amount_is_shared_by_what_is_left(self, session, admin):
        """MON-6: 100.00 over three equal lines; one that is given back whole counts with its units."""
        order = make_order(session, lines=((1, "40.00"), (2, "20.00"), (1, "40.00")), shipping="6.00")
        refund = request_amount(
            session, order, amount=Decimal("100.00"), reason=RefundReason.OTHER, note="x", acting=admin
        )
        rows = _rows(session, refund)
        assert sorted(row.amount for row in rows) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
        assert {row.quantity for row in rows} == {0}
        rest = request_amount(
            session, order, amount=Decimal("26.00"), reason=RefundReason.OTHER, note="x", acting=admin
        )
        assert (rest.amount, rest.shipping_amount) == (Decimal("26.00"), Decimal("6.00"))
        assert sum(row.quantity for row in _rows(session, rest)) == 4

    @pytest.mark.parametrize("amount", ["0", "-1.00"])
    def test_nothing_is_not_an_amount(self, session, admin, amount):
        """REF-3"""
        with pytest.raises(InvalidInputError):
            request_amount(
                session, make_order(session), amount=Decimal(amount), reason=RefundReason.OTHER, note="x", acting=admin
            )

    def test_everything_goes_back_payment_by_payment(self, session, admin):
        """ORD-4, REF-3: what was paid too much first, then the order, each to the payment that brought it."""
        order = make_order(session, paid=False, tax_amount=Decimal("7.00"), total_amount=Decimal("107.00"))
        make_payment(session, order, amount=Decimal("60.00"))
        make_payment(session, order, amount=Decimal("60.00"))
        order.payment_status = PaymentStatus.PAID
        session.flush()
        refunds = everything(session, order, admin)
        assert [(refund.kind, refund.amount) for refund in refunds] == [
            (RefundKind.OVERPAYMENT, Decimal("13.00")),
            (RefundKind.LINES, Decimal("47.00")),
            (RefundKind.LINES, Decimal("60.00")),
        ]
        assert len({refund.payment_id for refund in refunds}) == 2
        goods, tax = session.execute(
            sa.select(sa.func.sum(RefundItem.amount), sa.func.sum(RefundItem.tax_amount))
        ).one()
        assert (goods, tax) == (Decimal("100.00"), Decimal("7.00"))

    def test_everything_means_what_is_left(self, session, admin):
        """ORD-4, REF-1: what went back before is not asked for again."""
        order = make_order(session, shipping="5.00")
        make_paid_refund(session, order, "5.00", kind=RefundKind.SHIPPING)
        make_paid_refund(session, order, "30.00")
        [refund] = everything(session, order, admin)
        assert (refund.amount, refund.shipping_amount) == (Decimal("70.00"), 0)
        assert everything(session, order, admin) == []

    def test_everything_after_goodwill_is_what_the_payment_still_holds(self, session, admin):
        """REF-1, ORD-4: goodwill took of the money and of no line."""
        order = make_order(session)
        make_paid_refund(session, order, "10.00", kind=RefundKind.GOODWILL)
        [refund] = everything(session, order, admin)
        assert refund.amount == Decimal("90.00")

    def test_an_unpaid_order_has_nothing(self, session, admin):
        """REF-1"""
        with pytest.raises(DomainError, match="no captured payment"):
            everything(session, make_order(session, paid=False), admin)


def _rows(session, refund):
    query = sa.select(RefundItem).join(OrderItem).where(RefundItem.refund_id == refund.id)
    return session.scalars(query.order_by(OrderItem.id)).all()
