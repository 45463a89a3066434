"""What the machine can do: the real services on committed rows, the real gateway, and a sandbox that misbehaves."""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.gateways.payments import PaymentsUnavailableError
from backoffice.permissions import Permission
from backoffice.services.payouts import assemble, bank, earnings, manage
from backoffice.services.payouts import send as payout_send
from backoffice.services.refunds import decide
from backoffice.services.refunds import send as refund_send
from backoffice.services.refunds.draft import Line
from backoffice.services.refunds.request import request
from backoffice.services.shares import request_amount, request_everything
from models import Order, OrderItem, Payout, Refund, User
from models.payout import PayoutStatus
from models.refund import RefundKind, RefundReason, RefundStatus
from tests.factories import acting_for, items_of, make_order, make_payment, make_user, make_vendor, payment_of
from tests.factories.money import clerk_of
from tests.support.cleaning import Cleaner
from tests.webhooks.support import Inbox

Result = TypeVar("Result")
CURRENCIES = ("USD", "JPY", "KWD")
#: What Stripe's funds come to before anything happens, in its own integers.
FUNDS = 10**9
SCHEDULER, STRIPE = Acting.system("scheduler"), Acting.system("stripe")
#: Where a worker may die: after the intention is committed, and after Stripe answered.
CRASHES = ("", "", "", "begin", "call")


