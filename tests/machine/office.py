"""What people and sweeps of the office do, by the real services; a worker may die on the way."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.gateways.payments import PaymentsUnavailableError
from backoffice.permissions import Permission
from backoffice.services.order_money import lock
from backoffice.services.payouts import assemble, earnings, manage, take_back
from backoffice.services.payouts import send as payout_send
from backoffice.services.refunds import decide
from backoffice.services.refunds import send as refund_send
from backoffice.services.refunds.draft import Line
from backoffice.services.refunds.request import request
from backoffice.services.shares import request_amount, request_everything
from models import Order, Payout, Refund
from models.refund import RefundKind, RefundReason
from tests.factories import items_of
from tests.machine.ground import SCHEDULER, Ground, locked


class Office(Ground):
    """Refunds, payouts and what is taken back."""

    def ask(self, order_id: uuid.UUID, kind: str, share: int, bearer: Any) -> None:
        """Somebody asks for a share, in percent, of what is left of an order or of one of its lines."""

        def make(session: Session) -> Any:
            order = session.get_one(Order, order_id)
            more: dict[str, Any] = {"reason": RefundReason.OTHER, "acting": self.admin}
            left = sum((part.refundable for part in lock(session, order)), Decimal(0))
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

    def take_back(self, payout_id: uuid.UUID, crash: str = "", fault: str = "") -> None:
        """Two clerks take money of a transfer back."""
        self._carry(
            crash,
            fault,
            lambda session: take_back.begin(session, locked(session, Payout, payout_id), acting=self.clerk),
            take_back,
            (Payout, payout_id),
        )

    def resume_take_back(self, payout_id: uuid.UUID, crash: str = "", fault: str = "") -> None:
        """Another worker goes on with it."""
        self._carry(
            crash,
            fault,
            lambda session: take_back.resume(session, locked(session, Payout, payout_id)),
            take_back,
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

    def reject(self, refund_id: uuid.UUID) -> None:
        self.write(
            lambda session: decide.reject(session, locked(session, Refund, refund_id), note="No", acting=self.clerk)
        )

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

    def cancel(self, payout_id: uuid.UUID) -> None:
        self.write(
            lambda session: manage.cancel(session, locked(session, Payout, payout_id), reason="No", acting=self.clerk)
        )

    def retry(self, payout_id: uuid.UUID) -> None:
        self.write(lambda session: manage.retry(session, locked(session, Payout, payout_id), acting=self.clerk))
