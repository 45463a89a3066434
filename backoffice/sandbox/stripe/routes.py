"""The table of addresses: what each takes and which function answers. New endpoints are one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.endpoints import (
    accounts,
    balance,
    customers,
    disputes,
    events,
    payments,
    payouts,
    refunds,
    reversals,
    transfers,
    webhook_endpoints,
)
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.lists import PAGING
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.params import Kind

_EXPAND: Final = {"expand": Kind.TEXTS}
_PAGES: Final = {name: kind for name, kind in PAGING.items() if name != "created"}
_CONFIRM: Final = {
    "off_session": Kind.FLAG,
    "payment_method": Kind.TEXT,
    "return_url": Kind.TEXT,
}

_CUSTOMER: Final = {
    "email": Kind.TEXT,
    "invoice_settings": Kind.HASH,
    "metadata": Kind.METADATA,
    "name": Kind.TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint. `sdk` names the class in `stripe.params` whose parameters it takes (a test compares them)."""

    method: str
    pattern: re.Pattern[str]
    run: Callable[[Call], Body]
    sdk: str
    takes: Mapping[str, Kind]
    required: frozenset[str] = frozenset()


def _route(
    where: str,
    run: Callable[[Call], Body],
    sdk: str,
    takes: Mapping[str, Kind] | None = None,
    *,
    required: str = "",
    takes_expand: bool = True,
) -> Route:
    """A route from `GET /v1/refunds/:id`."""
    method, path = where.split()
    pattern = re.compile(path.replace(":id", "([A-Za-z0-9_]+)") + r"\Z")
    names = frozenset(required.split())
    known = (_EXPAND if takes_expand else {}) | dict(takes or {})
    return Route(method=method, pattern=pattern, run=run, sdk=sdk, takes=known, required=names)


