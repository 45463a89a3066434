"""What customers, banks and Stripe do."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.clock import NOW
from backoffice.services.order_money import lock
from backoffice.services.payouts import bank
from models import Chargeback, Order, OrderItem, Payment, Payout, Refund, User
from models.chargeback import ChargebackStatus
from models.payment import PaymentState
from models.payout import PayoutStatus
from models.refund import RefundStatus
from tests.factories import make_group, make_group_payments, make_order, make_payment
from tests.factories.order_groups import add_to
from tests.machine.ground import STRIPE, Ground, locked

Lines = list[tuple[int, int]]
UNPAID: dict[str, Any] = {
    "status": PaymentState.PENDING, "provider_status": None, "processed_at": None, "available_on": None,
}  # fmt: skip


class Outside(Ground):
    """Orders, chargebacks, and money that comes back."""

    def order(self, vendor: int, currency: str, lines: Lines, shipping: int, rate: str) -> None:
        """A customer orders and pays; the event comes twice."""

        def make(session: Session) -> list[Payment]:
            order = self._order(session, vendor, currency, lines, shipping, rate)
            return [make_payment(session, order, **UNPAID, captured_amount=0)]

        self._pay(make)
        self.count("orders")

    def checkout(self, parts: list[tuple[int, Lines]], currency: str, rate: str, shares: tuple[int, ...]) -> None:
        """A customer orders from several vendors at once and pays with payments of these shares, in percent."""

        def make(session: Session) -> list[Payment]:
            group = make_group(session, (), currency=currency, paid=False)
            buyer = session.get_one(User, group.customer_id)
            orders = [self._order(session, vendor, currency, lines, 0, rate, buyer) for vendor, lines in parts]
            for order in orders:
                add_to(session, group, order, paid=False)
            total = sum((order.total_amount for order in orders), Decimal(0))
            some = [money.sendable(money.round_amount(total * share / 100, currency), currency) for share in shares]
            amounts = [*some, total - sum(some)]
            return make_group_payments(session, group, amounts, **UNPAID)

        self._pay(make)
        self.count("checkouts")

    def _order(
        self,
        session: Session,
        vendor: int,
        currency: str,
        lines: Lines,
        shipping: int,
        rate: str,
        buyer: User | None = None,
    ) -> Order:
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        order = make_order(
            session,
            vendor=session.get_one(User, self.vendors[vendor]),
            customer=buyer,
            currency=currency,
            lines=tuple((count, str(price * unit)) for count, price in lines),
            shipping=str(shipping * unit),
            rate=rate,
            paid=False,
        )
        self.orders.append(order.id)
        return order

    def _pay(self, make: Callable[[Session], list[Payment]]) -> None:
        payments = self.write(make)
        assert payments
        for payment in payments:
            intent, currency = payment.stripe_payment_intent_id, payment.currency
            self.inbox.sandbox.happen(
                "payments", id=intent, amount=money.to_stripe(payment.amount, currency), currency=currency.lower(),
                status="succeeded", available_on=int(time.time()) - 60,
            )  # fmt: skip
            for _ in range(2):
                self.inbox.take("payment_intent.succeeded", {"id": intent, "object": "payment_intent"})

    def deliver(self, order_id: uuid.UUID) -> None:
        """Every line was fulfilled a month ago."""
        lines = sa.update(OrderItem).where(OrderItem.order_id == order_id, OrderItem.fulfilled_at.is_(None))
        self.write(lambda session: session.execute(lines.values(fulfilled_at=NOW - sa.func.make_interval(0, 1))))

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
        kinds = {"refund.created", "refund.updated", "refund.failed", "transfer.created", "transfer.reversed"}
        bodies = [body for body in self.inbox.told() if body["type"] in kinds or ".dispute." in body["type"]]
        random.Random(len(bodies)).shuffle(bodies)
        for body in bodies:
            self.inbox.run(self.inbox.tell(body))

    def bank_returns(self, payout_id: uuid.UUID) -> None:
        """The vendor's bank sends a payout back; the event of it comes twice."""
        with self.inbox.sessions() as session:
            payout = session.get_one(Payout, payout_id)
        if payout.status is not PayoutStatus.COMPLETED or payout.stripe_transfer_id is None:
            return
        more: Any = {"code": "account_closed", "raw": "Closed.", "acting": STRIPE}
        for _ in range(2):
            self.write(lambda session: bank.returned(session, locked(session, Payout, payout_id), **more))
        self.count("payouts came back")

    def dispute(self, order_id: uuid.UUID, share: int) -> None:
        """The customer's bank disputes a share, in percent, of what is left of a payment; once at most."""
        with self.inbox.sessions() as session:
            payment = lock(session, session.get_one(Order, order_id))[0].payment
            known = session.scalar(sa.select(sa.exists().where(Chargeback.payment_id == payment.id)))
        left = payment.captured_amount - payment.refunded_amount
        amount = money.sendable(money.round_amount(left * share / 100, payment.currency), payment.currency)
        if amount > 0 and not known:
            wire = money.to_stripe(amount, payment.currency)
            intent = payment.stripe_payment_intent_id
            dispute = self.inbox.sandbox.happen("disputes", payment_intent=intent, amount=wire)
            self._hear_twice("created", dispute["id"])
            self.count("chargebacks")

    def decide_dispute(self, chargeback_id: uuid.UUID, *, won: bool, fee_returned: bool) -> None:
        """The bank decides."""
        with self.inbox.sessions() as session:
            chargeback = session.get_one(Chargeback, chargeback_id)
        if chargeback.status is ChargebackStatus.NEEDS_RESPONSE:
            dispute = {"id": chargeback.stripe_dispute_id, "status": "won" if won else "lost"}
            self.inbox.sandbox.happen("disputes", **dispute, fee_returned=fee_returned)
            self._hear_twice("closed", chargeback.stripe_dispute_id)
            self.count(f"chargebacks {dispute['status']}")

    def _hear_twice(self, kind: str, dispute_id: str) -> None:
        for _ in range(2):
            self.inbox.take(f"charge.dispute.{kind}", {"id": dispute_id, "object": "dispute"})
