"""Payment intents and charges: retrieve only, they are made by `/_seed`."""

from __future__ import annotations

from backoffice.sandbox.stripe import shelf
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import missing
from backoffice.sandbox.stripe.objects import Body


def retrieve_intent(call: Call) -> Body:
    """The payment intent."""
    body = shelf.get(call.store, "payment_intent", call.ids[0])
    if body is None:
        raise missing("payment_intent", call.ids[0], "intent")
    return body


def retrieve_charge(call: Call) -> Body:
    """The charge."""
    body = shelf.get(call.store, "charge", call.ids[0])
    if body is None:
        raise missing("charge", call.ids[0])
    return body
