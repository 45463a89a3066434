"""Refunds through the same path as page, command line and worker: form, plan, submit, run."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from backoffice.actions import registry
from backoffice.actions.base import Result, Settled, Target
from backoffice.actions.refund_forms import RefundRequestForm
from backoffice.actions.submit import Ids, One, can_retry, plan, retry_failed, submit
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError, StaleVersionError
from backoffice.gateways.payments import Refused, Succeeded
from backoffice.permissions import Role
from backoffice.services.refunds.request import request
from models import OperationItem, OrderItem, Refund, RefundItem
from models.operation import OperationItemStatus, OperationStatus
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories import acting_for, make_order, make_user
from tests.factories.orders import items_of

APPROVE, REQUEST, RETRY = (registry.get(f"refund.{verb}") for verb in ("approve", "request", "retry"))


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


@pytest.fixture
def admin(session):
    return acting_for(make_user(session))


@pytest.fixture
def order(session):
    return make_order(session, lines=((2, "300.00"), (1, "40.00")), shipping="10.00")


def ask(session, order, acting, amount="100.00"):
    return request(
        session,
        order=order,
        kind=RefundKind.GOODWILL,
        reason=RefundReason.GOODWILL,
        amount=Decimal(amount),
        acting=acting,
    )


def by_label(session, order):
    """The lines of the form, the one with the most units first."""
    lines = RefundRequestForm.for_target(session, order)["lines"]
    return sorted(lines, key=lambda line: line["label"], reverse=True)


def send(session, action, selection, acting, inputs=None):
    panel = acting.role
    return submit(session, action, selection, inputs or {}, client_key=uuid.uuid4().hex, acting=acting, panel=panel)


class TestRequest:
    def typed(self, session, order, *filled, **more):
        """What a browser posts for the form that this order fills in, with `filled` as (units, amount) by line."""
        offered = by_label(session, order)
        form = MultiDict({"kind": "lines", "reason": "defective", "note": "Broken", "amount": "", **more})
        for number, (line, (units, amount)) in enumerate(zip(offered, filled, strict=True)):
            form[f"lines-{number}-order_item_id"] = line["order_item_id"]
            form[f"lines-{number}-quantity"], form[f"lines-{number}-amount"] = units, amount
        return form

    def run(self, session, order, acting, form):
        operation = send(session, REQUEST, One(order.id), acting, form)
        return REQUEST.run.run(session, order, operation.inputs, acting)

    def test_the_form_offers_what_is_left(self, session, order):
        """REF-2: units and amount of each line that may still be given back."""
        labels = [line["label"] for line in by_label(session, order)]
        name = items_of(session, order)[0].product_name
        assert labels == [
            f"{name} (2 left, 600.00 USD without tax)",
            f"{name} (1 left, 40.00 USD without tax)",
        ]

    def test_lines_that_were_filled_in_are_asked_for(self, session, order, admin):
        """REF-3, WHO-1: an admin fills in one of two lines; its amount is the refund's."""
        message = self.run(session, order, admin, self.typed(session, order, ("1", "250.00"), ("", "")))
        assert message == "Requested 250.00 USD."
        refund = session.scalars(sa.select(Refund).where(Refund.order_id == order.id)).one()
        assert (refund.status, refund.kind, refund.note) == (RefundStatus.REQUESTED, RefundKind.LINES, "Broken")
        line = session.scalars(sa.select(RefundItem).where(RefundItem.refund_id == refund.id)).one()
        assert (line.quantity, line.amount) == (1, Decimal("250.00"))
        left = session.get_one(OrderItem, line.order_item_id)
        assert left.quantity == 2

    def test_units_without_an_amount_are_worth_what_they_cost(self, session, order, admin):
        """REF-2: a line that was filled in by half is never dropped."""
        form = self.typed(session, order, ("1", ""), ("1", "15.00"))
        assert self.run(session, order, admin, form) == "Requested 315.00 USD."

    @pytest.mark.parametrize("units", ["3", "-1"])
    def test_units_that_are_not_left_are_worth_nothing(self, session, order, admin, units):
        """REF-2: the cap refuses them, with or without an amount."""
        with pytest.raises(DomainError):
            send(session, REQUEST, One(order.id), admin, self.typed(session, order, (units, ""), ("", "")))

    def test_a_line_of_another_order_is_worth_nothing(self, session, order, admin):
        """ACC-1: its price is told to nobody."""
        form = self.typed(session, order, ("1", ""), ("", ""))
        [other] = items_of(session, make_order(session))
        form["lines-0-order_item_id"] = str(other.id)
        with pytest.raises(DomainError, match="not part of this order"):
            send(session, REQUEST, One(order.id), admin, form)

    def test_a_large_one_says_that_somebody_else_decides(self, session, order, clerk):
        """REF-5"""
        form = self.typed(session, order, ("2", "600.00"), ("", ""))
        assert self.run(session, order, clerk, form).endswith("Somebody else must approve it.")

    @pytest.mark.parametrize("amount", ["1e2", "12,345", "abc", "-5", "0.001", "NaN"])
    def test_what_is_no_amount_is_refused(self, session, order, admin, amount):
        """MON-1, REF-2, REF-10: at once, not by the worker."""
        with pytest.raises(DomainError) as refused:
            send(session, REQUEST, One(order.id), admin, self.typed(session, order, ("1", amount), ("", "")))
        assert refused.value.code == "invalid"

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [
            ({"kind": "goodwill", "amount": "650.01"}, "Only 650.00 USD is left to refund on this order."),
            ({"kind": "shipping", "amount": "10.01"}, "Only 10.00 USD of the shipping cost is left to refund."),
            ({"kind": "goodwill"}, "Give an amount above zero."),
            ({}, "Choose at least one order line."),
        ],
    )
    def test_a_dry_run_knows_the_caps(self, session, order, admin, more, sentence):
        """REF-10, REF-1, REF-2"""
        with pytest.raises(DomainError, match=sentence):
            send(session, REQUEST, One(order.id), admin, self.typed(session, order, ("", ""), ("", ""), **more))

    def test_a_line_that_is_not_an_id_is_refused(self, session, order, admin):
        """I7: a form that was tampered with."""
        form = self.typed(session, order, ("1", "10.00"), ("", ""))
        form["lines-0-order_item_id"] = "nonsense"
        with pytest.raises(InvalidInputError):
            send(session, REQUEST, One(order.id), admin, form)

    def test_goodwill_has_an_amount_and_no_lines(self, session, order, admin):
        """REF-3"""
        form = self.typed(session, order, ("", ""), ("", ""), kind="goodwill", amount="15.00")
        assert self.run(session, order, admin, form) == "Requested 15.00 USD."

    @pytest.mark.parametrize("role", [Role.LOGISTICS, Role.VENDOR])
    def test_others_are_refused(self, session, order, role):
        """WHO-1"""
        with pytest.raises(ForbiddenError):
            send(session, REQUEST, One(order.id), acting_for(make_user(session, role)), {"kind": "goodwill"})

    def test_an_unpaid_order_is_refused_at_once(self, session, admin):
        """REF-1: the dry run says so before anything is submitted."""
        order = make_order(session, paid=False)
        outcome = plan(session, REQUEST, One(order.id), {}, admin)
        assert not outcome.possible


