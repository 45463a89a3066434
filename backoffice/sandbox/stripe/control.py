"""What a test or the demo tells the sandbox: JSON under `/_...`, which Stripe itself does not have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from backoffice.sandbox.stripe import agenda, happenings, seeding, settings
from backoffice.sandbox.stripe.clockwork import ACTS
from backoffice.sandbox.stripe.errors import StripeError, ValidationError
from backoffice.sandbox.stripe.events import API_VERSION
from backoffice.sandbox.stripe.faults import Fault, Weather
from backoffice.sandbox.stripe.service import Sandbox
from backoffice.sandbox.stripe.wire import Answer, Request

Json = dict[str, Any]


def handle(sandbox: Sandbox, request: Request) -> Answer:
    """Answer a control request; `_ACTS` below lists them all."""
    act = _ACTS.get((request.method, request.path))
    if act is None:
        return Answer(status=404, body={"error": {"message": "No such control."}})
    try:
        given = json.loads(request.form) if request.form and request.method == "POST" else {}
        if not isinstance(given, dict):
            raise ValidationError("Send a JSON object.")
        return Answer(body=act(sandbox, given))
    except StripeError as error:
        return Answer(status=error.status, body=error.body)
    except (KeyError, TypeError, ValueError) as error:
        return Answer(status=400, body=ValidationError(f"Cannot be used: {error!r}").body)


def _health(_sandbox: Sandbox, _given: Mapping[str, Any]) -> Json:
    """That the server is up, and which version it speaks."""
    return {"ok": True, "api_version": API_VERSION}


def _seed(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
    """Make accounts and succeeded payments, and set balances."""
    return seeding.seed(sandbox.store, given)


def _faults(sandbox: Sandbox, _given: Mapping[str, Any]) -> Json:
    """The faults to come."""
    return {"faults": sandbox.faults.waiting()}


def _order_faults(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
    """Order more faults, or weather."""
    sandbox.faults.order([Fault.read(fault) for fault in given.get("faults", ())])
    if "weather" in given:
        sandbox.faults.expect(Weather.read(given["weather"]))
    return _faults(sandbox, given)


def _clear_faults(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
    """No faults any more."""
    sandbox.faults.clear()
    return _faults(sandbox, given)


def _log(sandbox: Sandbox, _given: Mapping[str, Any]) -> Json:
    """Every request that arrived and every effect that was carried out, oldest first."""
    with sandbox.store.transaction():
        return {"requests": sandbox.store.lines("requests"), "effects": sandbox.store.lines("effects")}


def _clock(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
    """Move the sandbox's clock forward by `advance` seconds, or tell it; what is due by then happens now."""
    with sandbox.store.transaction():
        offset = int(sandbox.store.setting("clock_offset", "0")) + int(given.get("advance", 0))
        sandbox.store.remember("clock_offset", str(offset))
        agenda.run(sandbox.store, ACTS)
        return {"now": sandbox.store.now(), "offset": offset}


def _settings(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
    """Set how fast the sandbox is, or tell it."""
    with sandbox.store.transaction():
        return dict(settings.change(sandbox.store, given))


def _reset(sandbox: Sandbox, _given: Mapping[str, Any]) -> Json:
    """Forget everything."""
    sandbox.reset()
    return {"ok": True}


def _happen(act: Callable[[Any, Mapping[str, Any]], Json]) -> Callable[[Sandbox, Mapping[str, Any]], Json]:
    """Something that happens at Stripe, wholly or not at all."""

    def run(sandbox: Sandbox, given: Mapping[str, Any]) -> Json:
        with sandbox.store.transaction():
            agenda.run(sandbox.store, ACTS)
            return act(sandbox.store, given)

    return run


_ACTS: Final[Mapping[tuple[str, str], Callable[[Sandbox, Mapping[str, Any]], Json]]] = {
    ("GET", "/_health"): _health,
    ("POST", "/_seed"): _seed,
    ("GET", "/_faults"): _faults,
    ("POST", "/_faults"): _order_faults,
    ("DELETE", "/_faults"): _clear_faults,
    ("GET", "/_log"): _log,
    ("GET", "/_clock"): _clock,
    ("POST", "/_clock"): _clock,
    ("GET", "/_settings"): _settings,
    ("POST", "/_settings"): _settings,
    ("POST", "/_reset"): _reset,
    ("POST", "/_accounts"): _happen(happenings.change_account),
    ("POST", "/_payments"): _happen(happenings.pay),
    ("POST", "/_refunds"): _happen(happenings.decide_refund),
    ("POST", "/_payouts"): _happen(happenings.decide_payout),
    ("POST", "/_disputes"): _happen(happenings.dispute),
    ("GET", "/_webhooks"): _happen(happenings.webhooks),
    ("POST", "/_webhooks"): _happen(happenings.treat_webhooks),
}
