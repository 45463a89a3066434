"""The stateful machine: rules drawn by chance, and the truth after each of them."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from models import Chargeback, Payout, Refund, TransferReversal
from models.chargeback import ChargebackStatus
from models.payout import PayoutStatus
from models.refund import RefundBearer, RefundStatus
from models.transfer_reversal import ReversalStatus
from tests.machine import truth
from tests.machine.ground import CRASHES, CURRENCIES
from tests.machine.world import World

WHICH = st.integers(0, 9)
VENDOR = st.integers(0, 2)
CRASH = st.sampled_from(CRASHES)
LINES = st.lists(st.tuples(st.integers(1, 3), st.integers(101, 20_000)), min_size=1, max_size=3)
#: How Stripe answers the next request of a kind; mostly well. `closed` is a vendor's account that takes no transfers.
FAULT = st.sampled_from((*("",) * 6, "drop", "work_drop", "500", "500_saved", "work_500", "409", "429", "closed"))
KINDS = ("amount", "line", "line", "goodwill", "shipping", "everything")


def having(entity: Any, *statuses: Any) -> Any:
    """Only while there is such a row."""
    return precondition(lambda machine: bool(machine.world.ids(entity, *statuses)))


def pick(ids: Sequence[uuid.UUID], which: int) -> list[uuid.UUID]:
    """One of these, counted from the newest; none when there is none."""
    return [ids[-1 - which % len(ids)]] if ids else []


class MoneyMachine(RuleBasedStateMachine):
    """Orders, refunds and payouts of three vendors in three currencies."""

    world: ClassVar[World]

    @initialize(orders=st.lists(st.tuples(VENDOR, st.sampled_from(CURRENCIES), LINES), min_size=2, max_size=4))
    def first(self, orders: list[tuple[int, str, list[tuple[int, int]]]]) -> None:
        """Some orders, of which all but the newest are delivered."""
        self.world.begin()
        for vendor, currency, lines in orders:
            self.world.order(vendor, currency, lines, 500, "0.100000")
        for order_id in self.world.orders[:-1]:
            self.world.deliver(order_id)

    @rule(
        vendor=VENDOR,
        currency=st.sampled_from(CURRENCIES),
        lines=LINES,
        shipping=st.sampled_from((0, 499)),
        rate=st.sampled_from(("0.100000", "0.123456", "0")),
    )
    def order(self, vendor: int, currency: str, lines: list[tuple[int, int]], shipping: int, rate: str) -> None:
        self.world.order(vendor, currency, lines, shipping, rate)

    @rule(
        parts=st.lists(st.tuples(VENDOR, LINES), min_size=2, max_size=3, unique_by=lambda part: part[0]),
        currency=st.sampled_from(CURRENCIES),
        rate=st.sampled_from(("0.100000", "0.123456")),
        shares=st.sampled_from(((), (), (60,))),
    )
    def checkout(self, parts: list[tuple[int, Any]], currency: str, rate: str, shares: tuple[int, ...]) -> None:
        self.world.checkout(parts, currency, rate, shares)

    @rule(which=WHICH)
    def deliver(self, which: int) -> None:
        for order_id in pick(self.world.orders, which):
            self.world.deliver(order_id)

    @rule(
        which=WHICH,
        kind=st.sampled_from(KINDS),
        share=st.integers(1, 100),
        bearer=st.sampled_from((None, *RefundBearer)),
    )
    def ask(self, which: int, kind: str, share: int, bearer: Any) -> None:
        for order_id in pick(self.world.orders, which):
            self.world.ask(order_id, kind, share, bearer)

    @rule(which=WHICH, kind=st.sampled_from(KINDS), share=st.integers(1, 100), crash=CRASH, fault=FAULT)
    def ask_and_send(self, which: int, kind: str, share: int, crash: str, fault: str) -> None:
        self.ask(which, kind, share, None)
        for refund_id in self.world.ids(Refund, RefundStatus.REQUESTED)[-1:]:
            self.world.send_refund(refund_id, crash, fault)

    @having(Refund, RefundStatus.REQUESTED, RefundStatus.FAILED)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def send_refund(self, which: int, crash: str, fault: str) -> None:
        for refund_id in pick(self.world.ids(Refund, RefundStatus.REQUESTED, RefundStatus.FAILED), which):
            self.world.send_refund(refund_id, crash, fault)

    @having(Refund)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def resume_refund(self, which: int, crash: str, fault: str) -> None:
        for refund_id in pick(self.world.ids(Refund), which):
            self.world.resume_refund(refund_id, crash, fault)

    @having(Refund, RefundStatus.REQUESTED)
    @rule(which=WHICH)
    def reject(self, which: int) -> None:
        for refund_id in pick(self.world.ids(Refund, RefundStatus.REQUESTED), which):
            self.world.reject(refund_id)

    @having(Refund, RefundStatus.SUCCEEDED)
    @rule(which=WHICH)
    def refund_comes_back(self, which: int) -> None:
        for refund_id in pick(self.world.ids(Refund, RefundStatus.SUCCEEDED), which):
            self.world.refund_comes_back(refund_id)

    @rule(two=st.booleans())
    def sweep(self, *, two: bool) -> None:
        self.world.sweep(two=two)

    @rule(which=WHICH)
    def deliver_and_sweep(self, which: int) -> None:
        self.deliver(which)
        self.world.sweep(two=False)

    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def sweep_and_send(self, which: int, crash: str, fault: str) -> None:
        self.world.sweep(two=False)
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.PENDING), which):
            self.world.send_payout(payout_id, crash, fault)

    @having(Payout, PayoutStatus.PENDING)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def send_payout(self, which: int, crash: str, fault: str) -> None:
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.PENDING), which):
            self.world.send_payout(payout_id, crash, fault)

    @having(Payout)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def resume_payout(self, which: int, crash: str, fault: str) -> None:
        for payout_id in pick(self.world.ids(Payout), which):
            self.world.resume_payout(payout_id, crash, fault)

    @having(Payout, PayoutStatus.COMPLETED)
    @rule(which=WHICH)
    def bank_returns(self, which: int) -> None:
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.COMPLETED), which):
            self.world.bank_returns(payout_id)

    @having(Payout, PayoutStatus.COMPLETED, PayoutStatus.FAILED)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def take_back(self, which: int, crash: str, fault: str) -> None:
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.COMPLETED, PayoutStatus.FAILED), which):
            self.world.take_back(payout_id, crash, fault)

    @having(TransferReversal, ReversalStatus.PROCESSING)
    @rule(which=WHICH, crash=CRASH, fault=FAULT)
    def resume_take_back(self, which: int, crash: str, fault: str) -> None:
        for payout_id in pick(self.world.reversing(), which):
            self.world.resume_take_back(payout_id, crash, fault)

    @rule(which=WHICH, share=st.sampled_from((100, 100, 60, 7)))
    def dispute(self, which: int, share: int) -> None:
        for order_id in pick(self.world.orders, which):
            self.world.dispute(order_id, share)

    @having(Chargeback, ChargebackStatus.NEEDS_RESPONSE)
    @rule(which=WHICH, won=st.booleans(), fee_returned=st.booleans())
    def decide_dispute(self, which: int, *, won: bool, fee_returned: bool) -> None:
        for chargeback_id in pick(self.world.ids(Chargeback, ChargebackStatus.NEEDS_RESPONSE), which):
            self.world.decide_dispute(chargeback_id, won=won, fee_returned=fee_returned)

    @having(Payout, PayoutStatus.FAILED)
    @rule(which=WHICH)
    def retry(self, which: int) -> None:
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.FAILED), which):
            self.world.retry(payout_id)

    @having(Payout, PayoutStatus.PENDING, PayoutStatus.FAILED)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        for payout_id in pick(self.world.ids(Payout, PayoutStatus.PENDING, PayoutStatus.FAILED), which):
            self.world.cancel(payout_id)

    @rule()
    def hear(self) -> None:
        self.world.hear()

    @rule()
    def rest(self) -> None:
        """Everything under way comes to its end."""
        self.world.inbox.sandbox.clear_faults()
        for refund_id in self.world.ids(Refund, RefundStatus.PROCESSING):
            self.world.resume_refund(refund_id)
        for payout_id in self.world.ids(Payout, PayoutStatus.PROCESSING):
            self.world.resume_payout(payout_id)
        for payout_id in self.world.reversing():
            self.world.resume_take_back(payout_id)
        truth.check_at_rest(self.world.inbox)

    @invariant()
    def the_book_and_stripe_agree(self) -> None:
        if self.world.orders:
            self.world.count("steps")
            truth.check(self.world.inbox)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and self.world.orders:
                self.rest()
                truth.check(self.world.inbox)
        finally:
            self.world.orders = []
            self.world.cleaner.clean()
