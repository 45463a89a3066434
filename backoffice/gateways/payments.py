"""Moving money through a provider: what may be asked of it, and the closed set of ways a request can end (M4).

Amounts are `Decimal` in major units with an ISO 4217 code beside them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from backoffice.errors import TransientError
from backoffice.gateways.provider import (
    ProviderAccount,
    ProviderCustomer,
    ProviderDispute,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
    ProviderTransaction,
    ProviderTransfer,
)


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The provider did it, or has begun to: a refund or payout may be `pending`, a transfer is `created`."""

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
    """A payment provider. Writes take a key that is committed before the first call and kept for every retry (M3).

    Reads raise `PaymentsUnavailableError`: then nothing is known. Those by id answer None when there is no such thing.
    """

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

    def reverse_transfer(
        self, *, transfer: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Take `amount` of a transfer back from the vendor's connected account (REC-2, M7)."""

    def pay_out(
        self, *, account: str, amount: Decimal, currency: str, key: str, metadata: Mapping[str, str]
    ) -> Outcome:
        """Send `amount` from a connected account to its bank (PAY-8); `money.payout_amount` says what can be sent."""

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
        """Take `amount` from the card that a customer left with the provider, while the customer is away (SUB-7)."""

    def submit_evidence(self, *, dispute: str, evidence: Mapping[str, str], key: str) -> Outcome:
        """Answer a dispute, for good: it works once (DSP-8)."""

    def find_charge(self, customer: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The charge of that customer bearing all of `metadata`; None when there is none."""

    def find_refund(self, payment_intent: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The refund of that payment bearing all of `metadata`, which must name the attempt; None without one."""

    def find_transfer(self, transfer_group: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The transfer of that group bearing all of `metadata`; None when there is none."""

    def find_reversal(self, transfer: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The reversal of that transfer bearing all of `metadata`; None when there is none."""

    def find_payout(self, account: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The payout of that account bearing all of `metadata`; None when there is none."""

    def payment_state(self, payment_intent: str) -> ProviderPayment | None:
        """The payment as it is now, with its charge, fee and disputes."""

    def refund_state(self, refund_id: str) -> ProviderRefund | None:
        """The refund as it is now."""

    def transfer_state(self, transfer_id: str) -> ProviderTransfer | None:
        """The transfer as it is now, and what came back of it."""

    def payout_state(self, account: str, payout_id: str) -> ProviderPayout | None:
        """The payout as it is now (PAY-10)."""

    def dispute_state(self, dispute_id: str) -> ProviderDispute | None:
        """The dispute as it is now."""

    def customer_state(self, customer: str) -> ProviderCustomer | None:
        """The customer as it is now, with the card that is charged (SUB-5)."""

    def account_state(self, account: str) -> ProviderAccount | None:
        """What a connected account may do."""

    def available_balance(self, currency: str) -> Decimal:
        """Funds the platform can transfer now (PAY-7)."""

    def connected_balance(self, account: str, currency: str) -> Decimal:
        """Funds a connected account can pay out or give back now, below zero when it owes (REC-2, REC-8)."""

    def balance_transactions(
        self, created_from: dt.datetime, created_to: dt.datetime, currency: str
    ) -> list[ProviderTransaction]:
        """Every movement on the platform's balance in that currency and time, oldest first (LED-7)."""

    def undelivered_events(self, since: dt.datetime, account: str | None = None) -> list[dict[str, Any]]:
        """Events that our endpoint has not taken, oldest first, for thirty days (WEB-3); of an account if named."""

    def event(self, event_id: str, account: str | None = None) -> dict[str, Any] | None:
        """One event; those of a connected account are found with its name only."""
