"""Disputes: the bank takes a payment back, the platform may answer once, and the bank decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe import balance_transactions, events, shelf
from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.objects import Body
from backoffice.sandbox.stripe.store import Store

FEE: Final = 1_500
DUE_SECONDS: Final = 7 * 86_400
#: Texts of the evidence; Stripe's file fields take the ids of files, which this sandbox does not have.
EVIDENCE: Final = tuple(
    (
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal"
        " customer_communication customer_email_address customer_name customer_purchase_ip customer_signature"
        " duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt"
        " refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation"
        " shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number"
        " uncategorized_file uncategorized_text"
    ).split()
)
#: What may follow what. An inquiry (`warning_...`) takes no money until it becomes a dispute.
_FOLLOWS: Final[Mapping[str, frozenset[str]]] = {
    "warning_needs_response": frozenset({"warning_under_review", "warning_closed", "needs_response"}),
    "warning_under_review": frozenset({"warning_closed", "needs_response"}),
    "needs_response": frozenset({"under_review", "won", "lost"}),
    "under_review": frozenset({"won", "lost"}),
}
_ENDS: Final = frozenset({"won", "lost", "warning_closed"})


def create(store: Store, charge: Body, given: Mapping[str, Any]) -> Body:
    """A dispute of a charge, wholly unless `amount` says otherwise; `fee` is what Stripe takes for it.

    `given`: amount, reason, status (`needs_response` or `warning_needs_response`), fee, due_by. Raises `StripeError`.
    """
    status = given.get("status", "needs_response")
    amount = given.get("amount", charge["amount_captured"] - charge["amount_refunded"])
    if status not in {"needs_response", "warning_needs_response"} or not 0 < amount <= charge["amount_captured"]:
        raise StripeError(f"Such a dispute cannot begin: {status} over {amount}.")
    body = {
        "id": store.new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": store.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"appeal": None, "enhanced_evidence": {}} | dict.fromkeys(EVIDENCE),
        "evidence_details": {
            "due_by": given.get("due_by", store.now() + DUE_SECONDS),
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": status == "warning_needs_response",
        "livemode": False,
        "metadata": {},
        "network_reason_code": None,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": None,
        "reason": given.get("reason", "fraudulent"),
        "status": status,
    }
    shelf.put(store, charge | {"disputed": True})
    shelf.put(store, body)
    store.remember(f"dispute_fee:{body['id']}", str(given.get("fee", FEE)))
    events.happened(store, "charge.dispute.created", body)
    if status == "needs_response":
        _withdraw(store, body)
    return body


def decide(store: Store, body: Body, status: str, *, fee_returned: bool = False) -> Body:
    """Bring a dispute to `status`; winning brings the money back. Raises `StripeError` for a step there is not."""
    before = body["status"]
    if status not in _FOLLOWS.get(before, frozenset()):
        raise StripeError(f"A dispute that is {before} cannot become {status}.")
    body |= {"status": status, "is_charge_refundable": status.startswith("warning_") or status == "won"}
    shelf.put(store, body)
    if before.startswith("warning_") and status == "needs_response":
        _withdraw(store, body)
    if status == "won":
        fee = int(store.setting(f"dispute_fee:{body['id']}", "0"))
        _book(store, body, body["amount"], -fee if fee_returned else 0, "dispute_reversal")
        events.happened(store, "charge.dispute.funds_reinstated", body)
    kind = "charge.dispute.closed" if status in _ENDS else "charge.dispute.updated"
    events.happened(store, kind, body, previous={"status": before} if kind.endswith("updated") else None)
    return body


def submit(store: Store, body: Body, evidence: Mapping[str, str], metadata: Mapping[str, str], *, final: bool) -> Body:
    """Keep evidence, and send it to the bank when it is final: that works once, and only in time (DSP-8)."""
    if body["status"] not in {"needs_response", "warning_needs_response"}:
        raise StripeError(f"This dispute is {body['status']}: evidence can no longer be changed.")
    details = body["evidence_details"]
    if store.now() > details["due_by"]:
        details["past_due"] = True
        raise StripeError("The time to answer this dispute is over.")
    body["evidence"] |= evidence
    body["metadata"] |= metadata
    details["has_evidence"] = any(body["evidence"][name] for name in EVIDENCE)
    if final:
        details |= {"submission_count": 1, "submission_method": "manual"}
        shelf.put(store, body)
        return decide(store, body, body["status"].replace("needs_response", "under_review"))
    shelf.put(store, body)
    events.happened(store, "charge.dispute.updated", body, previous={})
    return body


def _withdraw(store: Store, body: Body) -> None:
    """Stripe takes the amount and its fee from the platform."""
    _book(store, body, -body["amount"], int(store.setting(f"dispute_fee:{body['id']}", "0")), "dispute")
    events.happened(store, "charge.dispute.funds_withdrawn", body)


def _book(store: Store, body: Body, amount: int, fee: int, category: str) -> None:
    """Book a movement; the dispute carries all of its own."""
    txn = balance_transactions.post(
        store,
        shelf.PLATFORM,
        kind="adjustment",
        amount=amount,
        currency=body["currency"],
        source=body["id"],
        fee=fee,
        category=category,
    )
    body["balance_transactions"].append(txn)
    shelf.put(store, body)
