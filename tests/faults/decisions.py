"""A payout to release or a refund to approve, submitted for real, and what came of it everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.actions import registry
from backoffice.actions.submit import One, submit
from backoffice.permissions import Role
from backoffice.services.refunds.request import request
from models import Operation, OperationItem, Payout, Refund, StatusHistory, Transaction, VendorProfile
from models.operation import OperationStatus
from models.refund import RefundKind, RefundReason
from tests.factories.acting import acting_for
from tests.factories.orders import make_order, payment_of
from tests.factories.payouts import make_payout
from tests.factories.users import make_user
from tests.sandbox.running import RunningSandbox

PAYOUT, REFUND = "payout.release", "refund.approve"
#: Where each kind ends, through what, and what the sandbox calls its effect.
END = {PAYOUT: "completed", REFUND: "succeeded"}
CHAIN = {PAYOUT: ["processing", "completed"], REFUND: ["requested", "approved", "processing", "succeeded"]}
EFFECT = {PAYOUT: "transfer.created", REFUND: "refund.created"}
ADDRESS = {PAYOUT: "/v1/transfers", REFUND: "/v1/refunds"}
_FINAL = [OperationStatus.SUCCEEDED, OperationStatus.PARTIAL, OperationStatus.FAILED]


class Place(Protocol):
    """Where decisions are made: what decides has a database and a sandbox."""

    @property
    def sessions(self) -> sessionmaker[Session]: ...

    @property
    def sandbox(self) -> RunningSandbox: ...


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One submitted operation on one target."""

    action: str
    target: uuid.UUID
    operation: uuid.UUID

    @property
    def key(self) -> str:
        """The idempotency key of the first attempt (IDE-1)."""
        return f"payout:{self.target}:transfer:1" if self.action == PAYOUT else f"refund:{self.target}:1"


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What is left of a decision: at Stripe, on the row, in the books, in the history."""

    effects: int
    status: str
    transactions: list[str]
    chain: list[str]
    item: str
    code: str | None
    message: str | None = field(compare=False)


def _nothing(operation: uuid.UUID) -> None:
    del operation


def decide(place: Place, action: str, first: Callable[[uuid.UUID], None] = _nothing) -> Decision:
    """Make a target that Stripe knows, submit the action on it and commit; `first` is called before the commit."""
    with place.sessions.begin() as session:
        target = (_payout if action == PAYOUT else _refund)(session, place)
    return submit_on(place, action, target, first)


def submit_on(place: Place, action: str, target: uuid.UUID, first: Callable[[uuid.UUID], None] = _nothing) -> Decision:
    """Submit an action on a target in the name of a new finance clerk, and commit."""
    with place.sessions.begin() as session:
        operation = submit(
            session,
            registry.get(action),
            One(target),
            {},
            client_key=uuid.uuid4().hex,
            acting=acting_for(make_user(session, Role.FINANCE)),
            panel=Role.FINANCE,
        )
        first(operation.id)
        return Decision(action=action, target=target, operation=operation.id)


def _payout(session: Session, place: Place) -> uuid.UUID:
    payout = make_payout(session)
    account = sa.select(VendorProfile.stripe_account_id).where(VendorProfile.vendor_id == payout.vendor_id)
    place.sandbox.seed(accounts=[{"id": session.scalars(account).one()}], balance={"usd": 10_000_000})
    return payout.id


def _refund(session: Session, place: Place) -> uuid.UUID:
    order = make_order(session)
    intent = {"id": payment_of(session, order).stripe_payment_intent_id, "amount": 10_000, "currency": "usd"}
    place.sandbox.seed(payment_intents=[intent])
    asked = request(
        session,
        order=order,
        kind=RefundKind.GOODWILL,
        reason=RefundReason.GOODWILL,
        amount=Decimal("25.00"),
        acting=acting_for(make_user(session)),
    )
    return asked.id


def is_over(place: Place, decision: Decision) -> bool:
    """Whether the operation has ended."""
    with place.sessions() as session:
        status = sa.select(Operation.status).where(Operation.id == decision.operation)
        return session.scalars(status).one() in _FINAL


def traces(place: Place, decision: Decision) -> Traces:
    """Everything that is left of it."""
    entity: Any = Payout if decision.action == PAYOUT else Refund
    column = Transaction.payout_id if decision.action == PAYOUT else Transaction.refund_id
    history = sa.select(StatusHistory.to_status).where(
        StatusHistory.entity_id == decision.target, StatusHistory.field == "status"
    )
    with place.sessions() as session:
        item = session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == decision.operation)).one()
        return Traces(
            effects=sum(
                str(decision.target) in str(effect) for effect in place.sandbox.effects(EFFECT[decision.action])
            ),
            status=session.get_one(entity, decision.target).status.value,
            transactions=[
                one.value
                for one in session.scalars(
                    sa.select(Transaction.status).where(column == decision.target).order_by(Transaction.created_at)
                )
            ],
            chain=list(session.scalars(history.order_by(StatusHistory.created_at, StatusHistory.id))),
            item=item.status.value,
            code=item.code,
            message=item.message,
        )


def once(decision: Decision) -> Traces:
    """What must be left when nothing went wrong for good: one of everything."""
    return Traces(
        effects=1,
        status=END[decision.action],
        transactions=["completed"],
        chain=CHAIN[decision.action],
        item="succeeded",
        code=None,
        message=None,
    )
