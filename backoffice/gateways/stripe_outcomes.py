"""How a request to Stripe ended: the four outcomes of a write (M4), an answer or none of a read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import stripe

from backoffice.errors import InvalidInputError
from backoffice.gateways.payments import (
    Outcome,
    PaymentsUnavailableError,
    Refused,
    RetrySameKey,
    Succeeded,
    Unknown,
)
from backoffice.gateways.stripe_values import why_declined

_FAILED: Final = frozenset({"failed", "canceled"})
#: An intent in one of these was declined or given up; in all others it was paid, or still may be.
_UNPAID: Final = frozenset({"requires_payment_method", "canceled"})
_NETWORK_MODULES: Final = frozenset({"http", "json", "requests", "stripe", "urllib3"})
#: Stripe does not tell a foreign account from none.
_ABSENT: Final = frozenset({"resource_missing", "account_invalid"})


def charge_outcome(intent: stripe.PaymentIntent) -> Succeeded | Refused:
    """An intent that the issuer declined, or that was given up, is refused."""
    if intent.status in _UNPAID:
        error = intent.last_payment_error
        reason = why_declined(error) or intent.status
        return Refused(code=reason, message=(error.message if error else None) or reason)
    return Succeeded(id=intent.id, status=intent.status, raw=intent.to_dict())


def refund_outcome(refund: stripe.Refund) -> Succeeded | Refused:
    """A refund that Stripe made but could not pay is refused."""
    status = refund.status or "succeeded"
    if status in _FAILED:
        reason = getattr(refund, "failure_reason", None) or status
        return Refused(code=reason, message=f"Stripe could not pay the refund {refund.id}: {reason}.")
    return Succeeded(id=refund.id, status=status, raw=refund.to_dict())


def payout_outcome(payout: stripe.Payout) -> Succeeded | Refused:
    """A payout that the bank sent back, or that was given up, is refused."""
    if payout.status in _FAILED:
        reason = payout.failure_code or payout.status
        return Refused(code=reason, message=f"The bank did not take the payout {payout.id}: {reason}.")
    return Succeeded(id=payout.id, status=payout.status, raw=payout.to_dict())


def created_outcome(made: stripe.Transfer | stripe.TransferReversal) -> Succeeded:
    """Transfers and reversals have no status of their own: they exist, or they do not (PAY-8)."""
    return Succeeded(id=made.id, status="created", raw=made.to_dict())


def dispute_outcome(dispute: stripe.Dispute) -> Succeeded:
    """The dispute with its evidence."""
    return Succeeded(id=dispute.id, status=dispute.status, raw=dispute.to_dict())


def attempt(send: Callable[[], Any], read: Callable[[Any], Outcome]) -> Outcome:
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
        case stripe.CardError():
            return Refused(code=why_declined(error.error) or "card_declined", message=error.user_message or str(error))
        case stripe.InvalidRequestError():
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
    if cause is not None and not isinstance(cause, OSError) and _module(cause) not in _NETWORK_MODULES:
        raise cause from None


def _module(error: BaseException) -> str:
    """The package that an exception comes from."""
    return type(error).__module__.partition(".")[0]


def asked(read: Callable[[], Any]) -> Any:
    """Send a read. Raises `PaymentsUnavailableError` when Stripe gives no answer that can be used."""
    try:
        return read()
    except stripe.StripeError as error:
        _raise_foreign(error)
        raise PaymentsUnavailableError(f"Stripe could not be asked: {error.user_message or error}") from error


def known(read: Callable[[], Any]) -> Any:
    """Send a read by id; None when Stripe knows no such object. Raises as `asked`."""

    def look() -> Any:
        try:
            return read()
        except (stripe.InvalidRequestError, stripe.PermissionError) as error:
            # The SDK gives a PermissionError no code of its own.
            if getattr(error.error, "code", None) in _ABSENT:
                return None
            raise

    return asked(look)


def matching(read: Callable[[], Iterable[Any]], metadata: Mapping[str, str]) -> list[Any]:
    """What is listed and bears every one of the pairs, oldest first."""
    listed = asked(lambda: list(read()))
    return [item for item in reversed(listed) if metadata.items() <= (item.to_dict().get("metadata") or {}).items()]


def best(outcomes: Iterable[Succeeded | Refused]) -> Succeeded | Refused | None:
    """One that went through rather than one that failed."""
    tried = list(outcomes)
    return next((outcome for outcome in tried if isinstance(outcome, Succeeded)), next(iter(tried), None))
