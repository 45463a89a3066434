"""What a payment provider tells: plain frozen values with `Decimal` amounts in major units and aware times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayment:
    """A customer's payment. What is not known before it succeeded is None."""

    id: str
    status: str
    currency: str
    captured: Decimal
    refunded: Decimal
    charge_id: str | None
    #: When its funds may be spent, and what the provider keeps of them, in the currency they were settled in.
    available_on: dt.datetime | None
    fee: Decimal | None
    fee_currency: str | None
    transfer_group: str | None
    dispute_ids: tuple[str, ...]
    #: Why the last try to pay it failed: the issuer's code, else the provider's, and words for people.
    failure_code: str | None = None
    failure_message: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRefund:
    """A refund: `pending`, `requires_action`, `succeeded`, `failed` or `canceled`."""

    id: str
    status: str
    amount: Decimal
    currency: str
    charge_id: str | None
    payment_intent: str | None
    failure_reason: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTransfer:
    """A transfer to a connected account; what came back of it is `reversed_amount` (M6)."""

    id: str
    account: str
    amount: Decimal
    reversed_amount: Decimal
    currency: str
    transfer_group: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPayout:
    """A payout from a connected account to its bank: `pending`, `in_transit`, `paid`, `failed` or `canceled`."""

    id: str
    status: str
    amount: Decimal
    currency: str
    arrival_date: dt.datetime
    failure_code: str | None
    failure_message: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDispute:
    """A disputed payment (DSP-8). `fee` and `net` add up its bookings so far: `net` is negative while money is out.

    `fee_taken` is the fee alone, without what came back of it. `bookings` only ever rises.
    """

    id: str
    status: str
    amount: Decimal
    currency: str
    reason: str
    charge_id: str
    payment_intent: str | None
    due_by: dt.datetime | None
    evidence_submitted: bool
    fee: Decimal
    fee_taken: Decimal
    net: Decimal
    bookings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCustomer:
    """Who is charged without being there; `payment_method` is None while there is no card."""

    id: str
    payment_method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAccount:
    """A vendor's connected account, and what the provider waits for in vain."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    disabled_reason: str | None
    past_due: tuple[str, ...]
    #: Of its bank accounts and cards, in order; None when the provider does not list them all to us.
    currencies: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTransaction:
    """One movement on a balance (LED-7): `net` is `amount` less `fee`, negative when money leaves."""

    id: str
    source_id: str | None
    #: What journals call the source: a charge's payment, a reversal's transfer, else itself; without one, the booking.
    provider_id: str
    type: str
    amount: Decimal
    fee: Decimal
    net: Decimal
    currency: str
    created: dt.datetime
    available_on: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """A webhook whose signature is right. The object in it may be old: fetch the current one (M13)."""

    #: Who sent it, as `models.webhook_event.WebhookProvider` calls them.
    provider: str
    id: str
    type: str
    #: The connected account it happened to; None is the platform itself.
    account: str | None
    #: Whether it is about real things; None where the sender does not say.
    livemode: bool | None
    created: dt.datetime
    object_type: str | None
    #: A balance, for one, has none.
    object_id: str | None
    body: Mapping[str, Any] = field(compare=False, repr=False)
