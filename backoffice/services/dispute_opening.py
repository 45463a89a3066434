"""A new dispute: whose it is and how soon it must be looked at (DSP-3, DSP-5); and changing that later."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services import dispute_news, settings
from backoffice.services.guards import require, required_text
from backoffice.services.sla import keep
from models import Chargeback, Dispute, DisputeEvent, Order
from models.chargeback import CLOSED
from models.dispute import DisputePriority, DisputeType
from models.dispute_event import DisputeEventKind

HIGH_VALUE = "disputes.high_value"


def open_dispute(session: Session, dispute: Dispute, *, acting: Acting) -> Dispute:
    """Write down a complaint of the customer of `dispute.order_id`; type, description and amount are filled in.

    Raises `InvalidInputError` for an amount that the order does not have, `DomainError` when one of the type already
    runs (DSP-3).
    """
    require(acting, Permission.DISPUTES_WORK, "Only admins open disputes.")
    order = session.scalars(sa.select(Order).where(Order.id == dispute.order_id).with_for_update()).one()
    if (dispute.requested_refund_amount or 0) > order.total_amount:
        raise InvalidInputError("This is more than the order came to.", field="requested_refund_amount")
    refuse_second(session, dispute)
    dispute.customer_id, dispute.vendor_id, dispute.currency = order.customer_id, order.vendor_id, order.currency
    dispute.opened_by = acting.user_id
    dispute.priority = initial_priority(session, order, dispute)
    session.add(dispute)
    keep.refresh(session, dispute)
    dispute_news.tell(session, dispute, [dispute.vendor_id], "dispute.opened", "A customer complains about an order")
    return dispute


def another_runs(session: Session, dispute: Dispute) -> bool:
    """Whether the order has another dispute of the type that is open or in review (DSP-3)."""
    same = (Dispute.order_id == dispute.order_id, Dispute.type == dispute.type, Dispute.status.in_(keep.RUNNING))
    return bool(session.scalar(sa.select(sa.exists().where(*same, Dispute.id.is_distinct_from(dispute.id)))))


def refuse_second(session: Session, dispute: Dispute) -> None:
    """Raise `DomainError` when another one runs (DSP-3)."""
    if another_runs(session, dispute):
        raise DomainError(
            f"This order already has a running dispute of the type {dispute.type.label}.", code="another_running"
        )


def initial_priority(session: Session, order: Order, dispute: Dispute) -> DisputePriority:
    """Fraud or a running chargeback is urgent, a high value is high, the rest is medium (DSP-5)."""
    charged_back = sa.exists().where(Chargeback.order_id == order.id, Chargeback.status.not_in(sorted(CLOSED)))
    if dispute.type is DisputeType.FRAUD or session.scalar(sa.select(charged_back)):
        return DisputePriority.URGENT
    amount = dispute.requested_refund_amount
    value = order.total_amount if amount is None else amount
    if settings.reaches_threshold(session, HIGH_VALUE, value, order.currency):
        return DisputePriority.HIGH
    return DisputePriority.MEDIUM


def prioritise(session: Session, dispute: Dispute, to: DisputePriority, *, reason: str, acting: Acting) -> None:
    """Give a running dispute (read locked) another priority, as an event; its targets count from creation (DSP-5).

    Raises `ForbiddenError` for whoever is no admin, `DomainError` for a dispute that is over or has that priority.
    """
    require(acting, Permission.DISPUTES_WORK, "Only admins work on disputes.")
    why = required_text(reason, "Say why the priority changes.", field="reason")
    if dispute.status not in keep.RUNNING:
        raise DomainError("It is decided, so its priority means nothing any more.", code="decided")
    if dispute.priority is to:
        raise DomainError(f"Its priority is {to.label.lower()} already.", code="no_change")
    session.add(
        DisputeEvent(
            dispute_id=dispute.id,
            kind=DisputeEventKind.PRIORITY,
            before=dispute.priority.value,
            after=to.value,
            reason=why,
            actor_id=acting.user_id,
        )
    )
    dispute.priority = to
    keep.refresh(session, dispute)