class TestApprove:
    def test_the_plan_says_what_goes_back(self, session, order, admin, clerk):
        """REF-10: amounts and their sum."""
        refunds = [ask(session, order, admin, amount).id for amount in ("10.00", "20.00")]
        outcome = plan(session, APPROVE, Ids([Target(id=one, version=1) for one in refunds]), {}, clerk)
        assert outcome.totals == {"USD": Decimal("30.00")}
        assert "10.00 USD goes back to the customer" in outcome.verdicts[0].message

    def test_the_maker_cannot_approve_a_large_one_anywhere(self, session, order, clerk):
        """REF-5: in the plan, at submit, among many, and in the worker's own step."""
        large, small = ask(session, order, clerk, "500.00"), ask(session, order, clerk, "10.00")
        with pytest.raises(DomainError) as refused:
            send(session, APPROVE, One(large.id), clerk)
        assert refused.value.code == "second_person"
        both = Ids([Target(id=large.id, version=None), Target(id=small.id, version=None)])
        assert [verdict.ok for verdict in plan(session, APPROVE, both, {}, clerk).verdicts] == [False, True]
        assert send(session, APPROVE, both, clerk).status is OperationStatus.QUEUED
        with pytest.raises(SecondPersonError):
            APPROVE.run.begin(session, large, {}, clerk)

    def test_nor_try_again_what_failed(self, session, order, clerk):
        """REF-5: a retry is an approval."""
        large = ask(session, order, clerk, "500.00")
        other = acting_for(make_user(session, Role.FINANCE))
        call = APPROVE.run.begin(session, large, {}, other)
        settled = APPROVE.run.settle(session, large, call, Refused(code="charge_disputed", message="No."), other)
        assert (settled.result, settled.code) == (Result.FAILED, "charge_disputed")
        with pytest.raises(DomainError):
            send(session, RETRY, One(large.id), clerk)
        with pytest.raises(SecondPersonError):
            RETRY.run.begin(session, large, {}, clerk)
        again = RETRY.run.begin(session, large, {}, other)
        assert again.key == f"refund:{large.id}:2"

    def test_what_stripe_refused_goes_on_from_the_refund(self, session, order, admin, clerk):
        """JOB-4: its operation offers no retry that could only be refused; back at `approved` it would."""
        refund = ask(session, order, admin)
        operation = send(session, APPROVE, One(refund.id), clerk)
        call = APPROVE.run.begin(session, refund, {}, clerk)
        APPROVE.run.settle(session, refund, call, Refused(code="charge_disputed", message="No."), clerk)
        operation.status = OperationStatus.RUNNING
        session.flush()
        operation.status, operation.finished_at = OperationStatus.FAILED, NOW
        session.flush()
        session.execute(sa.update(OperationItem).values(status=OperationItemStatus.RUNNING))
        session.execute(sa.update(OperationItem).values(status=OperationItemStatus.FAILED, finished_at=NOW))
        assert refund.status is RefundStatus.FAILED
        assert not can_retry(session, operation, clerk)
        with pytest.raises(DomainError, match="use the action on the records"):
            retry_failed(session, operation.id, clerk)
        refund.status = RefundStatus.APPROVED
        session.flush()
        assert can_retry(session, operation, clerk)
        assert not can_retry(session, operation, admin)

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.LOGISTICS, Role.VENDOR])
    def test_only_finance_submits(self, session, order, admin, role):
        """WHO-1"""
        refund = ask(session, order, admin)
        with pytest.raises(ForbiddenError):
            send(session, APPROVE, One(refund.id), acting_for(make_user(session, role)))

    def test_a_refund_that_changed_is_stale(self, session, order, admin, clerk):
        """I8"""
        refund = ask(session, order, admin)
        seen = refund.version
        refund.note = "More"
        session.flush()
        with pytest.raises(StaleVersionError):
            send(session, APPROVE, One(refund.id, version=seen), clerk)

    def test_the_result_is_told(self, session, order, admin, clerk):
        """JOB-4"""
        refund = ask(session, order, admin)
        call = APPROVE.run.begin(session, refund, {}, clerk)
        paid = APPROVE.run.settle(session, refund, call, Succeeded(id="re_1", status="succeeded"), clerk)
        assert paid == Settled(result=Result.DONE, message="100.00 USD refunded.")
        assert APPROVE.run.resume(session, refund, {}, clerk) == paid


