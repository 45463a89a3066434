"""Whatever customers, vendors and banks do in whatever order, the bookings of an account are its balance (LED-7)."""

from __future__ import annotations

import random
from typing import Any
from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.books import booked, funds
from tests.sandbox.running import RunningSandbox

ACCOUNTS = ("acct_1", "acct_2")


class Market:
    """One step of each kind; a step that Stripe refuses changes nothing."""

    def __init__(self, sandbox: RunningSandbox, chance: random.Random) -> None:
        self.sandbox, self.chance, self.client = sandbox, chance, sandbox.client()

    def some(self, listed: Any) -> Any:
        return self.chance.choice(listed.data or [None])

    def pay(self) -> None:
        status = self.chance.choice(["succeeded", "succeeded", "failed", "requires_action"])
        self.sandbox.happen("payments", amount=self.chance.randint(50, 9_000), currency="usd", status=status)

    def refund(self) -> None:
        if intent := self.some(self.client.v1.payment_intents.list()):
            self.client.v1.refunds.create({"payment_intent": intent.id, "amount": self.chance.randint(1, 3_000)})

    def refund_ends(self) -> None:
        if refund := self.some(self.client.v1.refunds.list()):
            self.sandbox.happen("refunds", id=refund.id, status=self.chance.choice(["failed", "succeeded"]))

    def transfer(self) -> None:
        source = self.some(self.client.v1.charges.list()) if self.chance.random() < 0.5 else None
        what: Any = {"amount": self.chance.randint(1, 4_000), "currency": "usd"}
        what |= {"destination": self.chance.choice(ACCOUNTS)} | ({"source_transaction": source.id} if source else {})
        self.client.v1.transfers.create(what)

    def reverse(self) -> None:
        if transfer := self.some(self.client.v1.transfers.list()):
            self.client.v1.transfers.reversals.create(transfer.id, {"amount": self.chance.randint(1, 2_000)})

    def pay_out(self) -> None:
        there: Any = {"stripe_account": self.chance.choice(ACCOUNTS)}
        self.client.v1.payouts.create({"amount": self.chance.randint(1, 3_000), "currency": "usd"}, there)

    def payout_ends(self) -> None:
        if payout := self.some(self.client.v1.payouts.list(options={"stripe_account": self.chance.choice(ACCOUNTS)})):
            self.sandbox.happen("payouts", id=payout.id, status=self.chance.choice(["paid", "failed", "canceled"]))

    def dispute(self) -> None:
        if intent := self.some(self.client.v1.payment_intents.list()):
            status = self.chance.choice(["needs_response", "warning_needs_response"])
            self.sandbox.happen("disputes", payment_intent=intent.id, amount=self.chance.randint(1, 500), status=status)

    def dispute_ends(self) -> None:
        if dispute := self.some(self.client.v1.disputes.list()):
            status = self.chance.choice(["won", "lost", "needs_response", "warning_closed"])
            self.sandbox.happen("disputes", id=dispute.id, status=status, fee_returned=self.chance.random() < 0.5)

    def wait(self) -> None:
        self.sandbox.advance(self.chance.randint(1, 100_000))

    def step(self) -> None:
        name = self.chance.choice(
            [one for one in vars(Market) if not one.startswith("_") and one not in {"some", "step"}]
        )
        try:
            getattr(self, name)()
        except stripe.InvalidRequestError:
            pass
        except HTTPError as refused:
            refused.close()
            if refused.code not in {400, 404}:
                raise


@pytest.mark.parametrize("seed", range(3))
def test_bookings_are_the_balance(sandbox, seed):
    sandbox.reset()
    sandbox.seed(accounts=[{"id": account} for account in ACCOUNTS])
    market = Market(sandbox, random.Random(seed))
    for _ in range(300):
        market.step()
    for account in (None, *ACCOUNTS):
        bookings = market.client.v1.balance_transactions.list(
            {"limit": 100}, {"stripe_account": account} if account else {}
        )
        assert sum(one.net for one in bookings.auto_paging_iter()) == sum(funds(sandbox, account)), f"seed {seed}"
        assert account is None or funds(sandbox, account)[0] >= 0
    assert len(booked(sandbox)) > 20
    for transfer in market.client.v1.transfers.list({"limit": 100}).data:
        reversals = market.client.v1.transfers.reversals.list(transfer.id, {"limit": 100}).data
        assert transfer.amount_reversed == sum(one.amount for one in reversals) <= transfer.amount
    for charge in market.client.v1.charges.list({"limit": 100}).data:
        refunds = market.client.v1.refunds.list({"charge": charge.id, "limit": 100}).data
        given = sum(one.amount for one in refunds if one.status in {"succeeded", "pending"})
        assert charge.amount_refunded == given <= charge.amount_captured
