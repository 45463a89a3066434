"""What Stripe knows, as plain values: current objects, balances, bookings and events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import stripe

from backoffice.gateways import stripe_values
from backoffice.gateways.payments import Refused, Succeeded
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
from backoffice.gateways.stripe_outcomes import (
    asked,
    best,
    charge_outcome,
    created_outcome,
    known,
    matching,
    payout_outcome,
    refund_outcome,
)

_PAGE: Final = 100


class StripeReads:
    """The reading half of `StripePayments`."""

    _client: stripe.StripeClient

    def find_charge(self, customer: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The intent bearing all of `metadata`; one that went through is preferred to one that failed."""
        intents = self._client.v1.payment_intents
        found = matching(lambda: intents.list({"customer": customer, "limit": _PAGE}).auto_paging_iter(), metadata)
        return best(charge_outcome(intent) for intent in found)

    def find_refund(self, payment_intent: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The refund bearing all of `metadata`; one that went through is preferred to one that failed."""
        refunds = self._client.v1.refunds
        found = matching(
            lambda: refunds.list({"payment_intent": payment_intent, "limit": _PAGE}).auto_paging_iter(), metadata
        )
        return best(refund_outcome(refund) for refund in found)

    def find_transfer(self, transfer_group: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The transfer bearing all of `metadata`."""
        transfers = self._client.v1.transfers
        found = matching(
            lambda: transfers.list({"transfer_group": transfer_group, "limit": _PAGE}).auto_paging_iter(), metadata
        )
        return best(created_outcome(transfer) for transfer in found)

    def find_reversal(self, transfer: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The reversal bearing all of `metadata`."""
        reversals = self._client.v1.transfers.reversals
        found = matching(lambda: reversals.list(transfer, {"limit": _PAGE}).auto_paging_iter(), metadata)
        return best(created_outcome(reversal) for reversal in found)

    def find_payout(self, account: str, metadata: Mapping[str, str]) -> Succeeded | Refused | None:
        """The payout bearing all of `metadata`; one that went through is preferred to one that failed."""
        payouts = self._client.v1.payouts
        found = matching(
            lambda: payouts.list({"limit": _PAGE}, {"stripe_account": account}).auto_paging_iter(), metadata
        )
        return best(payout_outcome(payout) for payout in found)

    def payment_state(self, payment_intent: str) -> ProviderPayment | None:
        """The payment with its charge and the charge's booking."""
        intent = known(
            lambda: self._client.v1.payment_intents.retrieve(
                payment_intent, {"expand": ["latest_charge.balance_transaction"]}
            )
        )
        if intent is None:
            return None
        disputes = self._client.v1.disputes
        listed = asked(
            lambda: list(disputes.list({"payment_intent": payment_intent, "limit": _PAGE}).auto_paging_iter())
        )
        return stripe_values.payment(intent, tuple(dispute.id for dispute in reversed(listed)))

    def refund_state(self, refund_id: str) -> ProviderRefund | None:
        """The refund."""
        refund = known(lambda: self._client.v1.refunds.retrieve(refund_id))
        return None if refund is None else stripe_values.refund(refund)

    def transfer_state(self, transfer_id: str) -> ProviderTransfer | None:
        """The transfer."""
        transfer = known(lambda: self._client.v1.transfers.retrieve(transfer_id))
        return None if transfer is None else stripe_values.transfer(transfer)

    def payout_state(self, account: str, payout_id: str) -> ProviderPayout | None:
        """The payout."""
        payout = known(lambda: self._client.v1.payouts.retrieve(payout_id, options={"stripe_account": account}))
        return None if payout is None else stripe_values.payout(payout)

    def dispute_state(self, dispute_id: str) -> ProviderDispute | None:
        """The dispute."""
        dispute = known(lambda: self._client.v1.disputes.retrieve(dispute_id))
        return None if dispute is None else stripe_values.dispute(dispute)

    def customer_state(self, customer: str) -> ProviderCustomer | None:
        """The customer."""
        found = known(lambda: self._client.v1.customers.retrieve(customer))
        return None if found is None else stripe_values.customer(found)

    def account_state(self, account: str) -> ProviderAccount | None:
        """The account."""
        found = known(lambda: self._client.v1.accounts.retrieve(account))
        return None if found is None else stripe_values.account(found)

    def available_balance(self, currency: str) -> Decimal:
        """Available funds of the platform in one currency; zero when Stripe names none."""
        return stripe_values.available(asked(self._client.v1.balance.retrieve), currency)

    def connected_balance(self, account: str, currency: str) -> Decimal:
        """Available funds of a connected account in one currency; zero when Stripe names none, or no such account."""
        balance = known(lambda: self._client.v1.balance.retrieve(options=_on(account)))
        return Decimal(0) if balance is None else stripe_values.available(balance, currency)

    def balance_transactions(
        self, created_from: dt.datetime, created_to: dt.datetime, currency: str
    ) -> list[ProviderTransaction]:
        """Every booking from `created_from` on and before `created_to`, oldest first."""
        params: Any = {
            "created": {"gte": int(created_from.timestamp()), "lt": int(created_to.timestamp())},
            "currency": currency.lower(),
            "expand": ["data.source"],
            "limit": _PAGE,
        }
        listed = asked(lambda: list(self._client.v1.balance_transactions.list(params).auto_paging_iter()))
        return [stripe_values.transaction(one) for one in reversed(listed)]

    def undelivered_events(self, since: dt.datetime, account: str | None = None) -> list[dict[str, Any]]:
        """Events from `since` on that an endpoint has not taken, oldest first.

        None of an account that the platform may no longer ask for: it left, and one that left must not stop the others.
        """
        params: Any = {"created": {"gte": int(since.timestamp())}, "delivery_success": False, "limit": _PAGE}
        listed = known(lambda: list(self._client.v1.events.list(params, _on(account)).auto_paging_iter()))
        return [event.to_dict(for_json=True) for event in reversed(listed or [])]

    def event(self, event_id: str, account: str | None = None) -> dict[str, Any] | None:
        """The event as JSON."""
        found = known(lambda: self._client.v1.events.retrieve(event_id, options=_on(account)))
        return None if found is None else dict(found.to_dict(for_json=True))


def _on(account: str | None) -> Any:
    """Ask on behalf of a connected account."""
    return {"stripe_account": account} if account else {}