def test_rejecting_needs_a_reason(session, order, admin, clerk):
    """REF-4"""
    refund = ask(session, order, admin)
    reject = registry.get("refund.reject")
    with pytest.raises(InvalidInputError):
        send(session, reject, One(refund.id), clerk, {"note": " "})
    operation = send(session, reject, One(refund.id), clerk, {"note": "No receipt"})
    assert reject.run.run(session, refund, operation.inputs, clerk) == "Rejected."
    assert refund.status is RefundStatus.REJECTED


class TestDryRun:
    """REF-10: who asks, and who approves, reads what will follow."""

    def test_of_a_request(self, session, order, admin):
        """Amount, commission, the vendor's part and the second person; nothing is written."""
        inputs = {"kind": "lines", "reason": "other", "lines": [line(session, order, "100.00")]}
        [verdict] = REQUEST.plan(session, [order], inputs, admin)
        assert verdict.message == (
            "100.00 USD will be requested: 90.00 USD from the vendor, 10.00 USD commission given back."
        )
        assert session.scalars(sa.select(Refund)).all() == []

    def test_of_goodwill_that_the_vendor_bears(self, session, order, admin):
        """REF-8: it comes off the balance at once."""
        inputs = {"kind": "goodwill", "reason": "goodwill", "amount": "5.00", "bearer": "vendor"}
        [verdict] = REQUEST.plan(session, [order], inputs, admin)
        assert verdict.message.endswith("5.00 USD from the vendor. The vendor's available balance is -5.00 USD then.")
        [usual] = REQUEST.plan(session, [order], inputs | {"bearer": ""}, admin)
        assert usual.message.endswith("5.00 USD borne by the platform.")

    def test_of_a_large_one(self, session, order, admin):
        """REF-5."""
        inputs = {"kind": "goodwill", "reason": "goodwill", "amount": "500.00", "bearer": "split"}
        [verdict] = REQUEST.plan(session, [order], inputs, admin)
        assert "250.00 USD from the vendor, 250.00 USD borne by the platform." in verdict.message
        assert verdict.message.endswith("A second person must approve it.")


def line(session, order, amount):
    dearest = max(items_of(session, order), key=lambda item: item.total_price)
    return {"order_item_id": str(dearest.id), "quantity": "0", "amount": amount}
