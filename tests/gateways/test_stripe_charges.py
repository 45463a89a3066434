"""Charging a card while its owner is away: each outcome, what is found afterwards, and the customer's card (SUB-7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backoffice.gateways.payments import Outcome, Refused, RetrySameKey, Succeeded, Unknown
from backoffice.gateways.provider import ProviderCustomer
from backoffice.gateways.stripe_payments import StripePayments
from tests.sandbox.running import RunningSandbox

ATTEMPT = {"invoice_charge_id": "7"}
INTENTS = "/v1/payment_intents"


@pytest.fixture(autouse=True)
def _customer(sandbox: RunningSandbox) -> None:
    sandbox.seed(customers=[{"id": "cus_1", "payment_method": "pm_card_visa"}, {"id": "cus_2"}])


def charge(
    payments: StripePayments, method: str = "pm_card_visa", key: str = "invoice:7:1", amount: str = "30"
) -> Outcome:
    return payments.charge(
        customer="cus_1", payment_method=method, amount=Decimal(amount), currency="USD", key=key, metadata=ATTEMPT
    )


def test_paid(sandbox: RunningSandbox, payments: StripePayments) -> None:
    """SUB-7: at once, without anybody there; the same key again is the same charge (IDE-1)."""
    first, second = charge(payments), charge(payments)
    assert isinstance(first, Succeeded)
    assert (first.status, first) == ("succeeded", second)
    assert payments.find_charge("cus_1", ATTEMPT) == first
    assert payments.find_charge("cus_1", {"invoice_charge_id": "8"}) is None
    assert payments.find_charge("cus_2", ATTEMPT) is None
    state = payments.payment_state(first.id)
    assert state is not None
    assert (state.captured, state.fee, state.failure_code, dict(state.metadata)) == (
        Decimal(30), Decimal("1.17"), None, ATTEMPT,
    )  # fmt: skip
    assert len(sandbox.effects("payment_intent.succeeded")) == 1


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_declined(payments: StripePayments, method: str, code: str) -> None:
    """M4: definite, with the issuer's own reason; found again it is the same refusal."""
    told = Refused(code=code, message="Your card was declined.")
    assert charge(payments, method) == told
    assert payments.find_charge("cus_1", ATTEMPT) == told
    assert isinstance(charge(payments, key="invoice:7:2"), Succeeded)
    found = payments.find_charge("cus_1", ATTEMPT)
    assert isinstance(found, Succeeded), "what went through is preferred"


def test_why_it_failed_is_told_later_too(sandbox: RunningSandbox, payments: StripePayments) -> None:
    charge(payments, "pm_card_chargeDeclinedInsufficientFunds")
    [made] = sandbox.client().v1.payment_intents.list({"customer": "cus_1"}).data
    state = payments.payment_state(made.id)
    assert state is not None
    assert (state.status, state.failure_code, state.failure_message) == (
        "requires_payment_method", "insufficient_funds", "Your card was declined.",
    )  # fmt: skip


def test_given_up(sandbox: RunningSandbox, payments: StripePayments) -> None:
    """One that waits may still be paid; one that was given up without a word from the issuer is refused."""
    intents = sandbox.client().v1.payment_intents
    made = intents.create({"amount": 5, "currency": "usd", "customer": "cus_1", "metadata": ATTEMPT, "confirm": True,
                           "payment_method": "pm_card_authenticationRequired"})  # fmt: skip
    waiting = payments.find_charge("cus_1", ATTEMPT)
    assert isinstance(waiting, Succeeded)
    assert waiting.status == "requires_action"
    intents.cancel(made.id)
    assert payments.find_charge("cus_1", ATTEMPT) == Refused(code="canceled", message="canceled")


@pytest.mark.parametrize(("amount", "code"), [("0.001", "invalid_amount"), ("30", "resource_missing")])
def test_refused(payments: StripePayments, amount: str, code: str) -> None:
    """M4: an amount that Stripe cannot carry; a card that is none."""
    outcome = charge(payments, "pm_nothing", amount=amount)
    assert isinstance(outcome, Refused)
    assert outcome.code == code


@pytest.mark.parametrize(("fault", "outcome"), [("drop", RetrySameKey), ("work_drop", RetrySameKey), ("500", Unknown)])
def test_not_known(sandbox: RunningSandbox, payments: StripePayments, fault: str, outcome: type) -> None:
    """M4."""
    sandbox.fault(fault, INTENTS)
    assert isinstance(charge(payments), outcome)
    assert isinstance(charge(payments), Succeeded)
    assert len(sandbox.effects("payment_intent.succeeded")) == 1


def test_customers(sandbox: RunningSandbox, payments: StripePayments) -> None:
    """SUB-5: the card that is charged now; none; nobody."""
    sandbox.client().v1.customers.update(
        "cus_1", {"invoice_settings": {"default_payment_method": "pm_card_bypassPending"}}
    )
    assert payments.customer_state("cus_1") == ProviderCustomer(id="cus_1", payment_method="pm_card_bypassPending")
    assert payments.customer_state("cus_2") == ProviderCustomer(id="cus_2", payment_method=None)
    assert payments.customer_state("cus_3") is None
