"""The table of addresses: what each takes and which function answers. New endpoints are one line here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.endpoints import accounts, balance, payments, refunds, transfers
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.lists import PAGING
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.params import Kind

_EXPAND: Final = {"expand": Kind.TEXTS}


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
    where: str, run: Callable[[Call], Body], sdk: str, takes: Mapping[str, Kind] | None = None, required: str = ""
) -> Route:
    """A route from `GET /v1/refunds/:id`."""
    method, path = where.split()
    pattern = re.compile(path.replace(":id", "([A-Za-z0-9_]+)") + r"\Z")
    names = frozenset(required.split())
    return Route(method=method, pattern=pattern, run=run, sdk=sdk, takes=_EXPAND | dict(takes or {}), required=names)


ROUTES: Final = (
    _route("GET /v1/balance", balance.retrieve, "BalanceRetrieveParams"),
    _route(
        "POST /v1/accounts",
        accounts.create,
        "AccountCreateParams",
        dict.fromkeys(("business_type", "country", "default_currency", "email", "type"), Kind.TEXT)
        | {"metadata": Kind.METADATA},
    ),
    _route("GET /v1/accounts/:id", accounts.retrieve, "AccountRetrieveParams"),
    _route("GET /v1/payment_intents/:id", payments.retrieve_intent, "PaymentIntentRetrieveParams"),
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
            "transfer_group": Kind.TEXT,
        },
        # The SDK lets `amount` be absent for `source_transaction`, which this sandbox does not take yet.
        required="amount currency destination",
    ),
    _route(
        "GET /v1/transfers",
        transfers.listed,
        "TransferListParams",
        {**PAGING, "destination": Kind.TEXT, "transfer_group": Kind.TEXT},
    ),
    _route("GET /v1/transfers/:id", transfers.retrieve, "TransferRetrieveParams"),
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of an address and the ids in it. Raises Stripe's 404 for any other."""
    for route in ROUTES:
        match = route.pattern.match(path) if route.method == method else None
        if match:
            return route, match.groups()
    raise StripeError(f"Unrecognized request URL ({method}: {path}).", status=404)