ROUTES: Final = (
    _route("GET /v1/balance", balance.retrieve, "BalanceRetrieveParams"),
    _route(
        "GET /v1/balance_transactions",
        balance.transactions,
        "BalanceTransactionListParams",
        {**PAGING, **dict.fromkeys(("currency", "payout", "source", "type"), Kind.TEXT)},
    ),
    _route("GET /v1/balance_transactions/:id", balance.transaction, "BalanceTransactionRetrieveParams"),
    _route(
        "POST /v1/accounts",
        accounts.create,
        "AccountCreateParams",
        dict.fromkeys(("business_type", "country", "default_currency", "email", "type"), Kind.TEXT)
        | {"metadata": Kind.METADATA},
    ),
    _route("GET /v1/accounts/:id", accounts.retrieve, "AccountRetrieveParams"),
    _route("POST /v1/customers", customers.create, "CustomerCreateParams", _CUSTOMER),
    _route("GET /v1/customers/:id", customers.retrieve, "CustomerRetrieveParams"),
    _route("POST /v1/customers/:id", customers.update, "CustomerUpdateParams", _CUSTOMER),
    _route(
        "POST /v1/payment_intents",
        payments.create,
        "PaymentIntentCreateParams",
        {
            **_CONFIRM,
            "amount": Kind.POSITIVE,
            "automatic_payment_methods": Kind.HASH,
            "confirm": Kind.FLAG,
            "currency": Kind.TEXT,
            "customer": Kind.TEXT,
            "description": Kind.TEXT,
            "metadata": Kind.METADATA,
            "transfer_group": Kind.TEXT,
        },
        required="amount currency",
    ),
    _route(
        "GET /v1/payment_intents",
        payments.list_intents,
        "PaymentIntentListParams",
        {**PAGING, "customer": Kind.TEXT},
    ),
    _route(
        "POST /v1/payment_intents/:id/confirm",
        payments.confirm,
        "PaymentIntentConfirmParams",
        _CONFIRM,
        required="payment_method",
    ),
    _route(
        "POST /v1/payment_intents/:id/cancel",
        payments.cancel,
        "PaymentIntentCancelParams",
        {"cancellation_reason": Kind.TEXT},
    ),
    _route("GET /v1/payment_intents/:id", payments.retrieve_intent, "PaymentIntentRetrieveParams"),
    _route(
        "GET /v1/charges",
        payments.list_charges,
        "ChargeListParams",
        {**PAGING, "payment_intent": Kind.TEXT, "transfer_group": Kind.TEXT},
    ),
    _route("GET /v1/charges/:id", payments.retrieve_charge, "ChargeRetrieveParams"),
    _route(
        "POST /v1/refunds",
        refunds.create,
        "RefundCreateParams",
        {
            "amount": Kind.POSITIVE,
            "charge": Kind.TEXT,
            "metadata": Kind.METADATA,
            "payment_intent": Kind.TEXT,
            "reason": Kind.TEXT,
        },
    ),
    _route(
        "GET /v1/refunds",
        refunds.listed,
        "RefundListParams",
        {**PAGING, "charge": Kind.TEXT, "payment_intent": Kind.TEXT},
    ),
    _route("GET /v1/refunds/:id", refunds.retrieve, "RefundRetrieveParams"),
    _route(
        "POST /v1/transfers",
        transfers.create,
        "TransferCreateParams",
        {
            "amount": Kind.POSITIVE,
            "currency": Kind.TEXT,
            "description": Kind.TEXT,
            "destination": Kind.TEXT,
            "metadata": Kind.METADATA,
            "source_transaction": Kind.TEXT,
            "transfer_group": Kind.TEXT,
        },
        # The SDK lets `amount` be absent for a whole `source_transaction`; this sandbox wants it said.
        required="amount currency destination",
    ),
    _route(
        "GET /v1/transfers",
        transfers.listed,
        "TransferListParams",
        {**PAGING, "destination": Kind.TEXT, "transfer_group": Kind.TEXT},
    ),
    _route("GET /v1/transfers/:id", transfers.retrieve, "TransferRetrieveParams"),
    _route(
        "POST /v1/transfers/:id/reversals",
        reversals.create,
        "TransferReversalCreateParams",
        {"amount": Kind.POSITIVE, "metadata": Kind.METADATA},
    ),
    _route("GET /v1/transfers/:id/reversals", reversals.listed, "TransferReversalListParams", _PAGES),
    _route("GET /v1/transfers/:id/reversals/:id", reversals.retrieve, "TransferReversalRetrieveParams"),
    _route(
        "POST /v1/payouts",
        payouts.create,
        "PayoutCreateParams",
        {
            "amount": Kind.POSITIVE,
            "currency": Kind.TEXT,
            "description": Kind.TEXT,
            "metadata": Kind.METADATA,
            "statement_descriptor": Kind.TEXT,
        },
        required="amount currency",
    ),
    _route("GET /v1/payouts", payouts.listed, "PayoutListParams", {**PAGING, "status": Kind.TEXT}),
    _route("GET /v1/payouts/:id", payouts.retrieve, "PayoutRetrieveParams"),
    _route("POST /v1/payouts/:id/cancel", payouts.cancel, "PayoutCancelParams"),
    _route(
        "GET /v1/disputes",
        disputes.listed,
        "DisputeListParams",
        {**PAGING, "charge": Kind.TEXT, "payment_intent": Kind.TEXT},
    ),
    _route("GET /v1/disputes/:id", disputes.retrieve, "DisputeRetrieveParams"),
    _route(
        "POST /v1/disputes/:id",
        disputes.update,
        "DisputeUpdateParams",
        {"evidence": Kind.HASH, "metadata": Kind.METADATA, "submit": Kind.FLAG},
    ),
    _route("POST /v1/disputes/:id/close", disputes.close, "DisputeCloseParams"),
    _route(
        "GET /v1/events",
        events.listed,
        "EventListParams",
        {**PAGING, "delivery_success": Kind.FLAG, "type": Kind.TEXT, "types": Kind.TEXTS},
    ),
    _route("GET /v1/events/:id", events.retrieve, "EventRetrieveParams"),
    _route(
        "POST /v1/webhook_endpoints",
        webhook_endpoints.create,
        "WebhookEndpointCreateParams",
        {
            "api_version": Kind.TEXT,
            "connect": Kind.FLAG,
            "description": Kind.TEXT,
            "enabled_events": Kind.TEXTS,
            "metadata": Kind.METADATA,
            "url": Kind.TEXT,
        },
        required="enabled_events url",
    ),
    _route("GET /v1/webhook_endpoints", webhook_endpoints.listed, "WebhookEndpointListParams", _PAGES),
    _route("GET /v1/webhook_endpoints/:id", webhook_endpoints.retrieve, "WebhookEndpointRetrieveParams"),
    _route(
        "DELETE /v1/webhook_endpoints/:id", webhook_endpoints.delete, "WebhookEndpointDeleteParams", takes_expand=False
    ),
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of an address and the ids in it. Raises Stripe's 404 for any other."""
    for route in ROUTES:
        match = route.pattern.match(path) if route.method == method else None
        if match:
            return route, match.groups()
    raise StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)
