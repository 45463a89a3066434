"""What people decide about orders, and what follows from money."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import orders
from models import Notification, Order, Payment, Refund, RefundItem, Shipment, StatusHistory
from models.order import OrderStatus, PaymentStatus
from models.refund import RefundKind, RefundStatus
from models.shipment import ShipmentStatus
from tests.factories import (
    acting_for,
    items_of,
    make_order,
    make_refund,
    make_shipment,
    make_user,
    make_vendor,
    payment_of,
)

SYSTEM = Acting.system()


def test_cancelling_a_paid_order_asks_for_the_money_in_the_same_transaction(session: Session) -> None:
    """ORD-4: the refund request, the voided label and the vendor's notice come with the cancellation."""
    order = make_order(session, lines=[(2, "10.00"), (1, "5.00")])
    parcel = make_shipment(session, order=order)
    admin = make_user(session)
    orders.cancel(session, order.id, reason="The customer changed their mind.", acting=acting_for(admin))
    session.refresh(order)
    assert (order.status, order.cancelled_at is not None) == (OrderStatus.CANCELLED, True)
    refund = session.scalars(sa.select(Refund).where(Refund.order_id == order.id)).one()
    assert (refund.amount, refund.kind, refund.status) == (Decimal("25.00"), RefundKind.LINES, RefundStatus.REQUESTED)
    assert refund.requested_by == admin.id
    lines = session.scalars(sa.select(RefundItem.quantity).where(RefundItem.refund_id == refund.id)).all()
    assert sorted(lines) == [1, 2]
    assert all(item.quantity_cancelled == item.quantity for item in items_of(session, order))
    assert session.scalars(sa.select(Shipment.voided_at).where(Shipment.id == parcel.id)).one() is not None
    assert order.vendor_id in session.scalars(sa.select(Notification.user_id)).all()


def test_tax_and_shipping_are_given_back_too(session: Session) -> None:
    """ORD-4: with the lines, so that nothing of the payment stays."""
    order = make_order(session, lines=[(1, "10.00")], shipping="4.00")
    orders.cancel(session, order.id, reason="Out of stock.", acting=acting_for(make_user(session)))
    refund = session.scalars(sa.select(Refund).where(Refund.order_id == order.id)).one()
    assert (refund.amount, refund.shipping_amount, refund.kind) == (Decimal(14), Decimal(4), RefundKind.LINES)


def test_an_unpaid_order_is_cancelled_without_a_refund(session: Session) -> None:
    """ORD-4."""
    order = make_order(session, paid=False)
    orders.cancel(session, order.id, reason="Never paid.", acting=acting_for(make_user(session)))
    assert session.scalars(sa.select(Refund)).all() == []


def test_after_pick_up_an_order_can_only_be_returned(session: Session) -> None:
    """ORD-4: one unit picked up is enough."""
    order = make_order(session, lines=[(2, "10.00")], status=OrderStatus.PROCESSING)
    [item] = items_of(session, order)
    make_shipment(session, order=order, units={item.id: 1}, status=ShipmentStatus.PICKED_UP)
    with pytest.raises(DomainError, match="only be returned") as refused:
        orders.cancel(session, order.id, reason="Too late.", acting=acting_for(make_user(session)))
    assert refused.value.code == "already_picked_up"


def test_the_vendor_cancels_own_orders_and_the_admins_are_told(session: Session) -> None:
    """B12: confirmed -> cancelled (A, V); another vendor's order does not exist (ACC-1)."""
    vendor, admin = make_vendor(session), make_user(session)
    order = make_order(session, vendor=vendor)
    with pytest.raises(NotFoundError):
        orders.cancel(session, order.id, reason="Mischief.", acting=acting_for(make_vendor(session)))
    orders.cancel(session, order.id, reason="Broken in the store.", acting=acting_for(vendor))
    session.refresh(order)
    assert order.status is OrderStatus.CANCELLED
    assert (
        admin.id
        in session.scalars(sa.select(Notification.user_id).where(Notification.event_key == "order.cancelled")).all()
    )


