"""Idempotency keys exactly as Stripe's v1 API treats them.

The first answer given after execution began is saved, whether it succeeded or not, 500 included, and replayed for
the same key and parameters. Nothing is saved for a request refused before that (401, 429, validation). A key in use
by a request still running is a 409; a key reused with other parameters is a 400; keys are forgotten after 24 hours.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any, Final

from backoffice.sandbox.stripe.errors import StripeError, ValidationError
from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import Answer

KEPT_SECONDS: Final = 24 * 3600
MAX_LENGTH: Final = 255

_DRAIN_SECONDS: Final = 5.0


def digest(params: Mapping[str, Any]) -> str:
    """A fingerprint of the parameters, whatever their order."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()


class Keys:
    """The keys of one sandbox, each as `account:key`.

    `claim` first; then `save` (with the effect) and, in any case, `release`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._running: dict[str, tuple[str, str]] = {}
        self._lock = threading.Condition()

    def claim(self, key: str, path: str, params: Mapping[str, Any]) -> Answer | None:
        """The saved answer of this key, or None: then the key belongs to the caller until `release`.

        Raises `StripeError` for a key in flight (409) or used with something else (400).
        """
        if len(_given(key)) > MAX_LENGTH:
            raise ValidationError(f"Idempotency keys have up to {MAX_LENGTH} characters.")
        mine = (path, digest(params))
        with self._lock, self._store.transaction():
            self._store.sql.execute("DELETE FROM saved_answers WHERE created <= ?", (self._store.now() - KEPT_SECONDS,))
            row = self._store.sql.execute(
                "SELECT path, digest, status, body, request_id FROM saved_answers WHERE key = ?", (key,)
            ).fetchone()
            running = self._running.get(key)
            earlier = running or ((row[0], row[1]) if row else None)
            if earlier is not None and earlier != mine:
                raise _mismatch(key, earlier[0], path)
            if running is not None:
                raise _in_use(key)
            if row is not None:
                headers = {"Idempotent-Replayed": "true", "Original-Request": row[4]}
                # The saved answer never changes, so the client is told not to ask again by itself.
                headers |= {"Stripe-Should-Retry": "false"} if row[2] >= 400 else {}
                return Answer(status=row[2], body=json.loads(row[3]), headers=headers)
            self._running[key] = mine
        return None

    def save(self, key: str, answer: Answer, request_id: str) -> None:
        """Keep the answer of a claimed key; in the transaction that also holds the effect."""
        path, fingerprint = self._running[key]
        self._store.sql.execute(
            "INSERT OR REPLACE INTO saved_answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, path, fingerprint, answer.status, json.dumps(answer.body), request_id, self._store.now()),
        )

    def release(self, key: str) -> None:
        """The request is over."""
        with self._lock:
            self._running.pop(key, None)
            self._lock.notify_all()

    def drain(self) -> None:
        """Wait until no keyed request is running, for a few seconds at most."""
        with self._lock:
            self._lock.wait_for(lambda: not self._running, timeout=_DRAIN_SECONDS)


def _given(key: str) -> str:
    """The key as the client wrote it."""
    return key.partition(":")[2]


def _mismatch(key: str, earlier_path: str, path: str) -> StripeError:
    """Same key, other request."""
    what = "with the same parameters" if earlier_path == path else f"for the same endpoint ('{earlier_path}')"
    return StripeError(
        f"Keys for idempotent requests can only be used {what} they were first used with. "
        f"Try using a key other than '{_given(key)}' if you meant to execute a different request.",
        kind="idempotency_error",
    )


def _in_use(key: str) -> StripeError:
    """Same key, same request, still running."""
    return StripeError(
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {_given(key)}. Please try again later.",
        status=409,
        code="idempotency_key_in_use",
    )
