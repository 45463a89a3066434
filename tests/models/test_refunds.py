"""The caps of refunds are the database's, whoever writes."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from models import Payment, Refund
from models.refund import RefundStatus
from tests.factories import items_of, make_order, make_payment, make_user, payment_of
from tests.models.refusals import refused, settle
from tests.models.world import make_refund, make_refund_item

CAP = "ck_payments_refunds_within_captured"


def _step(session: Session, refund: Refund, status: RefundStatus) -> None:
    """Move a refund, filling in what the status demands."""
    refund.status = status
    if status is RefundStatus.APPROVED:
        refund.approved_by, refund.approved_at = refund.requested_by, now()
    refund.idempotency_key = refund.idempotency_key or f"refund:{refund.id}:1"
    refund.stripe_refund_id, refund.processed_at = f"re_{refund.id.hex}", now()
    refund.failure_code, refund.rejection_note = "declined", "No."
    session.flush()


def _sums(session: Session, refund: Refund) -> tuple[Decimal, Decimal]:
    columns = sa.select(Payment.refund_reserved, Payment.refunded_amount).where(Payment.id == refund.payment_id)
    row = session.execute(columns).one()
    return row.refund_reserved, row.refunded_amount


def test_sums_follow_the_life_of_a_refund(session: Session) -> None:
    """REF-1, REF-4: reserved until it is paid, refunded while it is, nothing when it failed, even late."""
    refund = make_refund(session, payment_of(session, make_order(session)), "60.00")
    seen = [_sums(session, refund)]
    for status in ("approved", "processing", "succeeded", "failed", "approved"):
        _step(session, refund, RefundStatus(status))
        seen.append(_sums(session, refund))
    settle(session)
    sixty, zero = Decimal(60), Decimal(0)
    assert seen == [(sixty, zero)] * 3 + [(zero, sixty), (zero, zero), (sixty, zero)]


def test_rejected_refund_frees_its_amount(session: Session) -> None:
    """REF-1."""
    payment = payment_of(session, make_order(session))
    refund = make_refund(session, payment, "100.00")
    with refused(session, CAP):
        make_refund(session, payment, "0.01")
    _step(session, refund, RefundStatus.REJECTED)
    make_refund(session, payment, "100.00")


def test_partial_refunds_add_up_to_the_captured_amount(session: Session) -> None:
    """REF-1: the sum of partials may equal what was captured; one cent more is refused."""
    payment = payment_of(session, make_order(session))
    for part in ("33.33", "33.33", "33.34"):
        make_refund(session, payment, part)
    with refused(session, CAP):
        make_refund(session, payment, "0.01")


def test_two_refunds_at_once(clean_database: sa.Engine) -> None:
    """REF-1: captured 100, two concurrent refunds of 60: the second waits for the first and is refused."""
    with Session(clean_database) as session:
        payment = payment_of(session, make_order(session))
        admin = make_user(session)
        session.commit()
        payment_id, admin_id = payment.id, admin.id
    with Session(clean_database) as first, Session(clean_database) as second:
        make_refund(first, first.get_one(Payment, payment_id), "60.00", requested_by=admin_id)
        other = second.get_one(Payment, payment_id)
        second.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(sa.exc.OperationalError):
            make_refund(second, other, "60.00", requested_by=admin_id)
        second.rollback()
        first.commit()
        with refused(second, CAP):
            make_refund(second, second.get_one(Payment, payment_id), "60.00", requested_by=admin_id)


def test_sums_cannot_be_written_by_hand(session: Session) -> None:
    """REF-1: they are those of the refunds at the end of every transaction."""
    payment = payment_of(session, make_order(session))
    with refused(session, "tr_payments_refund_sums"):
        session.execute(sa.update(Payment).where(Payment.id == payment.id).values(refunded_amount=5))


@pytest.mark.parametrize("values", [{"currency": "EUR"}, {"amount": Decimal(5), "status": RefundStatus.APPROVED}])
def test_payment_and_amount_are_fixed(session: Session, values: dict[str, object]) -> None:
    """PAY-5 for refunds: what was approved is what is paid."""
    refund = make_refund(session, payment_of(session, make_order(session)), "10.00")
    _step(session, refund, RefundStatus.APPROVED)
    with refused(session, "tr_refunds_frozen"):
        session.execute(sa.update(Refund).where(Refund.id == refund.id).values(values))


def test_refund_belongs_to_its_payment(session: Session) -> None:
    payment, other = payment_of(session, make_order(session)), make_order(session)
    with refused(session, "tr_refunds_payment"):
        make_refund(session, payment, "1.00", order_id=other.id)
    with refused(session, "tr_refunds_payment"):
        make_refund(session, payment, "1.00", currency="EUR")


def test_lines_are_capped(session: Session) -> None:
    """REF-2: over all refunds that are not rejected or failed, no more units and no more money than were bought."""
    order = make_order(session, lines=((2, "50.00"),))
    line, payment = items_of(session, order)[0], payment_of(session, order)
    first, second = make_refund(session, payment, "40.00"), make_refund(session, payment, "10.00")
    make_refund_item(session, first, line, 2, "40.00")
    with refused(session, "tr_refund_items_quantity"):
        make_refund_item(session, second, line, 1, "10.00")
    with refused(session, "tr_refund_items_amount"):
        make_refund_item(session, second, line, 0, "60.01")
    _step(session, first, RefundStatus.REJECTED)
    make_refund_item(session, second, line, 2, "100.00")


def test_retried_refund_finds_its_lines_taken(session: Session) -> None:
    """REF-2: a failed refund counts again when it is tried again."""
    order = make_order(session, lines=((1, "100.00"),))
    line, payment = items_of(session, order)[0], payment_of(session, order)
    first = make_refund(session, payment, "10.00")
    make_refund_item(session, first, line, 1, "10.00")
    for status in (RefundStatus.APPROVED, RefundStatus.PROCESSING, RefundStatus.FAILED):
        _step(session, first, status)
    make_refund_item(session, make_refund(session, payment, "10.00"), line, 1, "10.00")
    with refused(session, "tr_refund_items_quantity"):
        _step(session, first, RefundStatus.APPROVED)


def test_lines_are_of_the_refunded_order(session: Session) -> None:
    refund = make_refund(session, payment_of(session, make_order(session)), "10.00")
    stranger = items_of(session, make_order(session))[0]
    with refused(session, "tr_refund_items_order"):
        make_refund_item(session, refund, stranger, 1, "10.00")


def test_payment_is_in_the_currency_of_its_order(session: Session) -> None:
    """MON-7."""
    order = make_order(session, paid=False)
    with refused(session, "tr_payments_order"):
        make_payment(session, order, currency="EUR")