@dataclass
class World:
    """Several vendors, and everything that was ordered, given back and paid out."""

    inbox: Inbox
    cleaner: Cleaner
    vendors: list[uuid.UUID] = field(default_factory=list)
    orders: list[uuid.UUID] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    admin: Acting = SCHEDULER
    clerk: Acting = SCHEDULER

    def begin(self) -> None:
        """A new life: an empty sandbox and three vendors."""
        self.vendors, self.orders = [], []
        sandbox = self.inbox.sandbox
        sandbox.clear_faults()
        sandbox.reset()

        def make(session: Session) -> None:
            self.admin, self.clerk = acting_for(make_user(session)), clerk_of(session)
            for _ in range(3):
                vendor = make_vendor(session)
                self.vendors.append(vendor.id)
                sandbox.seed(accounts=[{"id": account(vendor.id)}])

        self.write(make)
        sandbox.seed(balance={currency.lower(): FUNDS for currency in CURRENCIES})

    def write(self, do: Callable[[Session], Result]) -> Result | None:
        """One transaction; a refusal is counted and undone."""
        try:
            with self.inbox.sessions.begin() as session:
                return do(session)
        except DomainError as refused:
            self.count(f"refused: {refused.code}")
            return None

    def count(self, what: str) -> None:
        self.figures[what] += 1

    def order(self, vendor: int, currency: str, lines: list[tuple[int, int]], shipping: int, rate: str) -> None:
        """A customer orders and pays; the event comes twice."""
        intent = f"pi_{uuid.uuid4().hex}"
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")

        def make(session: Session) -> Order:
            order = make_order(
                session,
                vendor=session.get_one(User, self.vendors[vendor]),
                currency=currency,
                lines=tuple((count, str(price * unit)) for count, price in lines),
                shipping=str(shipping * unit),
                rate=rate,
                paid=False,
            )
            make_payment(
                session, order, stripe_payment_intent_id=intent, status="pending", provider_status=None,
                processed_at=None, available_on=None, captured_amount=0,
            )  # fmt: skip
            return order

        order = self.write(make)
        assert order is not None
        self.orders.append(order.id)
        wire = money.to_stripe(order.total_amount, currency)
        self.inbox.sandbox.happen(
            "payments", id=intent, amount=wire, currency=currency.lower(), status="succeeded",
            available_on=int(time.time()) - 60,
        )  # fmt: skip
        for _ in range(2):
            self.inbox.take("payment_intent.succeeded", {"id": intent, "object": "payment_intent"})
        self.count("orders")

    def deliver(self, order_id: uuid.UUID) -> None:
        """Every line was fulfilled a month ago."""
        lines = sa.update(OrderItem).where(OrderItem.order_id == order_id, OrderItem.fulfilled_at.is_(None))
        self.write(lambda session: session.execute(lines.values(fulfilled_at=NOW - sa.func.make_interval(0, 1))))

    def ask(self, order_id: uuid.UUID, kind: str, share: int, bearer: Any) -> None:
        """Somebody asks for a share, in percent, of what is left of an order or of one of its lines."""

        def make(session: Session) -> Any:
            order = session.get_one(Order, order_id)
            more: dict[str, Any] = {"reason": RefundReason.OTHER, "acting": self.admin}
            left = payment_of(session, order).refundable
            amount = money.sendable(money.round_amount(left * share / 100, order.currency), order.currency)
            if kind == "everything":
                return request_everything(session, order, note="All", permission=Permission.REFUNDS_REQUEST, **more)
            if kind == "amount":
                return request_amount(session, order, amount=amount, note="Some of it", **more)
            if kind == "line":
                line = items_of(session, order)[share % len(items_of(session, order))]
                part = money.sendable(
                    money.round_amount(line.total_price * share / 100, order.currency), order.currency
                )
                asked = Line(order_item_id=line.id, quantity=0, amount=part)
                return request(session, order=order, kind=RefundKind.LINES, lines=[asked], bearer=bearer, **more)
            return request(session, order=order, kind=RefundKind(kind), amount=amount, bearer=bearer, **more)

        if self.write(make) is not None:
            self.count(f"refunds asked: {kind}")

    def send_refund(self, refund_id: uuid.UUID, crash: str, fault: str) -> None:
        """A clerk approves a refund, or sends a failed one again; the worker may die on the way."""
        self._carry(
            crash,
            fault,
            lambda session: refund_send.begin(session, locked(session, Refund, refund_id), acting=self.clerk),
            refund_send,
            (Refund, refund_id),
        )

    def resume_refund(self, refund_id: uuid.UUID, crash: str = "", fault: str = "") -> None:
        """Another worker goes on with it."""
        self._carry(
            crash,
            fault,
            lambda session: refund_send.resume(session, locked(session, Refund, refund_id)),
            refund_send,
            (Refund, refund_id),
        )

    def send_payout(self, payout_id: uuid.UUID, crash: str, fault: str) -> None:
        """Two clerks release a payout; the worker may die on the way."""
        self._carry(
            crash,
            fault,
            lambda session: payout_send.begin(session, locked(session, Payout, payout_id), acting=self.clerk),
            payout_send,
            (Payout, payout_id),
        )

    def resume_payout(self, payout_id: uuid.UUID, crash: str = "", fault: str = "") -> None:
        """Another worker goes on with it."""
        self._carry(
            crash,
            fault,
            lambda session: payout_send.resume(session, locked(session, Payout, payout_id), acting=self.clerk),
            payout_send,
            (Payout, payout_id),
        )

    def _carry(self, crash: str, fault: str, begin: Any, service: Any, row: tuple[Any, uuid.UUID]) -> None:
        what = self.write(begin)
        if what is None or crash == "begin":
            return
        try:
            with self._trouble(fault):
                outcome = service.call(self.inbox.runtime.payments, what)
        except PaymentsUnavailableError:
            self.count("could not ask Stripe")
            return
        self.count(type(outcome).__name__)
        for _ in range(0 if crash == "call" else 2):
            self.write(lambda session: service.settle(session, locked(session, *row), what, outcome, acting=self.clerk))

    @contextmanager
    def _trouble(self, fault: str) -> Iterator[None]:
        """Stripe answers the next request badly, or takes no transfers to anybody for the time being."""
        sandbox = self.inbox.sandbox
        self.count(f"fault {fault or 'none'}")
        if fault == "closed":
            self._open_accounts(enabled=False)
        elif fault:
            sandbox.fault(fault)
        try:
            yield
        finally:
            sandbox.clear_faults()
            if fault == "closed":
                self._open_accounts(enabled=True)

    def _open_accounts(self, *, enabled: bool) -> None:
        for vendor_id in self.vendors:
            self.inbox.sandbox.happen("accounts", id=account(vendor_id), transfers_enabled=enabled)

    def reject(self, refund_id: uuid.UUID) -> None:
        self.write(
            lambda session: decide.reject(session, locked(session, Refund, refund_id), note="No", acting=self.clerk)
        )

    def refund_comes_back(self, refund_id: uuid.UUID) -> None:
        """The customer's bank sends it back; the event of it comes twice."""
        with self.inbox.sessions() as session:
            refund = session.get_one(Refund, refund_id)
        if refund.status is RefundStatus.SUCCEEDED:
            self.inbox.sandbox.happen("refunds", id=refund.stripe_refund_id, status="failed")
            for _ in range(2):
                self.inbox.take("refund.failed", {"id": refund.stripe_refund_id, "object": "refund"})
            self.count("refunds came back")

    def hear(self) -> None:
        """Stripe delivers what it has to tell of refunds and transfers, in any order."""
        kinds = {"refund.created", "refund.updated", "refund.failed", "transfer.created"}
        bodies = [body for body in self.inbox.told() if body["type"] in kinds]
        random.Random(len(bodies)).shuffle(bodies)
        for body in bodies:
            self.inbox.run(self.inbox.tell(body))

    def sweep(self, *, two: bool) -> None:
        """The scheduler looks, or two of them at the same time."""
        start = Barrier(2 if two else 1)

        def one() -> None:
            for do in (earnings.release, partial(assemble.assemble, acting=SCHEDULER)):
                with self.inbox.sessions.begin() as session:
                    session.execute(sa.text("SELECT 1"))
                    start.wait(30)
                    do(session)

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(one) for _ in range(start.parties)]:
                future.result()

    def bank_returns(self, payout_id: uuid.UUID) -> None:
        """The vendor's bank sends a payout back, and the transfer behind it is taken back at Stripe."""
        with self.inbox.sessions() as session:
            payout = session.get_one(Payout, payout_id)
        if payout.status is not PayoutStatus.COMPLETED or payout.stripe_transfer_id is None:
            return
        self.inbox.sandbox.client(retries=3).v1.transfers.reversals.create(payout.stripe_transfer_id, {})
        more: Any = {"code": "account_closed", "raw": "Closed.", "acting": STRIPE}
        for _ in range(2):
            self.write(lambda session: bank.returned(session, locked(session, Payout, payout_id), **more))
        self.count("payouts came back")

    def cancel(self, payout_id: uuid.UUID) -> None:
        self.write(
            lambda session: manage.cancel(session, locked(session, Payout, payout_id), reason="No", acting=self.clerk)
        )

    def retry(self, payout_id: uuid.UUID) -> None:
        self.write(lambda session: manage.retry(session, locked(session, Payout, payout_id), acting=self.clerk))

    def ids(self, entity: Any, *statuses: Any) -> list[uuid.UUID]:
        """Ids of refunds or payouts, oldest first."""
        query = sa.select(entity.id).order_by(entity.id)
        with self.inbox.sessions() as session:
            return list(session.scalars(query.where(entity.status.in_(statuses)) if statuses else query))


def locked(session: Session, entity: Any, row_id: uuid.UUID) -> Any:
    """The row, as an edge reads it before it calls a service."""
    return session.scalars(sa.select(entity).where(entity.id == row_id).with_for_update()).one()


def account(vendor_id: uuid.UUID) -> str:
    """The vendor's account at Stripe."""
    return f"acct_{vendor_id.hex[-16:]}"
