"""What the sandbox refuses, in Stripe's words: nothing is executed, nothing is ignored."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import stripe

from tests.sandbox.running import KEY, RunningSandbox

LONG = "x" * 501


def refused(sandbox: RunningSandbox, path: str, form: str, method: str = "POST") -> dict:
    request = sandbox.post(path, form)
    if method == "GET":
        request = Request(f"{sandbox.url}{path}?{form}", headers=dict(request.header_items()))  # noqa: S310
    with pytest.raises(HTTPError) as error:
        urlopen(request, timeout=10)  # noqa: S310
    with error.value as answer:
        return {"status": answer.code, **json.load(answer)["error"]}


@pytest.mark.parametrize(
    ("path", "form", "param"),
    [
        ("/v1/refunds", "amount=1", None),
        ("/v1/refunds", "payment_intent=pi_none", "payment_intent"),
        ("/v1/refunds", "charge=ch_none", "charge"),
        ("/v1/refunds", "payment_intent=pi_1&charge=ch_none", "charge"),
        ("/v1/refunds", "payment_intent=pi_1&reason=bored", "reason"),
        ("/v1/refunds", "payment_intent=pi_1&amount=0", "amount"),
        ("/v1/refunds", "payment_intent=pi_1&amount=10001", "amount"),
        ("/v1/refunds", "payment_intent[a]=pi_1", "payment_intent"),
        ("/v1/refunds", "payment_intent=pi_1&metadata=7", "metadata"),
        ("/v1/refunds", f"payment_intent=pi_1&metadata[a]={LONG}", "metadata"),
        ("/v1/refunds", "payment_intent=pi_1&" + "&".join(f"metadata[{n}]=1" for n in range(51)), "metadata"),
        ("/v1/refunds", "payment_intent=pi_1&expand=charge", "expand"),
        ("/v1/refunds", "payment_intent=pi_1&expand[]=a.b.c.d.e", "expand"),
        ("/v1/refunds", "payment_intent=pi_1&expand[]=status", "expand"),
        ("/v1/payment_intents", "amount=1&currency=usd&confirm[a]=true", "confirm"),
        ("/v1/payment_intents", "amount=1&currency=usd&automatic_payment_methods=1", "automatic_payment_methods"),
        ("/v1/webhook_endpoints", "url=ftp://a&enabled_events[]=*", "url"),
    ],
)
def test_parameters(sandbox, path, form, param):
    """Every one is a 400 that names the parameter, and leaves no effect and no event."""
    answer = refused(sandbox, path, form)
    assert (answer["status"], answer["type"], answer.get("param")) == (400, "invalid_request_error", param)
    assert sandbox.effects("refund.created") == []
    assert sandbox.client().v1.events.list().data == []


@pytest.mark.parametrize(
    ("destination", "code"),
    [("acct_none", "resource_missing"), ("acct_shut", "insufficient_capabilities_for_transfer")],
)
def test_destinations(sandbox, destination, code):
    sandbox.seed(accounts=[{"id": "acct_shut", "transfers_enabled": False}])
    answer = refused(sandbox, "/v1/transfers", f"amount=1&currency=usd&destination={destination}")
    assert (answer["status"], answer["code"]) == (400, code)


def test_addresses_and_keys(sandbox):
    assert refused(sandbox, "/v1/colours", "")["status"] == 404
    client = sandbox.client()
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve(options={"api_key": KEY.replace("test", "live")})
    with pytest.raises(HTTPError) as error:
        urlopen(f"{sandbox.url}/v1/balance", timeout=10)  # noqa: S310
    with error.value as answer:
        assert answer.code == 401
    client.v1.refunds.create({"payment_intent": "pi_1"})
    with pytest.raises(stripe.InvalidRequestError) as wrong:
        client.v1.refunds.list({"expand": ["data.colour"]})
    assert wrong.value.param == "expand"


@pytest.mark.parametrize(
    ("control", "body"),
    [
        ("seed", {"payment_intents": [{"id": "pi_2", "amount": 0, "currency": "usd"}]}),
        ("seed", {"payment_intents": [{"id": "pi_2", "amount": 1, "currency": "usd", "fee": 2}]}),
        ("seed", {"payment_intents": [{"id": "pi_2", "amount": 1, "currency": "usd", "amount_refunded": "1"}]}),
        ("seed", {"payment_intents": [{"id": "pi_2", "amount": 1, "currency": "usd", "refund_status": "maybe"}]}),
        ("seed", {"payment_intents": [{"id": "pi_2", "amount": 1, "currency": "xxx"}]}),
        ("seed", {"payment_intents": [{"amount": 1, "currency": "usd"}]}),
        ("faults", {"faults": [{"kind": "rain"}]}),
        ("faults", {"faults": [{"kind": "hang", "seconds": 121}]}),
        ("faults", {"weather": {"share": 0.5, "seed": 1, "kinds": ["rain"]}}),
        ("faults", {"weather": {"share": 0.5, "seed": 1, "kinds": []}}),
        ("faults", {"weather": {"share": 1.5, "seed": 1}}),
        ("faults", {"weather": {"share": 0.5}}),
        ("nothing", {}),
    ],
)
def test_controls(sandbox, control, body):
    with pytest.raises(HTTPError) as error:
        sandbox.happen(control, **body)
    with error.value as answer:
        assert answer.code == (404 if control == "nothing" else 400)
    assert sandbox.faults() == []
