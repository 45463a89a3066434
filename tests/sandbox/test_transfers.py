"""Transfers out of one charge, and reversals: never more than the transfer, only what the account has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError

import pytest
import stripe

from tests.sandbox.books import booked, funds
from tests.sandbox.running import RunningSandbox


def transfer(sandbox: RunningSandbox, amount: int = 1_000, **more):
    what = {"amount": amount, "currency": "usd", "destination": "acct_1", **more}
    return sandbox.client().v1.transfers.create(what)


def refusal(run):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        run()
    return refused.value


class TestReversal:
    def test_in_parts(self, sandbox):
        reversals = sandbox.client().v1.transfers.reversals
        made = transfer(sandbox)
        first = reversals.create(made.id, {"amount": 400, "metadata": {"reversal_id": "7"}})
        assert (funds(sandbox), funds(sandbox, "acct_1")) == ((99_400, 0), (600, 0))
        again = sandbox.client().v1.transfers.retrieve(made.id)
        assert (again.amount_reversed, again.reversed, again.reversals.data[0].id) == (400, False, first.id)
        too_much = refusal(lambda: reversals.create(made.id, {"amount": 601}))
        assert "greater than what is left" in str(too_much)
        assert reversals.create(made.id).amount == 600
        assert sandbox.client().v1.transfers.retrieve(made.id).reversed is True
        refusal(lambda: reversals.create(made.id))
        assert booked(sandbox)[1:] == [
            ("transfer", -1_000, 0),
            ("transfer_refund", 400, 0),
            ("transfer_refund", 600, 0),
        ]
        there = [("payment", 1_000, 0), ("payment_refund", -400, 0), ("payment_refund", -600, 0)]
        assert booked(sandbox, "acct_1") == there
        assert [event.type for event in sandbox.client().v1.events.list({"type": "transfer.reversed"}).data] == [
            "transfer.reversed"
        ] * 2

    def test_account_has_spent_it(self, sandbox):
        """REC-2: only what the account still has can be taken back."""
        made = transfer(sandbox)
        sandbox.client().v1.payouts.create({"amount": 700, "currency": "usd"}, {"stripe_account": "acct_1"})
        reversals = sandbox.client().v1.transfers.reversals
        assert refusal(lambda: reversals.create(made.id, {"amount": 301})).code == "balance_insufficient"
        assert reversals.create(made.id, {"amount": 300}).amount == 300

    def test_in_parallel_stay_within_the_transfer(self, sandbox):
        """M6: ten at once, three fit."""

        def reverse(number: int) -> bool:
            try:
                client.v1.transfers.reversals.create(made.id, {"amount": 300}, {"idempotency_key": f"k{number}"})
            except stripe.InvalidRequestError:
                return False
            return True

        made, client = transfer(sandbox), sandbox.client()
        transfer(sandbox)
        with ThreadPoolExecutor(10) as pool:
            assert sum(pool.map(reverse, range(10))) == 3
        assert len(sandbox.effects("transfer_reversal.created")) == 3

    def test_of_another_transfer(self, sandbox):
        made, other = transfer(sandbox), transfer(sandbox)
        reversals = sandbox.client().v1.transfers.reversals
        reversal = reversals.create(made.id)
        assert refusal(lambda: reversals.retrieve(other.id, reversal.id)).http_status == 404


class TestSourceTransaction:
    def test_waits_for_the_charge(self, sandbox):
        """The money of one charge may be moved before it is available, and never more than it."""
        sandbox.seed(balance={"usd": 0})
        intent = sandbox.happen("payments", amount=1_000, currency="usd", fee=0, transfer_group="order_7")
        charge = intent["latest_charge"]
        assert refusal(lambda: transfer(sandbox, 800)).code == "balance_insufficient"
        made = transfer(sandbox, 800, source_transaction=charge)
        assert (made.source_transaction, made.transfer_group) == (charge, "order_7")
        assert (funds(sandbox), funds(sandbox, "acct_1")) == ((0, 200), (0, 800))
        assert "exceeds" in str(refusal(lambda: transfer(sandbox, 201, source_transaction=charge)))
        assert refusal(lambda: transfer(sandbox, 1, source_transaction="ch_none")).code == "resource_missing"
        sandbox.advance(2 * 86_400)
        assert (funds(sandbox), funds(sandbox, "acct_1")) == ((200, 0), (800, 0))


def test_objects_belong_to_their_account(sandbox):
    """The platform's transfer is not the account's, and the account's payment not the platform's."""
    made = transfer(sandbox)
    client = sandbox.client()
    assert (
        refusal(lambda: client.v1.transfers.retrieve(made.id, options={"stripe_account": "acct_1"})).http_status == 404
    )
    assert refusal(lambda: client.v1.charges.retrieve(made.destination_payment)).http_status == 404
    assert refusal(lambda: client.v1.transfers.list({"starting_after": "tr_none"})).code == "resource_missing"
    assert refusal(lambda: client.v1.transfers.list({"limit": 101})).param == "limit"
    assert refusal(lambda: client.v1.transfers.list({"starting_after": made.id, "ending_before": made.id}))
    assert refusal(lambda: client.v1.transfers.list({"created": {"after": 1}})).param == "created"


def test_seeded_transfer_can_be_reversed(sandbox):
    """What was paid out before the sandbox knew of it can still be taken back (REC-2)."""
    seeded = {"id": "tr_old", "destination": "acct_1", "amount": 900, "currency": "usd", "transfer_group": "payout_7"}
    assert sandbox.seed(transfers=[seeded]) == {"transfers": 1}
    assert sandbox.seed(transfers=[seeded]) == {"transfers": 0}
    assert (funds(sandbox), funds(sandbox, "acct_1")) == ((99_100, 0), (900, 0))
    client = sandbox.client()
    assert [one.id for one in client.v1.transfers.list({"transfer_group": "payout_7"}).data] == ["tr_old"]
    assert client.v1.transfers.reversals.create("tr_old", {"amount": 900}).amount == 900
    assert [event.type for event in client.v1.events.list().data] == ["transfer.reversed"]
    with pytest.raises(HTTPError) as refused:
        sandbox.seed(transfers=[{**seeded, "id": "tr_new", "destination": "acct_none"}])
    refused.value.close()
