"""No refund beside an undecided chargeback: asked for, approved, tried again or sent (REF-6)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.actions import registry
from backoffice.permissions import Role
from backoffice.services import orders
from backoffice.services.chargebacks.running import ChargedBackError
from backoffice.services.refunds import decide, send
from backoffice.services.refunds.request import request
from models.chargeback import RUNNING
from models.chargeback import ChargebackStatus as Status
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories import acting_for, make_chargeback, make_order, make_payment, make_refund, make_user

FREE = sorted(set(Status) - RUNNING)


@pytest.fixture
def clerk(session):
    return acting_for(make_user(session, Role.FINANCE))


def ask(session, order, clerk):
    goodwill = {"kind": RefundKind.GOODWILL, "reason": RefundReason.GOODWILL, "amount": Decimal(5)}
    return request(session, order=order, acting=clerk, **goodwill)


@pytest.mark.parametrize("status", sorted(RUNNING))
def test_every_way_to_the_money_is_closed(session, clerk, status):
    """REF-6: in the service that every path calls, the worker's too."""
    order = make_order(session)
    refunds = [
        make_refund(session, order, status=state)
        for state in (RefundStatus.REQUESTED, RefundStatus.APPROVED, RefundStatus.FAILED)
    ]
    make_chargeback(session, order, status=status, amount=Decimal(10))
    requested, approved, failed = refunds
    for act in (
        lambda: ask(session, order, clerk),
        lambda: decide.approve(session, requested, acting=clerk),
        lambda: decide.retry(session, failed, acting=clerk),
        *(lambda refund=refund: send.begin(session, refund, acting=clerk) for refund in refunds),
    ):
        with session.begin_nested() as step:
            with pytest.raises(ChargedBackError) as refusal:
                act()
            step.rollback()
        assert refusal.value.code == "charged_back"
    assert approved.status is RefundStatus.APPROVED


@pytest.mark.parametrize("status", FREE)
def test_what_is_decided_or_only_asked_is_free(session, clerk, status):
    """REF-1, REF-6: an inquiry may be answered by a refund; after a loss what is left may be refunded."""
    order = make_order(session)
    make_chargeback(session, order, status=status, amount=Decimal(10))
    refund = ask(session, order, clerk)
    assert orders.refundable(session, order) == (85 if status is Status.LOST else 95)
    decide.approve(session, refund, acting=acting_for(make_user(session, Role.FINANCE)))
    assert send.begin(session, refund, acting=clerk).amount == 5


def test_another_payment_of_the_order_is_free(session, clerk):
    """REF-6: it is about the same charge."""
    order = make_order(session)
    make_chargeback(session, order, amount=Decimal(10))
    other = make_payment(session, order)
    assert ask(session, order, clerk).payment_id == other.id


def test_the_dry_run_says_so(session, clerk):
    """REF-6, REF-10."""
    order = make_order(session)
    refund = make_refund(session, order)
    plans = {"refund.request": order, "refund.approve": refund}
    assert [registry.get(key).plan(session, [row], {}, clerk)[0].ok for key, row in plans.items()] == [True, True]
    make_chargeback(session, order, amount=Decimal(10))
    verdicts = [registry.get(key).plan(session, [row], {}, clerk)[0] for key, row in plans.items()]
    assert [(verdict.ok, verdict.code) for verdict in verdicts] == [(False, "charged_back")] * 2
