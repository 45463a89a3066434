"""A vendor's account that is itself below zero at Stripe gets no transfer, which it would only swallow (REC-8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.actions.base import Target
from backoffice.actions.submit import Ids, submit
from backoffice.permissions import Role
from backoffice.services.payouts import preflight
from models import OperationItem, Payout, VendorProfile
from tests.factories.acting import acting_for
from tests.factories.payouts import make_payout
from tests.factories.users import make_user
from tests.faults.decisions import PAYOUT, Decision, decide, once, submit_on, traces
from tests.faults.here import Here

pytestmark = pytest.mark.faults
BALANCE = "/v1/balance"


def set_balance(here: Here, payout_id: uuid.UUID, amounts: Mapping[str, int]) -> None:
    """What the account of the payout's vendor has, in cents."""
    here.sandbox.seed(balances={account_of(here, payout_id): amounts})


def account_of(here: Here, payout_id: uuid.UUID) -> str:
    with here.sessions() as session:
        account = sa.select(VendorProfile.stripe_account_id).join(Payout, Payout.vendor_id == VendorProfile.vendor_id)
        return str(session.scalars(account.where(Payout.id == payout_id)).one())


def test_it_is_skipped_and_can_be_released_later(here: Here) -> None:
    """REC-8: nothing is sent, the payout stays pending and whole, and the clerk reads why."""
    decision = decide(here, PAYOUT)
    set_balance(here, decision.target, {"usd": -1_250})
    here.finish(decision)
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.chain, seen.transactions) == (0, "pending", [], [])
    assert (seen.item, seen.code) == ("refused", "account_negative")
    assert seen.message == (
        "The vendor's account at Stripe is at -12.50 USD, which a transfer would only fill up. The payout stays"
        " pending; release it when the account is out of debt."
    )
    assert here.keys(decision) == []
    set_balance(here, decision.target, {"usd": 0})
    later = submit_on(here, PAYOUT, decision.target)
    here.finish(later)
    assert traces(here, later) == once(later)


def test_the_others_of_a_batch_go(here: Here) -> None:
    """REC-8: only the vendor whose account owes is left out."""
    with here.sessions.begin() as session:
        payouts = [make_payout(session).id for _ in range(3)]
        accounts = session.scalars(sa.select(VendorProfile.stripe_account_id)).all()
        operation = submit(
            session,
            registry.get(PAYOUT),
            Ids([Target(id=payout, version=None) for payout in payouts]),
            {},
            client_key=uuid.uuid4().hex,
            acting=acting_for(make_user(session, Role.FINANCE)),
            panel=Role.FINANCE,
        ).id
    here.sandbox.seed(accounts=[{"id": account} for account in accounts], balance={"usd": 10_000_000})
    set_balance(here, payouts[1], {"usd": -1})
    here.finish(Decision(action=PAYOUT, target=payouts[0], operation=operation))
    with here.sessions() as session:
        found = sa.select(OperationItem).where(OperationItem.operation_id == operation)
        items = session.scalars(found.order_by(OperationItem.position)).all()
        assert [item.status.value for item in items] == ["succeeded", "refused", "succeeded"]
        statuses = [session.get_one(Payout, payout).status.value for payout in payouts]
        assert statuses == ["completed", "pending", "completed"]


def test_a_debt_in_another_currency_holds_nothing(here: Here) -> None:
    """REC-8, REC-7: balances are looked at by currency."""
    decision = decide(here, PAYOUT)
    set_balance(here, decision.target, {"eur": -5_000})
    here.finish(decision)
    assert traces(here, decision) == once(decision)


def test_stripe_cannot_be_asked(here: Here) -> None:
    """REC-8: not to know is no leave to send; it is asked again, and the transfer goes once."""
    decision = decide(here, PAYOUT)
    # The first question is about the platform (PAY-7).
    here.sandbox.fault("500", BALANCE, method="GET", skip=1)
    here.run(decision)
    seen = traces(here, decision)
    assert (seen.effects, seen.status, seen.item) == (0, "pending", "queued")
    assert seen.message == "The database or the payment provider could not be asked."
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)


def test_what_has_begun_is_not_asked_about_again(here: Here) -> None:
    """REC-8, IDE-1: once the intention is committed the same key settles it, whatever the account owes by now."""
    decision = decide(here, PAYOUT)
    here.sandbox.fault("work_drop", "/v1/transfers")
    here.run(decision)
    set_balance(here, decision.target, {"usd": -1_250})
    here.skip_pause(decision)
    here.finish(decision)
    assert traces(here, decision) == once(decision)


def test_one_that_is_not_pending_goes_nowhere(here: Here) -> None:
    """REC-8: then there is nothing to ask about, and the action's own checks say why."""
    decision = decide(here, PAYOUT)
    here.finish(decision)
    with here.sessions() as session:
        assert preflight.destination(session, decision.target) is None
    again = decide(here, PAYOUT)
    with here.sessions.begin() as session:
        vendor = session.get_one(Payout, again.target).vendor_id
        change = sa.update(VendorProfile).where(VendorProfile.vendor_id == vendor)
        session.execute(change.values(stripe_account_id=None, payouts_enabled=False))
    here.finish(again)
    seen = traces(here, again)
    assert (seen.effects, seen.status, seen.item) == (0, "pending", "refused")
    assert "no payout account" in str(seen.message)
