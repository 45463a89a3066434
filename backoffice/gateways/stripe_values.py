"""From Stripe's objects to plain values: integers become amounts, seconds become times."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import stripe

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
from backoffice.money import from_stripe


def available(balance: stripe.Balance, currency: str) -> Decimal:
    """The available funds in one currency."""
    return from_stripe(sum(funds.amount for funds in balance.available if funds.currency == currency.lower()), currency)


def payment(intent: Any, dispute_ids: tuple[str, ...]) -> ProviderPayment:
    """An intent with its newest charge and that charge's booking inside."""
    currency, charge = intent.currency.upper(), intent.latest_charge
    booked = charge.balance_transaction if charge else None
    settled = booked.currency.upper() if booked else None
    error = intent.last_payment_error
    return ProviderPayment(
        id=intent.id,
        status=intent.status,
        currency=currency,
        captured=from_stripe(charge.amount_captured if charge else 0, currency),
        refunded=from_stripe(charge.amount_refunded if charge else 0, currency),
        charge_id=charge.id if charge else None,
        available_on=_time(booked.available_on) if booked else None,
        fee=from_stripe(booked.fee, settled) if booked and settled else None,
        fee_currency=settled,
        transfer_group=intent.transfer_group,
        dispute_ids=dispute_ids,
        failure_code=why_declined(error),
        failure_message=error.message if error else None,
        metadata=intent.metadata.to_dict(),
    )


def refund(refund: Any) -> ProviderRefund:
    """A refund."""
    return ProviderRefund(
        id=refund.id,
        status=refund.status or "succeeded",
        amount=from_stripe(refund.amount, refund.currency.upper()),
        currency=refund.currency.upper(),
        charge_id=refund.charge,
        payment_intent=refund.payment_intent,
        failure_reason=getattr(refund, "failure_reason", None),
        metadata=_metadata(refund),
    )


def transfer(transfer: Any) -> ProviderTransfer:
    """A transfer."""
    currency = transfer.currency.upper()
    return ProviderTransfer(
        id=transfer.id,
        account=transfer.destination,
        amount=from_stripe(transfer.amount, currency),
        reversed_amount=from_stripe(transfer.amount_reversed, currency),
        currency=currency,
        transfer_group=transfer.transfer_group,
        metadata=_metadata(transfer),
    )


def payout(payout: Any) -> ProviderPayout:
    """A payout."""
    return ProviderPayout(
        id=payout.id,
        status=payout.status,
        amount=from_stripe(payout.amount, payout.currency.upper()),
        currency=payout.currency.upper(),
        arrival_date=_time(payout.arrival_date),
        failure_code=payout.failure_code,
        failure_message=payout.failure_message,
        metadata=_metadata(payout),
    )


def dispute(dispute: Any) -> ProviderDispute:
    """A dispute; its bookings are in the currency of the platform's balance."""
    currency, details = dispute.currency.upper(), dispute.evidence_details
    booked = dispute.balance_transactions
    settled = booked[0].currency.upper() if booked else currency
    return ProviderDispute(
        id=dispute.id,
        status=dispute.status,
        amount=from_stripe(dispute.amount, currency),
        currency=currency,
        reason=dispute.reason,
        charge_id=dispute.charge,
        payment_intent=dispute.payment_intent,
        due_by=_time(details.due_by) if details.due_by else None,
        evidence_submitted=details.submission_count > 0,
        fee=from_stripe(sum(one.fee for one in booked), settled),
        fee_taken=from_stripe(sum(max(one.fee, 0) for one in booked), settled),
        net=from_stripe(sum(one.net for one in booked), settled),
        bookings=len(booked),
    )


def why_declined(error: Any) -> str | None:
    """The issuer's own code of a decline, else Stripe's."""
    return (getattr(error, "decline_code", None) or error.code) if error else None


def customer(customer: Any) -> ProviderCustomer:
    """A customer; a deleted one has no card."""
    settings = getattr(customer, "invoice_settings", None)
    return ProviderCustomer(id=customer.id, payment_method=settings.default_payment_method if settings else None)


def account(account: Any) -> ProviderAccount:
    """A connected account."""
    needs = account.requirements
    return ProviderAccount(
        id=account.id,
        charges_enabled=account.charges_enabled,
        payouts_enabled=account.payouts_enabled,
        disabled_reason=needs.disabled_reason if needs else None,
        past_due=tuple((needs.past_due or ()) if needs else ()),
        currencies=_currencies(getattr(account, "external_accounts", None)),
    )


def _currencies(destinations: Any) -> tuple[str, ...] | None:
    """Those that money can be sent on in; an empty list says nothing, as accounts that manage their own show one."""
    if not destinations or not destinations.data or destinations.has_more:
        return None
    return tuple(sorted({destination.currency.upper() for destination in destinations.data}))


def transaction(one: Any) -> ProviderTransaction:
    """A booking, its source expanded."""
    currency = one.currency.upper()
    source = one.source
    return ProviderTransaction(
        id=one.id,
        source_id=source.id if source else None,
        provider_id=_posted_as(source) if source else one.id,
        type=one.type,
        amount=from_stripe(one.amount, currency),
        fee=from_stripe(one.fee, currency),
        net=from_stripe(one.net, currency),
        currency=currency,
        created=_time(one.created),
        available_on=_time(one.available_on),
    )


def _posted_as(source: Any) -> str:
    """The id by which journals name what was booked (LED-7)."""
    if source.object == "charge":
        return str(source.payment_intent or source.id)
    return str(source.transfer if source.object == "transfer_reversal" else source.id)


def _metadata(of: Any) -> dict[str, str]:
    """The metadata; Stripe leaves it out for some objects."""
    return dict(of.metadata.to_dict()) if of.metadata else {}


def _time(seconds: int) -> dt.datetime:
    """Stripe's seconds as a time."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
