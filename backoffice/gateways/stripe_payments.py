"""Stripe behind `Payments`: the only module that imports its SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import requests
import stripe

from backoffice.config import Config, ConfigError
from backoffice.errors import InvalidInputError
from backoffice.gateways.payments import (
    Outcome,
    Payments,
    PaymentsUnavailableError,
    Refused,
    RetrySameKey,
    Succeeded,
    Unknown,
)
from backoffice.money import from_stripe, to_stripe

#: Pinned, so that an upgrade of the SDK never changes the parameters of a retry (M3).
API_VERSION: Final = "2026-10-28.endive"
CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 20.0
RETRIES: Final = 1

_PAGE: Final = 100
_FAILED_REFUNDS: Final = frozenset({"failed", "canceled"})
_NETWORK_MODULES: Final = frozenset({"http", "json", "requests", "stripe", "urllib3"})


class StripePayments:
    """`Payments` over Stripe, or over the sandbox when `api_base` names its address."""

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str | None = None,
        timeout: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
        retries: int = RETRIES,
    ) -> None:
        session = requests.Session()
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
        """Every try until its time-outs, and the longest pauses between them (J13)."""
        client = stripe.HTTPClient
        pauses = sum(min(client.INITIAL_DELAY * 2.0**number, client.MAX_DELAY) for number in range(self._retries))
        return (self._retries + 1) * sum(self._timeout) + float(pauses)

    def refund(
        self, *, payment_intent: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Give back `amount`; a refund that Stripe made but could not pay is `Refused` with its failure reason."""
        refunds = self._client.v1.refunds
        return _attempt(
            lambda: refunds.create(
                {
                    "payment_intent": payment_intent,
                    "amount": to_stripe(amount, currency),
                    "metadata": dict(metadata),
                },
                {"idempotency_key": key},
            ),
            _refund_outcome,
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
        return _attempt(
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
            _transfer_outcome,
        )

    def find_refund(self, payment_intent: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The refund bearing all of `metadata`; one that went through is preferred to one that failed."""
        refunds = self._client.v1.refunds
        found = _matching(
            lambda: refunds.list({"payment_intent": payment_intent, "limit": _PAGE}).auto_paging_iter(), metadata
        )
        outcomes = [_refund_outcome(refund) for refund in found]
        return next((outcome for outcome in outcomes if isinstance(outcome, Succeeded)), next(iter(outcomes), None))

    def find_transfer(self, transfer_group: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The transfer bearing all of `metadata`."""
        transfers = self._client.v1.transfers
        found = _matching(
            lambda: transfers.list({"transfer_group": transfer_group, "limit": _PAGE}).auto_paging_iter(), metadata
        )
        return next((_transfer_outcome(transfer) for transfer in found), None)

    def available_balance(self, currency: str) -> Decimal:
        """Available funds of the platform in one currency; zero when Stripe names none."""
        balance = _asked(self._client.v1.balance.retrieve)
        wire = sum(funds.amount for funds in balance.available if funds.currency == currency.lower())
        return from_stripe(wire, currency)


def make_payments(config: Config) -> Payments:
    """The provider of this process. Raises `ConfigError` where there is no key: only workers have one (M16)."""
    key = config.stripe_api_key
    if not key:
        raise ConfigError(["STRIPE_API_KEY is not set: only a worker may move money"])
    if config.stripe_api_base and "_live_" in key:
        raise ConfigError(["STRIPE_API_BASE is set, but STRIPE_API_KEY is a live key"])
    return StripePayments(key, api_base=config.stripe_api_base)


def _refund_outcome(refund: stripe.Refund) -> Succeeded | Refused:
    status = refund.status or "succeeded"
    if status in _FAILED_REFUNDS:
        reason = getattr(refund, "failure_reason", None) or status
        return Refused(code=reason, message=f"Stripe could not pay the refund {refund.id}: {reason}.")
    return Succeeded(id=refund.id, status=status, raw=refund.to_dict())


def _transfer_outcome(transfer: stripe.Transfer) -> Succeeded:
    # A transfer has no status of its own: it exists, or it does not (PAY-8).
    return Succeeded(id=transfer.id, status="created", raw=transfer.to_dict())


def _attempt(send: Callable[[], Any], read: Callable[[Any], Outcome]) -> Outcome:
    """Send a write and classify how it ended (M4)."""
    try:
        return read(send())
    except InvalidInputError as error:
        return Refused(code="invalid_amount", message=error.message)
    except stripe.StripeError as error:
        _raise_foreign(error)
        return _classify(error)


def _classify(error: stripe.StripeError) -> Outcome:
    """The outcome behind an error. Only what Stripe answers about this very request is definite."""
    reason = f"{type(error).__name__}: {error.user_message or error}"
    match error:
        case stripe.IdempotencyError():
            # Somebody used this key with other parameters: an earlier request under it may have moved money.
            return Unknown(reason)
        case stripe.InvalidRequestError() | stripe.CardError():
            return Refused(code=error.code or "invalid_request", message=error.user_message or str(error))
        case stripe.APIError() if (error.http_status or 0) >= 500 and _told_by_stripe(error):
            return Unknown(reason)
        case _:
            # Connection errors, 409, 429 and a proxy's page; also 401 and 403, which come before execution and say
            # nothing about an earlier request under the same key.
            return RetrySameKey(reason)


def _told_by_stripe(error: stripe.StripeError) -> bool:
    """Whether the answer is Stripe's own JSON; for a proxy's page the SDK puts other things into `json_body`."""
    return isinstance(error.json_body, dict) and "error" in error.json_body


def _raise_foreign(error: stripe.StripeError) -> None:
    """The SDK wraps whatever interrupts a call, a job's time-out included: let that through as what it is (J14)."""
    cause = error.__cause__
    if cause is None or isinstance(cause, OSError):
        return
    if type(cause).__module__.partition(".")[0] not in _NETWORK_MODULES:
        raise cause from None


def _asked(read: Callable[[], Any]) -> Any:
    """Send a read. Raises `PaymentsUnavailableError` when Stripe gives no answer that can be used."""
    try:
        return read()
    except stripe.StripeError as error:
        _raise_foreign(error)
        raise PaymentsUnavailableError(f"Stripe could not be asked: {error.user_message or error}") from error


def _matching(read: Callable[[], Iterable[Any]], metadata: Mapping[str, str]) -> list[Any]:
    """What is listed and bears every one of the pairs, oldest first."""
    listed = _asked(lambda: list(read()))
    return [item for item in reversed(listed) if metadata.items() <= item.to_dict().get("metadata", {}).items()]
