"""Asking for a refund: caps, kinds, who may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.database import session_factory
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services.refunds.request import Line, request
from models import Notification, Order, Payment, Refund, StatusHistory, User
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories.acting import acting_for
from tests.factories.orders import items_of, make_order, payment_of
from tests.factories.users import make_user


def ask(session, order, who, amount=None, kind=RefundKind.GOODWILL, lines=(), **rest):
    return request(
        session,
        order=order,
        kind=kind,
        reason=RefundReason.OTHER,
        amount=None if amount is None else Decimal(amount),
        lines=lines,
        acting=acting_for(who),
        **rest,
    )


def by_quantity(session, order):
    return sorted(items_of(session, order), key=lambda item: -item.quantity)


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, Role.ADMIN)


class TestCap:
    def test_partials_up_to_what_was_captured_and_not_a_cent_more(self, session, admin):
        """REF-1: the sum of partials may equal what was captured; one minor unit more is refused."""
        order = make_order(session, lines=((1, "100.00"),))
        for amount in ("33.33", "33.33", "33.34"):
            ask(session, order, admin, amount)
        with pytest.raises(DomainError) as refused:
            ask(session, order, admin, "0.01")
        assert refused.value.code == "refund_exceeds_balance"
        assert payment_of(session, order).refund_reserved == Decimal(100)

    def test_two_at_once_do_not_break_it(self, clean_database):
        """REF-1: captured 100, two concurrent refunds of 60: one is accepted, one refused."""
        factory = session_factory(clean_database)
        with factory.begin() as session:
            order_id = make_order(session, lines=((1, "100.00"),)).id
            admin = make_user(session)
        start = Barrier(2)

        def one() -> str:
            with factory() as session:
                order = session.get_one(Order, order_id)
                start.wait()
                try:
                    ask(session, order, admin, "60.00")
                except DomainError as refused:
                    return refused.code
                session.commit()
                return "accepted"

        with ThreadPoolExecutor(2) as pool:
            results = sorted(future.result() for future in [pool.submit(one), pool.submit(one)])
        assert results == ["accepted", "refund_exceeds_balance"]
        with factory() as session:
            assert session.scalar(sa.select(sa.func.sum(Refund.amount))) == Decimal(60)

    def test_the_database_refuses_it_by_itself(self, session, admin):
        """REF-1: the CHECK on payments holds against raw SQL."""
        order = make_order(session, lines=((1, "100.00"),))
        ask(session, order, admin, "60.00")
        copy = (
            "INSERT INTO refunds (id, order_id, payment_id, kind, amount, currency, reason, requested_by)"
            " SELECT uuid7(), order_id, payment_id, kind, 60, currency, reason, requested_by FROM refunds"
        )
        with pytest.raises(IntegrityError) as refused:
            session.execute(sa.text(copy))
        assert "refunds_within_captured" in str(refused.value.orig)

    def test_an_unpaid_order_has_nothing_to_refund(self, session, admin):
        """REF-1"""
        with pytest.raises(DomainError) as refused:
            ask(session, make_order(session, paid=False), admin, "1.00")
        assert refused.value.code == "not_paid"


class TestKinds:
    def test_lines_add_up(self, session, admin):
        """REF-3: the amount of a refund of lines is their sum, and its lines are kept."""
        order = make_order(session, lines=((2, "10.00"), (1, "5.00")))
        first, second = by_quantity(session, order)
        lines = [
            Line(order_item_id=first.id, quantity=1, amount=Decimal("10.00")),
            Line(order_item_id=second.id, quantity=1, amount=Decimal("5.00")),
        ]
        assert ask(session, order, admin, kind=RefundKind.LINES, lines=lines).amount == Decimal("15.00")

    @pytest.mark.parametrize(("quantity", "amount"), [(3, "10.00"), (1, "20.01"), (-1, "1.00"), (1, "0"), (1, "0.001")])
    def test_a_line_has_its_own_caps(self, session, admin, quantity, amount):
        """REF-2: neither more units nor more money than the line had."""
        order = make_order(session, lines=((2, "10.00"), (1, "500.00")))
        line = Line(order_item_id=by_quantity(session, order)[0].id, quantity=quantity, amount=Decimal(amount))
        with pytest.raises(InvalidInputError):
            ask(session, order, admin, kind=RefundKind.LINES, lines=[line])

    def test_a_line_counts_what_went_before(self, session, admin):
        """REF-2"""
        order = make_order(session, lines=((2, "10.00"), (1, "500.00")))
        line = Line(order_item_id=by_quantity(session, order)[0].id, quantity=1, amount=Decimal("15.00"))
        ask(session, order, admin, kind=RefundKind.LINES, lines=[line])
        with pytest.raises(InvalidInputError, match=r"5\.00 USD can still"):
            ask(session, order, admin, kind=RefundKind.LINES, lines=[line])

    def test_a_line_of_another_order_does_not_exist(self, session, admin):
        """ACC-1"""
        other = items_of(session, make_order(session))[0]
        line = Line(order_item_id=other.id, quantity=1, amount=Decimal(1))
        with pytest.raises(NotFoundError):
            ask(session, make_order(session), admin, kind=RefundKind.LINES, lines=[line])

    def test_shipping_has_its_own_cap(self, session, admin):
        """REF-2"""
        order = make_order(session, shipping="7.00")
        ask(session, order, admin, "5.00", RefundKind.SHIPPING)
        with pytest.raises(InvalidInputError, match=r"2\.00 USD of the shipping"):
            ask(session, order, admin, "2.01", RefundKind.SHIPPING)

    @pytest.mark.parametrize(
        ("kind", "amount"), [(RefundKind.GOODWILL, None), (RefundKind.GOODWILL, "0"), (RefundKind.LINES, "1")]
    )
    def test_an_incomplete_request_is_refused(self, session, admin, kind, amount):
        """REF-3"""
        with pytest.raises(InvalidInputError):
            ask(session, make_order(session), admin, amount, kind)

    def test_an_amount_finer_than_the_currency_is_refused(self, session, admin):
        """MON-1"""
        with pytest.raises(InvalidInputError, match="finer"):
            ask(session, make_order(session, currency="JPY", lines=((1, "500"),)), admin, "0.5")

    @pytest.mark.parametrize(("currency", "amount"), [("KWD", "1.234"), ("MGA", "1.50")])
    def test_what_stripe_cannot_carry_is_not_asked_for(self, session, admin, currency, amount):
        """MON-3: refused at the request, not after somebody approved it."""
        order = make_order(session, currency=currency, lines=((1, "500"),))
        with pytest.raises(InvalidInputError, match="Stripe takes"):
            ask(session, order, admin, amount)


class TestWho:
    @pytest.mark.parametrize("role", [Role.VENDOR, Role.LOGISTICS])
    def test_others_may_not_ask(self, session, role):
        """WHO-1: admins and finance request refunds, nobody else."""
        with pytest.raises(ForbiddenError):
            ask(session, make_order(session), make_user(session, role), "1.00")

    def test_nobody_is_not_a_person(self, session, admin):
        """WHO-1: a sweep with an admin's rights asks for nothing."""
        machine = replace(acting_for(admin), user_id=None)
        with pytest.raises(ForbiddenError, match="person"):
            request(
                session, order=make_order(session), kind=RefundKind.GOODWILL, reason=RefundReason.OTHER,
                amount=Decimal(1), acting=machine,
            )  # fmt: skip

    @pytest.mark.parametrize(("amount", "second"), [("499.99", False), ("500.00", True)])
    def test_the_second_person_is_frozen_at_the_request(self, session, admin, amount, second):
        """WHO-1, REF-5: from the threshold on."""
        refund = ask(session, make_order(session, lines=((1, "1000.00"),)), admin, amount)
        assert refund.second_person_required is second

    def test_history_and_finance_are_told(self, session, admin):
        """STM-1: the request is the first row of the refund's history; every finance clerk but the maker is told."""
        clerk = make_user(session, Role.FINANCE)
        refund = ask(session, make_order(session), admin, "1.00", note="because")
        history = session.scalars(sa.select(StatusHistory).where(StatusHistory.entity_id == refund.id)).one()
        assert (history.from_status, history.to_status, history.actor) == (None, RefundStatus.REQUESTED, "A")
        told = session.scalars(sa.select(Notification.user_id).where(Notification.subject_id == refund.id)).all()
        assert clerk.id in told
        assert admin.id not in told

    def test_the_reserve_follows_the_payment(self, session, admin):
        """REF-1: what is requested is reserved on the payment at once."""
        order = make_order(session)
        ask(session, order, admin, "40.00")
        payment = session.scalars(
            sa.select(Payment).where(Payment.order_id == order.id).execution_options(populate_existing=True)
        ).one()
        assert payment.refundable == Decimal(60)
