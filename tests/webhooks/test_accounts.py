"""Vendors' accounts at Stripe: whether they may be paid, and the hold after their bank changed (PAY-1, M11)."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from models import VendorProfile
from tests.factories.users import make_vendor
from tests.webhooks.support import Inbox

NEW = {"object": "bank_account", "id": "ba_2", "fingerprint": "new", "bank_name": "B", "last4": "2222", "country": "DE"}


@pytest.fixture
def account(inbox: Inbox) -> str:
    with inbox.sessions.begin() as session:
        make_vendor(session, profile={"stripe_account_id": "acct_1", "bank_fingerprint": "old", "bank_last4": "1111"})
    return "acct_1"


def profile(inbox: Inbox) -> VendorProfile:
    with inbox.sessions() as session:
        return session.scalars(sa.select(VendorProfile)).one()


def updated(inbox: Inbox, **change: Any) -> Any:
    inbox.sandbox.happen("accounts", id="acct_1", **change)
    return inbox.hear("account.updated", account="acct_1")[-1]


def test_what_stripe_allows_now(inbox: Inbox, account: str) -> None:
    """PAY-1: off and on again; what is past due; the current state counts, not the event's."""
    assert updated(inbox, past_due=["external_account"]).status == "processed"
    assert profile(inbox).requirements_past_due
    assert updated(inbox, payouts_enabled=False, past_due=[]).outcome == "Payouts are off at Stripe."
    found = profile(inbox)
    assert (found.payouts_enabled, found.requirements_past_due, found.bank_changed_at) == (False, False, None)
    old = {"id": account, "object": "account", "payouts_enabled": True}
    event = inbox.take("account.updated", old, account=account)
    assert (event.status, profile(inbox).payouts_enabled) == ("ignored", False)


def test_the_currencies_of_its_banks(inbox: Inbox, account: str) -> None:
    """PAY-1, 8: kept as Stripe lists them, and unknown while it lists none."""
    assert updated(inbox, bank_currencies=["usd", "eur"]).status == "processed"
    assert profile(inbox).payout_currencies == ["EUR", "USD"]
    inbox.sandbox.happen("accounts", id=account, bank_currencies=["eur"])
    inbox.take("account.external_account.deleted", {**NEW, "fingerprint": "old"}, account=account)
    assert profile(inbox).payout_currencies == ["EUR"]
    updated(inbox)
    assert profile(inbox).payout_currencies is None


def test_an_update_that_names_the_bank(inbox: Inbox, account: str) -> None:
    """M11: the hold begins, though we cannot see which bank it is."""
    thing = {"id": account, "object": "account"}
    body = {"data": {"object": thing, "previous_attributes": {"external_accounts": {}}}}
    event = inbox.take("account.updated", thing, account=account, body=body)
    assert (event.status, profile(inbox).bank_changed_at) == ("processed", event.provider_created)


@pytest.mark.parametrize("places", list(itertools.permutations(range(3))))
def test_the_hold_counts_from_the_latest_change(inbox: Inbox, account: str, places: tuple[int, ...]) -> None:
    """M11, WEB-2: three changes in any order: the latest one's time, and its bank."""
    moment = now()
    changes = [
        {"thing": {**NEW, "fingerprint": f"f{place}", "last4": f"000{place}"},
         "provider_created": moment - dt.timedelta(hours=3 - place)}
        for place in range(3)
    ]  # fmt: skip
    for place in places:
        kind = "account.external_account.created"
        assert inbox.take(kind, account=account, **changes[place]).status == "processed"
    found = profile(inbox)
    assert (found.bank_changed_at, found.bank_last4, found.bank_fingerprint) == (
        moment - dt.timedelta(hours=1), "0002", "f2",
    )  # fmt: skip
    assert (found.bank_name, found.bank_country) == ("B", "DE")


def test_the_bank_that_we_know(inbox: Inbox, account: str) -> None:
    """Its name or its metadata changed: no hold."""
    event = inbox.take("account.external_account.updated", {**NEW, "fingerprint": "old"}, account=account)
    assert (event.status, profile(inbox).bank_changed_at) == ("ignored", None)


def test_a_bank_that_is_gone(inbox: Inbox, account: str) -> None:
    """It is a change as well; what was shown of it stays until there is another."""
    event = inbox.take("account.external_account.deleted", {**NEW, "fingerprint": "old"}, account=account)
    found = profile(inbox)
    assert (event.status, found.bank_changed_at, found.bank_last4) == ("processed", event.provider_created, "1111")


def test_accounts_that_are_not_ours(inbox: Inbox) -> None:
    """Attack 62."""
    inbox.sandbox.happen("accounts", id="acct_1", payouts_enabled=False)
    (event,) = inbox.hear("account.updated", account="acct_1")
    assert (event.status, event.last_error) == ("parked", "No vendor of ours has this account.")
    assert inbox.take("account.external_account.created", NEW, account="acct_1").status == "parked"
    with inbox.sessions.begin() as session:
        make_vendor(session, profile={"stripe_account_id": "acct_gone"})
    gone = inbox.take("account.updated", {"id": "acct_gone", "object": "account"})
    assert gone.last_error == "Stripe does not know this account."
