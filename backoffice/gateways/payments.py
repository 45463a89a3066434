"""Moving money through a provider: what may be asked of it, and the closed set of ways a request can end (M4).

Amounts are `Decimal` in major units with an ISO 4217 code beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from backoffice.errors import TransientError


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The provider did it, or has begun to: a refund may be `pending`, a transfer is `created`."""

    id: str
    status: str
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Definite: nothing was moved under this key, and the same key answers the same again."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RetrySameKey:
    """The request did not get through, or its answer was lost: the same key and parameters settle it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done: look it up before anything else, and never send it under a new key (IDE-2)."""

    reason: str


Outcome = Succeeded | Refused | RetrySameKey | Unknown


class PaymentsUnavailableError(TransientError):
    """The provider could not be asked; nothing was changed by asking."""


class Payments(Protocol):
    """A payment provider. Writes take a key that is committed before the first call and kept for every retry (M3)."""

    @property
    def worst_case_seconds(self) -> float:
        """The longest one call takes, its own retries included; a job's time-out must be longer (J13)."""

    def refund(
        self, *, payment_intent: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Give back `amount` of a payment."""

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
        """Move `amount` from the platform to a vendor's connected account."""

    def find_refund(self, payment_intent: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The refund of that payment bearing all of `metadata`, which must name the attempt; None when there is none.

        Raises `PaymentsUnavailableError`: then nothing is known.
        """

    def find_transfer(self, transfer_group: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The transfer of that group bearing all of `metadata`; None when there is none. Raises as `find_refund`."""

    def available_balance(self, currency: str) -> Decimal:
        """Funds the platform can transfer now (PAY-7). Raises `PaymentsUnavailableError`."""
