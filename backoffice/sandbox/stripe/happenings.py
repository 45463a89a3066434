"""What customers, banks and the network do, on request: pay, dispute, return money, lose a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from backoffice.sandbox.stripe import (
    accounts,
    deliveries,
    disputes,
    events,
    payments,
    payouts,
    refunds,
    shelf,
    webhook_endpoints,
)
from backoffice.sandbox.stripe.errors import ValidationError, currency_code, missing
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store


def pay(store: Store, given: Mapping[str, Any]) -> Body:
    """A customer pays: `{amount, currency, status?, fee?, available_on?, metadata?, transfer_group?}`.

    With the `id` of an intent that is not paid yet, that one; else a new one, which takes the id. `status` is
    `succeeded`, `failed` or `requires_action`.
    """
    known = shelf.get(store, "payment_intent", given["id"]) if "id" in given else None
    if known is not None and known["status"] in {"succeeded", "canceled"}:
        raise ValidationError(f"{known['id']} is {known['status']}.", param="id")
    intent = known or payments.create(
        store, int(given["amount"]), currency_code(given["currency"]), given, given.get("id")
    )
    intent["payment_method"] = store.new_id("pm")
    terms = payments.Terms(fee=given.get("fee"), available_on=given.get("available_on"))
    return payments.pay(store, intent, given.get("status", "succeeded"), terms, given.get("decline_code"))


def decide_refund(store: Store, given: Mapping[str, Any]) -> Body:
    """A bank ends a refund: `{id, status, failure_reason?}`; `failed` may follow `succeeded`."""
    body = _named(store, "refund", given["id"])
    return refunds.decide(store, body, given["status"], given.get("failure_reason", refunds.FAILED))


def decide_payout(store: Store, given: Mapping[str, Any]) -> Body:
    """A bank ends a payout: `{id, status, failure_code?}`; `failed` may follow `paid` (PAY-9)."""
    body = _named(store, "payout", given["id"])
    return payouts.decide(store, body, given["status"], given.get("failure_code", "could_not_process"))


def dispute(store: Store, given: Mapping[str, Any]) -> Body:
    """A bank disputes a payment, `{payment_intent | charge, amount?, reason?, status?, fee?, due_by?}`, or decides.

    `{id, status, fee_returned?}`.
    """
    if "id" in given:
        body = _named(store, "dispute", given["id"])
        return disputes.decide(store, body, given["status"], fee_returned=bool(given.get("fee_returned")))
    charge_id = given.get("charge") or _named(store, "payment_intent", given["payment_intent"])["latest_charge"]
    return disputes.create(store, _named(store, "charge", charge_id), given)


def change_account(store: Store, given: Mapping[str, Any]) -> Body:
    """Stripe learns something about an account: `{id, payouts_enabled?, past_due?, ...}` as in the seed."""
    before = _named(store, "account", given["id"])
    kept = {name: before[name] for name in ("country", "default_currency", "email", "metadata", "type")}
    flags = {name: before[name] for name in ("business_type", "charges_enabled", "payouts_enabled")}
    body = accounts.account(before["id"], {**kept, **flags, **given}, created=before["created"])
    shelf.put(store, body)
    changed = {name: value for name, value in before.items() if body[name] != value}
    events.happened(store, "account.updated", body, account=body["id"], previous=changed)
    return body


def webhooks(store: Store, _given: Mapping[str, Any]) -> dict[str, Any]:
    """How events are delivered, to whom, and what became of each delivery."""
    endpoints = [webhook_endpoints.view(one) for one in shelf.find(store, "webhook_endpoint", {})]
    return {"mode": asdict(deliveries.mode(store)), "endpoints": endpoints, "deliveries": deliveries.listed(store)}


def treat_webhooks(store: Store, given: Mapping[str, Any]) -> dict[str, Any]:
    """Mistreat deliveries to come, release held ones, send an event again, or name an endpoint."""
    rest = dict(given)
    if "url" in rest:
        webhook_endpoints.ensure(store, rest.pop("url"), rest.pop("secret"))
    if "resend" in rest:
        deliveries.resend(store, rest.pop("resend"))
    if "release" in rest:
        deliveries.release(store, rest.pop("release"))
    deliveries.set_mode(store, rest)
    return webhooks(store, {})


def _named(store: Store, kind: str, object_id: str) -> Body:
    """The object, whosever it is. Raises Stripe's 404."""
    body = shelf.anything(store, object_id)
    if body is None or body["object"] != kind:
        raise missing(kind, object_id)
    return body
