"""Customers who pay, people who decide, banks that send money back: through the doors that they really use."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.submit import One, approve, submit
from backoffice.clock import NOW
from backoffice.database import act_as
from backoffice.errors import DomainError
from backoffice.permissions import Role
from models import Operation, Order, OrderItem, Payment, Payout, Refund, User, VendorProfile
from models.operation import OperationStatus
from models.order import OrderStatus
from models.payment import PaymentState
from models.payout import PayoutStatus
from models.refund import RefundStatus
from tests.chaos.stage import Stage
from tests.factories import acting_for, make_order, make_payment, make_user, make_vendor
from tests.machine.ground import CURRENCIES, FUNDS, account

VENDORS = 3
ORDERS = 24
#: Shares of the currencies; yen has no decimals and the dinar three.
_CURRENCIES = (*CURRENCIES, CURRENCIES[0], CURRENCIES[0], CURRENCIES[0])
_UNIT = {"USD": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.01")}
#: What may happen next, the likelier the more often it is named.
_ACTS = (*("sell",) * 4, *("deliver",) * 2, *("ask",) * 2, *("decide",) * 4, *("assemble",) * 2, *("release",) * 5,
         "bank_returns", "go_on", "go_on")  # fmt: skip
_MONTH = sa.func.make_interval(0, 1)
#: So many payments are disputed.
_DISPUTES = 3


@dataclass
class Market:
    """One seed's marketplace. Every act is one transaction or one call that the other side may refuse."""

    stage: Stage
    dice: random.Random
    figures: Counter[str] = field(default_factory=Counter)
    vendors: list[uuid.UUID] = field(default_factory=list)
    orders: list[uuid.UUID] = field(default_factory=list)
    #: Who may do what: an admin asks, two clerks of finance decide.
    admin: Acting = field(default_factory=Acting.system)
    clerk: Acting = field(default_factory=Acting.system)
    colleague: Acting = field(default_factory=Acting.system)
    operations: dict[uuid.UUID, Acting] = field(default_factory=dict)
    disputed: list[str] = field(default_factory=list)
    #: What was done to which target on which occasion, so that nobody does it twice.
    decided: set[tuple[str, uuid.UUID, int]] = field(default_factory=set)

    def open(self) -> None:
        """People and vendors; Stripe knows the vendors' accounts and has some money."""

        def make(session: Session) -> list[uuid.UUID]:
            self.admin = acting_for(make_user(session))
            self.clerk, self.colleague = (acting_for(make_user(session, Role.FINANCE)) for _ in range(2))
            return [make_vendor(session).id for _ in range(VENDORS)]

        self.vendors = self.stage.patiently(make)
        self.stage.sandbox.seed(
            accounts=[{"id": account(vendor)} for vendor in self.vendors],
            balance={currency.lower(): FUNDS for currency in CURRENCIES},
        )

    def begin(self) -> None:
        """Some orders are paid and delivered before anything goes wrong, so that there is money to be sent."""
        for _ in range(ORDERS // 2):
            self.sell()
        waiting = sa.select(sa.exists().where(Payment.status == PaymentState.PENDING))
        self.stage.wait_until(lambda: not self._rows(waiting)[0][0])
        self.deliver()

    def steps(self) -> Iterator[None]:
        """One thing after the other; when all is sold, people still have a lot to do."""
        while True:
            act = self.dice.choice(_ACTS)
            if act != "sell" or len(self.orders) < ORDERS:
                getattr(self, act)()
            yield

    def sell(self) -> None:
        """A customer orders and pays; Stripe tells us."""
        currency, intent = self.dice.choice(_CURRENCIES), f"pi_{uuid.uuid4().hex}"
        vendor, order_id = self.dice.choice(self.vendors), uuid.uuid4()
        lines = [(self.dice.randint(1, 3), self.dice.randint(1_500, 6_000)) for _ in range(self.dice.randint(1, 2))]

        def make(session: Session) -> int:
            if session.get(Order, order_id) is None:
                order = make_order(
                    session,
                    id=order_id,
                    vendor=session.get_one(User, vendor),
                    currency=currency,
                    lines=[(count, str(price * _UNIT[currency])) for count, price in lines],
                    shipping=str(500 * _UNIT[currency]),
                    paid=False,
                )
                make_payment(
                    session, order, stripe_payment_intent_id=intent, status="pending", provider_status=None,
                    processed_at=None, available_on=None, captured_amount=0,
                )  # fmt: skip
            return money.to_stripe(session.get_one(Order, order_id).total_amount, currency)

        wire = self.stage.patiently(make)
        self.orders.append(order_id)
        moment = self.stage.sandbox.now() - 60
        self.stage.sandbox.happen(
            "payments", id=intent, amount=wire, currency=currency.lower(), status="succeeded", available_on=moment
        )
        self.figures["orders"] += 1

    def deliver(self) -> None:
        """Everything that is confirmed was fulfilled a month ago."""
        confirmed = sa.select(Order.id).where(Order.status == OrderStatus.CONFIRMED)
        lines = sa.update(OrderItem).where(OrderItem.order_id.in_(confirmed), OrderItem.fulfilled_at.is_(None))
        self.stage.patiently(lambda session: session.execute(lines.values(fulfilled_at=NOW - _MONTH)))

    def ask(self) -> None:
        """Somebody asks for some of an order's money back."""
        paid = self._some(sa.select(Payment.order_id).where(Payment.status == PaymentState.SUCCEEDED))
        for order_id in paid:
            order = self.stage.patiently(lambda session, one=order_id: session.get_one(Order, one))
            share = order.total_amount * self.dice.randint(5, 40) / 100
            amount = money.sendable(money.round_amount(share, order.currency), order.currency)
            inputs = {"kind": "goodwill", "amount": str(amount), "reason": "goodwill", "note": "Sorry."}
            self.act("refund.request", order_id, self.admin, **inputs)

    def decide(self) -> None:
        """A clerk approves a refund."""
        for refund_id in self._some(sa.select(Refund.id).where(Refund.status == RefundStatus.REQUESTED)):
            self.once("refund.approve", refund_id)

    def assemble(self) -> None:
        """A clerk puts a vendor's payouts together."""
        vendor = self.dice.choice(self.vendors)
        for profile in self._some(sa.select(VendorProfile.id).where(VendorProfile.vendor_id == vendor)):
            self.act("vendor_profile.assemble", profile, self.clerk)

    def release(self) -> None:
        """A clerk releases a payout."""
        pending = sa.select(Payout.id, Payout.attempt).where(Payout.status == PayoutStatus.PENDING)
        for payout_id, attempt in self._rows(pending)[:2]:
            self.once("payout.release", payout_id, attempt)

    def bank_returns(self) -> None:
        """A vendor's bank sends a payout back, the one or the other day."""
        sent = sa.select(Payout).where(Payout.status == PayoutStatus.COMPLETED, Payout.stripe_payout_id.is_(None))
        for payout in self.stage.patiently(lambda session: session.scalars(sent.limit(1)).all()):
            key = f"bank:{payout.id}:{payout.attempt}"
            if not self._is_new("bank", payout.id, payout.attempt):
                return
            # The vendor's own bank and Stripe hear each other: an ordered fault of no length goes before the weather.
            self.stage.sandbox.fault("hang", "/v1/payouts", key=key, seconds=0)
            made = self.stage.sandbox.client().v1.payouts.create(
                {
                    "amount": money.to_stripe(payout.amount, payout.currency),
                    "currency": payout.currency.lower(),
                    "metadata": {"payout_id": str(payout.id), "attempt": str(payout.attempt)},
                },
                {"idempotency_key": key, "stripe_account": str(payout.destination_account)},
            )
            self.stage.sandbox.happen("payouts", id=made.id, status="failed", failure_code="account_closed")
            self.figures["payouts returned"] += 1

    def go_on(self) -> None:
        """A clerk takes back what the bank returned, and pays it anew."""
        failed = sa.select(Payout).where(Payout.status == PayoutStatus.FAILED)
        for payout in self.stage.patiently(lambda session: session.scalars(failed).all()):
            if payout.stripe_transfer_id is None:
                self.once("payout.retry", payout.id, payout.attempt)
            elif payout.reversed_amount < payout.amount:
                self.once("payout.take_back", payout.id, payout.version)

    def charge_back(self) -> None:
        """Customers' banks dispute payments; what they decide comes later."""
        paid = sa.select(Payment.stripe_payment_intent_id).where(Payment.status == PaymentState.SUCCEEDED)
        for (intent,) in self._rows(paid.order_by(sa.desc(Payment.created_at)).limit(_DISPUTES)):
            self.disputed.append(self.stage.sandbox.happen("disputes", payment_intent=intent)["id"])
            self.figures["chargebacks"] += 1

    def banks_decide(self) -> None:
        """Every second chargeback is won."""
        for number, dispute in enumerate(self.disputed):
            self.stage.sandbox.happen("disputes", id=dispute, status="lost" if number % 2 else "won")

    def once(self, key: str, target: uuid.UUID, occasion: int = 1) -> None:
        """Do something to a target, unless that was done on this occasion."""
        if self._is_new(key, target, occasion):
            self.act(key, target, self.clerk)

    def _is_new(self, key: str, target: uuid.UUID, occasion: int) -> bool:
        known = len(self.decided)
        self.decided.add((key, target, occasion))
        return len(self.decided) > known

    def act(self, key: str, target: uuid.UUID, acting: Acting, **inputs: str) -> uuid.UUID | None:
        """What a click does; a second click, when the first was not answered, is the same operation (M18)."""
        click, panel = uuid.uuid4().hex, acting.role
        assert isinstance(panel, Role)

        def do(session: Session) -> Operation:
            act_as(session, acting)
            more: dict[str, Any] = {"client_key": click, "acting": acting, "panel": panel}
            return submit(session, registry.get(key), One(target), inputs, **more)

        try:
            operation = self.stage.patiently(do)
            if operation.status is OperationStatus.AWAITING_APPROVAL:
                self.stage.patiently(lambda session: self._agree(session, operation.id))
        except DomainError as refused:
            self.figures[f"refused {refused.code}"] += 1
            return None
        self.operations[operation.id] = acting
        self.figures[key] += 1
        return operation.id

    def _agree(self, session: Session, operation_id: uuid.UUID) -> None:
        """The second person's click."""
        act_as(session, self.colleague)
        if session.get_one(Operation, operation_id).status is OperationStatus.AWAITING_APPROVAL:
            approve(session, operation_id, self.colleague)

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return list(self.stage.patiently(lambda session: session.execute(query).all()))

    def _some(self, query: sa.Select[Any]) -> list[uuid.UUID]:
        """One of the ids, or none when there is none."""
        found = [row[0] for row in self._rows(query.order_by(query.selected_columns[0]))]
        return [self.dice.choice(found)] if found else []
