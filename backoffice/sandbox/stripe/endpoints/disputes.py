"""Disputes: read them, answer once, or accept the loss. A bank opens and decides them (control)."""

from __future__ import annotations

from backoffice.sandbox.stripe import disputes, lists
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import ValidationError
from backoffice.sandbox.stripe.objects import Body


def retrieve(call: Call) -> Body:
    """The dispute."""
    return call.named("dispute")


def listed(call: Call) -> Body:
    """Disputes, newest first, of one charge or payment intent if asked for."""
    return lists.page(call, "dispute", lists.chosen(call, "charge", "payment_intent"))


def update(call: Call) -> Body:
    """Keep evidence; `submit=true` sends it to the bank, which works once (DSP-8)."""
    evidence = call.params.get("evidence", {})
    for name, text in evidence.items():
        if name not in disputes.EVIDENCE:
            raise ValidationError(f"Received unknown parameter: evidence[{name}]", code="parameter_unknown", param=name)
        if not isinstance(text, str):
            raise ValidationError("Invalid string", param=name)
    metadata = call.params.get("metadata", {})
    return disputes.submit(
        call.store, call.named("dispute"), evidence, metadata, final=call.params.get("submit", False)
    )


def close(call: Call) -> Body:
    """Accept the loss."""
    body = call.named("dispute")
    warning = body["status"].startswith("warning_")
    return disputes.decide(call.store, body, "warning_closed" if warning else "lost")
