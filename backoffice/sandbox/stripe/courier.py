"""Deliver signed events over HTTP, one after the other, and let the sandbox's clock do what is due."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from typing import Final
from urllib.parse import urlsplit

from backoffice.sandbox.stripe import agenda, deliveries, events, shelf
from backoffice.sandbox.stripe.clockwork import ACTS
from backoffice.sandbox.stripe.store import Store

_TICK_SECONDS: Final = 0.05
_TIMEOUT_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 1.0
_KEPT_CHARACTERS: Final = 300


def signature(payload: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header of a body sent at that time."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class Courier(threading.Thread):
    """Runs beside the HTTP server until it is stopped."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True, name="courier")
        self._store = store
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Deliver no more; what is owed stays in the state file."""
        self._stopped.set()
        self.join(_STOP_SECONDS)

    def run(self) -> None:
        """Deliver whatever is due, then wait a moment."""
        while not self._stopped.is_set():
            with self._store.transaction():
                agenda.run(self._store, ACTS)
                next_one = deliveries.due(self._store)
            if next_one is None:
                self._stopped.wait(_TICK_SECONDS)
            else:
                self._deliver(*next_one)

    def _deliver(self, seq: int, event_id: str, endpoint_id: str) -> None:
        """One try. The signature bears the true time, since the receiver has a true clock."""
        with self._store.transaction():
            event = shelf.anything(self._store, event_id)
            endpoint = shelf.anything(self._store, endpoint_id)
            shown = event and events.view(self._store, event)
        status, said = None, "The endpoint was deleted."
        if shown and endpoint:
            payload = json.dumps(shown, indent=2).encode()
            status, said = _post(endpoint["url"], payload, signature(payload, endpoint["_secret"], int(time.time())))
        with self._store.transaction():
            deliveries.answered(self._store, seq, status, said)


def _post(url: str, payload: bytes, signed: str) -> tuple[int | None, str]:
    """The status and the beginning of the answer; no status when there was none. Redirects are not followed."""
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=_TIMEOUT_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signed,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        connection.request(
            "POST", f"{address.path or '/'}{'?' + address.query if address.query else ''}", payload, headers
        )
        answer = connection.getresponse()
        return answer.status, answer.read(_KEPT_CHARACTERS).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
