"""Chargebacks in the database: what they take of a payment, and what of them is fixed (REF-1, DSP-8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from models.chargeback import ChargebackStatus as Status
from tests.factories import make_chargeback, make_evidence, make_order, make_refund, payment_of
from tests.models.refusals import refused
from tests.models.world import make_user


@contextmanager
def turned_down(name: str) -> Iterator[None]:
    """What the ORM writes inside is refused under this name, and the test ends there."""
    with pytest.raises(sa.exc.IntegrityError) as caught:
        yield
    assert caught.value.orig.diag.constraint_name == name


@pytest.mark.parametrize(
    ("status", "left"),
    [
        (Status.WARNING_NEEDS_RESPONSE, 100),
        (Status.WARNING_UNDER_REVIEW, 100),
        (Status.WARNING_CLOSED, 100),
        (Status.NEEDS_RESPONSE, 40),
        (Status.UNDER_REVIEW, 40),
        (Status.LOST, 40),
        (Status.WON, 100),
    ],
)
def test_what_counts_against_the_payment(session, status, left):
    """REF-1: chargebacks in needs_response, under_review and lost."""
    order = make_order(session)
    make_chargeback(session, order, status=status, amount=Decimal(60))
    assert payment_of(session, order).refundable == left


def test_the_sum_follows_each_step(session):
    """REF-1, DSP-9: won gives back what lost takes, again and again."""
    order = make_order(session)
    chargeback = make_chargeback(session, order, status=Status.UNDER_REVIEW)
    for status, left in ((Status.WON, 100), (Status.LOST, 0), (Status.WON, 100)):
        chargeback.status, chargeback.closed_at = status, now()
        session.flush()
        assert payment_of(session, order).refundable == left
    session.delete(chargeback)
    session.flush()
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert payment_of(session, order).charged_back_amount == 0


def test_a_refund_stays_within_what_the_bank_left(session):
    """REF-1: by the database, whoever writes."""
    order = make_order(session)
    make_chargeback(session, order, amount=Decimal(60))
    make_refund(session, order, amount=Decimal(40))
    with turned_down("tr_payments_charged_back"):
        make_refund(session, order, amount=Decimal("0.01"))


def test_a_chargeback_is_written_down_whatever_was_refunded(session):
    """REF-1: the bank does not ask; nothing is left then, and a refund that was requested can still end."""
    order = make_order(session)
    refund = make_refund(session, order, amount=Decimal(70))
    make_chargeback(session, order)
    payment = payment_of(session, order)
    assert (payment.charged_back_amount, payment.refundable) == (100, 0)
    session.execute(
        sa.text("UPDATE refunds SET status = 'rejected', rejection_note = 'Disputed' WHERE id = :id"), {"id": refund.id}
    )
    assert payment_of(session, order).refund_reserved == 0


def test_the_sum_cannot_be_written_by_hand(session):
    """REF-1."""
    order = make_order(session)
    with refused(session.connection(), "tr_payments_charged_back_sum"):
        session.execute(
            sa.text("UPDATE payments SET charged_back_amount = 5 WHERE order_id = :order"), {"order": order.id}
        )
        session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_chargeback_is_of_its_payments_order(session):
    """REF-1."""
    order, other = make_order(session), make_order(session)
    with turned_down("tr_chargebacks_payment"):
        make_chargeback(session, order, order_id=other.id)


@pytest.mark.parametrize("change", ["amount = 5", "stripe_dispute_id = 'du_other'", "currency = 'EUR'"])
def test_what_it_is_about_is_fixed(session, change):
    """DSP-8."""
    chargeback = make_chargeback(session, make_order(session))
    with refused(session.connection(), "tr_chargebacks_frozen"):
        session.execute(
            sa.text(f"UPDATE chargebacks SET {change} WHERE id = :id"),
            {"id": chargeback.id},
        )


@pytest.mark.parametrize("sent", [{"idempotency_key": "key"}, {"evidence_submitted_at": now()}])
def test_nothing_is_added_to_an_answer_that_is_sent(session, sent):
    """DSP-8: append-only, until it is submitted."""
    user = make_user(session)
    chargeback = make_chargeback(session, make_order(session), evidence_submitted_by=user.id)
    make_evidence(session, chargeback, added_by=user.id)
    for name, value in sent.items():
        setattr(chargeback, name, value)
    session.flush()
    with turned_down("tr_chargeback_evidence_open"):
        make_evidence(session, chargeback, added_by=user.id)
