"""Bringing a chargeback to where the provider has it: any event, in any order, any number of times (WEB-4, DSP-8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError
from backoffice.gateways.provider import ProviderDispute
from backoffice.permissions import Role
from backoffice.services import people
from backoffice.services.chargebacks import postings, shares
from backoffice.services.notifications import notify
from backoffice.services.order_money import orders_of
from backoffice.services.transitions import move
from models import Chargeback, Order, Payment, StatusHistory
from models.chargeback import CLOSED, HARMLESS
from models.chargeback import ChargebackStatus as Status
from models.notification import NotificationType

#: Where to go when the goal is more than one step away: nothing is skipped, so every path posts the same journals.
_FIRST: Final[Mapping[Status, Mapping[Status, Status]]] = {
    Status.WARNING_NEEDS_RESPONSE: {
        Status.WARNING_CLOSED: Status.WARNING_UNDER_REVIEW,
        **dict.fromkeys((Status.UNDER_REVIEW, Status.WON, Status.LOST), Status.NEEDS_RESPONSE),
    },
    Status.WARNING_UNDER_REVIEW: dict.fromkeys((Status.UNDER_REVIEW, Status.WON, Status.LOST), Status.NEEDS_RESPONSE),
    Status.NEEDS_RESPONSE: {Status.WON: Status.UNDER_REVIEW},
}


def follow(session: Session, state: ProviderDispute, *, acting: Acting) -> bool | None:
    """Make or move the chargebacks of `state`, one for each order of the payment; whether that changed anything.

    None when the payment is not ours. What knows less than we do is older, and changes nothing. Raises `DomainError`
    when a person must look.
    """
    orders = _lock_orders(session, state)
    if not orders:
        return None
    known = session.scalars(
        sa.select(Chargeback)
        .where(Chargeback.stripe_dispute_id == state.id)
        .order_by(Chargeback.order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    goal = _status(state)
    if known and (sum(one.amount for one in known), state.currency) != (state.amount, known[0].currency):
        raise DomainError("The amount of the chargeback is not what it was when it was opened.")
    if known and state.bookings < known[0].bookings:
        return False
    parts = shares.divided(session, state, known)
    changed = [
        _follow_part(session, order, {one.order_id: one for one in known}.get(order.id), goal, parts[order.id], acting)
        for order in orders
        if order.id in parts
    ]
    return any(changed)


def _follow_part(
    session: Session, order: Order, chargeback: Chargeback | None, goal: Status, state: ProviderDispute, acting: Acting
) -> bool:
    """The same for one order, of whose money `state` tells."""
    known = chargeback is not None
    if chargeback is None:
        chargeback = _open(session, order, goal, state, acting)
    before = chargeback.version
    for status in _way(chargeback.status, goal):
        _step(session, chargeback, order, status, state, acting)
    postings.fee_changed(session, chargeback, order, state.fee)
    _note(session, chargeback, state)
    session.flush()
    session.refresh(chargeback, ["version"])
    return not known or chargeback.version != before


def _lock_orders(session: Session, state: ProviderDispute) -> Sequence[Order]:
    """The orders of the disputed payment, locked with all that hangs on them: first the orders, as refunds do."""
    query = (
        sa.select(Order)
        .where(Order.id.in_(orders_of(str(state.payment_intent))))
        .order_by(Order.id)
        .with_for_update(of=Order)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _status(state: ProviderDispute) -> Status:
    for status in Status:
        if status.value == state.status:
            return status
    raise DomainError(f"Stripe has this chargeback as {state.status}, which means nothing here.")


def _open(session: Session, order: Order, goal: Status, state: ProviderDispute, acting: Acting) -> Chargeback:
    """The chargeback as it began, whichever event told of it first."""
    payment = session.scalars(
        sa.select(Payment).where(Payment.stripe_payment_intent_id == state.payment_intent).with_for_update()
    ).one()
    if state.currency != payment.currency:
        raise DomainError("The chargeback is in another currency than the payment.")
    inquiry = goal.value.startswith("warning_")
    chargeback = Chargeback(
        payment_id=payment.id,
        order_id=order.id,
        stripe_dispute_id=state.id,
        amount=state.amount,
        currency=state.currency,
        reason=state.reason,
        status=Status.WARNING_NEEDS_RESPONSE if inquiry else Status.NEEDS_RESPONSE,
        fee=Decimal(0),
        decisions=0,
    )
    session.add(chargeback)
    session.flush()
    session.add(
        StatusHistory(
            entity=Chargeback.__tablename__,
            entity_id=chargeback.id,
            to_status=chargeback.status.value,
            actor=Actor.PROVIDER.value,
            request_id=acting.request_id,
        )
    )
    if not inquiry:
        postings.opened(session, chargeback, order, state.fee_taken)
    _tell(session, chargeback, order)
    return chargeback


def _way(now: Status, goal: Status) -> Iterator[Status]:
    """The steps from `now` to `goal`; none when that is behind us."""
    while now is not goal:
        step = goal if now.allows(goal) else _FIRST.get(now, {}).get(goal)
        if step is None:
            return
        yield step
        now = step


def _step(
    session: Session, chargeback: Chargeback, order: Order, to: Status, state: ProviderDispute, acting: Acting
) -> None:
    moment = session.scalars(sa.select(NOW)).one()
    match to:
        case Status.NEEDS_RESPONSE:
            postings.opened(session, chargeback, order, state.fee_taken)
        case Status.WON:
            postings.won(session, chargeback, order)
        case Status.LOST:
            postings.lost(session, chargeback, order)
    closed = {"closed_at": moment if to in CLOSED else None}
    move(session, chargeback, to, acting=acting, actor=Actor.PROVIDER, values=closed)
    if to in CLOSED or to is Status.NEEDS_RESPONSE:
        _tell(session, chargeback, order)


def _note(session: Session, chargeback: Chargeback, state: ProviderDispute) -> None:
    """What else the provider says of it; an answer may have been given there by hand."""
    chargeback.bookings, chargeback.evidence_due_at = state.bookings, state.due_by
    if state.evidence_submitted and chargeback.evidence_submitted_at is None:
        chargeback.evidence_submitted_at = session.scalars(sa.select(NOW)).one()


def _tell(session: Session, chargeback: Chargeback, order: Order) -> None:
    amount = money.format_amount(chargeback.amount, chargeback.currency)
    notify(
        session,
        [*people.active(session, Role.FINANCE), order.vendor_id],
        event=f"chargeback.{chargeback.status.value}",
        title=f"Chargeback: {chargeback.status.label.lower()}",
        message=f"{amount} on order {order.order_number}, {chargeback.reason.replace('_', ' ')}.",
        subject=(Chargeback.__tablename__, chargeback.id),
        severity=NotificationType.SUCCESS if chargeback.status in HARMLESS else NotificationType.ERROR,
        dedup=str(chargeback.decisions),
    )
