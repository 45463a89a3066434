"""Refusals in the shape of Stripe's own: an HTTP status and `{"error": {type, code, message, param}}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backoffice.money import CURRENCIES


class StripeError(Exception):
    """An answer other than 200."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        return {"error": error}


class ValidationError(StripeError):
    """A parameter is missing, unknown or malformed: nothing was executed, so no key remembers it."""


class CardError(StripeError):
    """The issuer declined: an answer of 402 whose effects stay, the intent and its failed charge."""

    def __init__(self, decline_code: str, intent: Mapping[str, Any]) -> None:
        code = intent["last_payment_error"]["code"]
        super().__init__("Your card was declined.", status=402, kind="card_error", code=code)
        self._more = {"charge": intent["latest_charge"], "decline_code": decline_code, "payment_intent": dict(intent)}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the answer, with the intent."""
        return {"error": super().body["error"] | self._more}


def currency_code(code: str) -> str:
    """The code in Stripe's lower case. Raises `ValidationError` for an unknown one (MON-2)."""
    if code.upper() not in CURRENCIES:
        raise ValidationError(f"Invalid currency: {code}", param="currency")
    return code.lower()


def missing(noun: str, given: str, param: str = "id", status: int = 404) -> StripeError:
    """No such object; 404 when it was the address itself, 400 when it was a parameter."""
    return StripeError(f"No such {noun}: '{given}'", status=status, code="resource_missing", param=param)


def no_account(account_id: str) -> StripeError:
    """Stripe does not tell a foreign account from none."""
    return StripeError(
        f"The provided key does not have access to account '{account_id}' (or that account does not exist). "
        "Application access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def balance_insufficient() -> StripeError:
    """There is less than was asked for."""
    return StripeError(
        "You have insufficient available funds in your Stripe account. Try adding funds directly to your "
        "available balance.",
        code="balance_insufficient",
    )


def too_fast() -> StripeError:
    """More requests in a second than an endpoint takes; nothing was executed."""
    return StripeError("Request rate limit exceeded.", status=429, code="rate_limit")


def internal() -> StripeError:
    """Stripe's own crash."""
    return StripeError("An unknown error occurred", status=500, kind="api_error")