def test_cancelling_needs_a_reason_and_the_right(session: Session) -> None:
    """B12: neither finance nor logistics cancels; nobody cancels without saying why."""
    order = make_order(session)
    for role in (Role.FINANCE, Role.LOGISTICS):
        with pytest.raises(ForbiddenError):
            orders.cancel(session, order.id, reason="Why not.", acting=acting_for(make_user(session, role)))
    with pytest.raises(InvalidInputError, match="Say why"):
        orders.cancel(session, order.id, reason=" ", acting=acting_for(make_user(session)))


@pytest.mark.parametrize("status", [OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.CANCELLED])
def test_an_order_on_its_way_is_not_cancelled(session: Session, status: OrderStatus) -> None:
    """B12."""
    order = make_order(session, status=status)
    with pytest.raises(IllegalTransitionError):
        orders.cancel(session, order.id, reason="Late.", acting=acting_for(make_user(session)))


def test_the_vendor_starts_to_prepare(session: Session) -> None:
    """B12: confirmed -> processing (V, L, S), not A."""
    vendor = make_vendor(session)
    order = make_order(session, vendor=vendor)
    with pytest.raises(IllegalTransitionError):
        orders.start_processing(session, order.id, acting=acting_for(make_user(session)))
    orders.start_processing(session, order.id, acting=acting_for(vendor))
    assert order.status is OrderStatus.PROCESSING


def give_back(session: Session, order: Order, amount: str) -> PaymentStatus:
    make_refund(session, order, amount=Decimal(amount), status=RefundStatus.SUCCEEDED)
    payment_of(session, order)
    return orders.derive_payment_status(session, order, acting=SYSTEM)


def test_partials_that_add_up_are_a_full_refund(session: Session) -> None:
    """REF-7 T: three partials summing to captured give `refunded`; ORD-5: and so does the order."""
    order = make_order(session, lines=[(1, "10.00")])
    assert orders.derive_payment_status(session, order, acting=SYSTEM) is PaymentStatus.PAID
    assert give_back(session, order, "3.33") is PaymentStatus.PARTIALLY_REFUNDED
    assert give_back(session, order, "3.33") is PaymentStatus.PARTIALLY_REFUNDED
    assert order.status is OrderStatus.CONFIRMED
    assert give_back(session, order, "3.34") is PaymentStatus.REFUNDED
    assert order.status is OrderStatus.REFUNDED
    steps = session.execute(
        sa.select(StatusHistory.field, StatusHistory.to_status)
        .where(StatusHistory.entity_id == order.id)
        .order_by(StatusHistory.id)
    ).all()
    assert [tuple(step) for step in steps] == [
        ("payment_status", "partially_refunded"),
        ("payment_status", "refunded"),
        ("status", "refunded"),
    ]


def test_a_cancelled_order_stays_cancelled_when_refunded(session: Session) -> None:
    """ORD-5."""
    order = make_order(session, lines=[(1, "10.00")], status=OrderStatus.CANCELLED)
    assert give_back(session, order, "10.00") is PaymentStatus.REFUNDED
    assert order.status is OrderStatus.CANCELLED


def test_a_refund_that_fails_late_flags_the_order(session: Session) -> None:
    """REF-4, B12: payment_status goes back; nothing follows `refunded`, so a person looks."""
    order = make_order(session, lines=[(1, "10.00")])
    give_back(session, order, "10.00")
    refund = session.scalars(sa.select(Refund)).one()
    refund.status, refund.failure_code = RefundStatus.FAILED, "expired_or_canceled_card"
    session.flush()
    assert orders.derive_payment_status(session, order, acting=SYSTEM) is PaymentStatus.PAID
    assert (order.status, order.needs_review) == (OrderStatus.REFUNDED, True)


def test_an_unpaid_order_has_nothing_to_derive(session: Session) -> None:
    """REF-7: pending and failed are the provider's word."""
    order = make_order(session, paid=False)
    assert orders.derive_payment_status(session, order, acting=SYSTEM) is PaymentStatus.PENDING
    assert session.scalars(sa.select(Payment)).all() == []
    assert orders.refundable(session, order) == 0
