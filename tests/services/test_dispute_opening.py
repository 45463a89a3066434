"""The priority of a new dispute, and changing it."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.services import dispute_opening
from models import Dispute, DisputeEvent, Notification
from models.dispute import NEVER, DisputePriority, DisputeStatus, DisputeType
from models.dispute_event import DisputeEventKind
from tests.factories import (
    acting_for,
    make_chargeback,
    make_dispute,
    make_order,
    make_user,
    make_vendor,
)


@pytest.fixture
def admin(session: Session) -> Acting:
    return acting_for(make_user(session))


def opened(session: Session, admin: Acting, order: object = None, **values: object) -> Dispute:
    order = order or make_order(session)
    told = {"type": DisputeType.QUALITY_ISSUE, "description": "It broke."} | values
    return dispute_opening.open_dispute(session, Dispute(order_id=order.id, **told), acting=admin)


def test_a_new_dispute_follows_its_order(session: Session, admin: Acting) -> None:
    """DSP-5: medium, the order's people and currency, a due time, and the vendor is told."""
    order = make_order(session)
    dispute = opened(session, admin, order)
    assert (dispute.customer_id, dispute.vendor_id, dispute.currency) == (
        order.customer_id,
        order.vendor_id,
        order.currency,
    )
    assert (dispute.priority, dispute.status) == (DisputePriority.MEDIUM, DisputeStatus.OPEN)
    assert dispute.due_at < NEVER
    [note] = session.scalars(sa.select(Notification))
    assert (note.user_id, note.event_key) == (order.vendor_id, "dispute.opened")


def test_fraud_is_urgent(session: Session, admin: Acting) -> None:
    """DSP-5."""
    assert opened(session, admin, type=DisputeType.FRAUD).priority is DisputePriority.URGENT


def test_a_chargeback_makes_it_urgent(session: Session, admin: Acting) -> None:
    """DSP-5."""
    order = make_order(session)
    make_chargeback(session, order, amount=Decimal(20))
    assert opened(session, admin, order).priority is DisputePriority.URGENT


@pytest.mark.parametrize(("asked", "priority"), [("499.99", "medium"), ("500.00", "high"), (None, "high")])
def test_a_high_value_is_high(session: Session, admin: Acting, asked: str | None, priority: str) -> None:
    """DSP-5: from the setting on; who names no amount may mean all of the order."""
    order = make_order(session, lines=((1, "600.00"),))
    amount = None if asked is None else Decimal(asked)
    assert opened(session, admin, order, requested_refund_amount=amount).priority == priority


def test_more_than_the_order_came_to_is_refused(session: Session, admin: Acting) -> None:
    """DSP-1."""
    with pytest.raises(InvalidInputError, match="more than the order"):
        opened(session, admin, requested_refund_amount=Decimal("100.01"))


def test_a_second_of_the_type_is_refused(session: Session, admin: Acting) -> None:
    """DSP-3."""
    order = make_order(session)
    opened(session, admin, order)
    with pytest.raises(DomainError, match="already has a running dispute"):
        opened(session, admin, order)


def test_a_change_of_priority_is_an_event(session: Session, admin: Acting) -> None:
    """DSP-5: and the targets count from creation, so a higher priority is due earlier."""
    dispute = opened(session, admin)
    before = dispute.due_at
    dispute_opening.prioritise(session, dispute, DisputePriority.URGENT, reason="Press.", acting=admin)
    [event] = session.scalars(sa.select(DisputeEvent))
    assert (event.kind, event.before, event.after, event.reason, event.actor_id) == (
        DisputeEventKind.PRIORITY,
        "medium",
        "urgent",
        "Press.",
        admin.user_id,
    )
    assert dispute.due_at < before


def test_priorities_are_changed_by_admins_for_a_reason(session: Session, admin: Acting) -> None:
    """DSP-5, B12: only admins lower from urgent, the clock only raises."""
    dispute = make_dispute(session, priority=DisputePriority.URGENT)
    low = DisputePriority.LOW
    with pytest.raises(ForbiddenError):
        dispute_opening.prioritise(session, dispute, low, reason="x", acting=acting_for(make_vendor(session)))
    with pytest.raises(InvalidInputError):
        dispute_opening.prioritise(session, dispute, low, reason=" ", acting=admin)
    with pytest.raises(DomainError, match="already"):
        dispute_opening.prioritise(session, dispute, DisputePriority.URGENT, reason="x", acting=admin)
    over = make_dispute(session, status=DisputeStatus.RESOLVED)
    with pytest.raises(DomainError, match="decided"):
        dispute_opening.prioritise(session, over, low, reason="x", acting=admin)
