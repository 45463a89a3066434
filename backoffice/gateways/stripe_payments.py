"""Stripe behind `Payments`: the writes. Only modules here that are named `stripe_...` import its SDK."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import stripe

from backoffice.config import Config, ConfigError
from backoffice.errors import InvalidInputError
from backoffice.gateways.payments import Outcome, Payments
from backoffice.gateways.stripe_outcomes import (
    attempt,
    charge_outcome,
    created_outcome,
    dispute_outcome,
    payout_outcome,
    refund_outcome,
)
from backoffice.gateways.stripe_reads import StripeReads
from backoffice.gateways.stripe_throttle import PACE, PacedSession
from backoffice.money import payout_amount, to_stripe

#: Pinned, so that an upgrade of the SDK never changes the parameters of a retry (M3).
API_VERSION: Final = "2026-10-28.endive"
CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 20.0
RETRIES: Final = 1


class StripePayments(StripeReads):
    """`Payments` over Stripe, or over the sandbox when `api_base` names its address."""

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str | None = None,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        retries: int = RETRIES,
    ) -> None:
        session = PacedSession()
        # The sandbox is on this machine: a proxy or a .netrc meant for the internet has no business there.
        session.trust_env = api_base is None
        self._timeout = timeout
        self._retries = retries
        self._client = stripe.StripeClient(
            api_key,
            stripe_version=API_VERSION,
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout, session=session),
            base_addresses={"api": api_base} if api_base else {},
        )

    @property
    def worst_case_seconds(self) -> float:
        """Every try until its turn and its time-outs, and the longest pauses between them (J13)."""
        client = stripe.HTTPClient
        pauses = sum(min(client.INITIAL_DELAY * 2.0**number, client.MAX_DELAY) for number in range(self._retries))
        return (self._retries + 1) * (PACE.interval + sum(self._timeout)) + float(pauses)

    def refund(
        self, *, payment_intent: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Give back `amount`; a refund that Stripe made but could not pay is `Refused` with its failure reason."""
        refunds = self._client.v1.refunds
        return attempt(
            lambda: refunds.create(
                {
                    "payment_intent": payment_intent,
                    "amount": to_stripe(amount, currency),
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            ),
            refund_outcome,
        )

    def transfer(
        self,
        *,
        account: str,
        amount: Decimal,
        currency: str,
        transfer_group: str,
        key: str,
        metadata: Mapping[str, str],
    ) -> Outcome:
        """Move `amount` to a connected account."""
        transfers = self._client.v1.transfers
        return attempt(
            lambda: transfers.create(
                {
                    "amount": to_stripe(amount, currency),
                    "currency": currency.lower(),
                    "destination": account,
                    "transfer_group": transfer_group,
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            ),
            created_outcome,
        )

    def reverse_transfer(
        self, *, transfer: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Take `amount` of a transfer back; `balance_insufficient` when the account has spent it."""
        reversals = self._client.v1.transfers.reversals
        return attempt(
            lambda: reversals.create(
                transfer,
                {"amount": to_stripe(amount, currency), "metadata": dict(metadata)},
                {"idempotency_key": key},
            ),
            created_outcome,
        )

    def pay_out(
        self, *, account: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Send `amount` to the account's bank; refused before it is sent when a payout cannot carry it (MON-3)."""
        payouts = self._client.v1.payouts
        return attempt(
            lambda: payouts.create(
                {
                    "amount": _payout_wire(amount, currency),
                    "currency": currency.lower(),
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key, "stripe_account": account},
            ),
            payout_outcome,
        )

    def charge(
        self,
        *,
        customer: str,
        payment_method: str,
        amount: Decimal,
        currency: str,
        key: str,
        metadata: Mapping[str, str],
    ) -> Outcome:
        """Charge the card; nobody is there to be asked or sent anywhere, so an issuer who wants that declines."""
        intents = self._client.v1.payment_intents
        return attempt(
            lambda: intents.create(
                {
                    "amount": to_stripe(amount, currency),
                    "currency": currency.lower(),
                    "customer": customer,
                    "payment_method": payment_method,
                    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    "confirm": True,
                    "off_session": True,
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            ),
            charge_outcome,
        )

    def submit_evidence(self, *, dispute: str, evidence: Mapping[str, str], key: str) -> Outcome:
        """Send the evidence to the bank, for good; texts, or ids of Stripe's files."""
        what: Any = {"evidence": dict(evidence), "submit": True}
        disputes = self._client.v1.disputes
        return attempt(lambda: disputes.update(dispute, what, {"idempotency_key": key}), dispute_outcome)


def make_payments(config: Config) -> Payments:
    """The provider of this process. Raises `ConfigError` where there is no key: only workers have one (M16)."""
    key = config.stripe_api_key
    if not key:
        raise ConfigError(["STRIPE_API_KEY is not set: only a worker may move money"])
    if config.stripe_api_base and "_live_" in key:
        raise ConfigError(["STRIPE_API_BASE is set, but STRIPE_API_KEY is a live key"])
    return StripePayments(key, api_base=config.stripe_api_base)


def _payout_wire(amount: Decimal, currency: str) -> int:
    """The integer for a payout. Raises `InvalidInputError` for what would stay on the balance (MON-3)."""
    sent, stays = payout_amount(amount, currency)
    if stays:
        raise InvalidInputError(f"Stripe pays out {sent} {currency} of {amount}, not all of it.", field="amount")
    return to_stripe(sent, currency)
