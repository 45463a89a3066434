"""The sandbox behind the HTTP server: from a request to its answer, faults and idempotency included."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any, Final

from backoffice.sandbox.stripe import agenda, forms, lists, params, settings, shelf, webhook_endpoints
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.clockwork import ACTS
from backoffice.sandbox.stripe.errors import CardError, StripeError, ValidationError, internal, no_account, too_fast
from backoffice.sandbox.stripe.events import API_VERSION
from backoffice.sandbox.stripe.faults import Fault, FaultKind, Faults
from backoffice.sandbox.stripe.idempotency import Keys
from backoffice.sandbox.stripe.limiter import Limiter
from backoffice.sandbox.stripe.routes import Route, find
from backoffice.sandbox.stripe.store import Cause, Store
from backoffice.sandbox.stripe.wire import Answer, Delivery, Request

_TEST_KEY: Final = re.compile(r"Bearer (sk|rk)_test_\w+\Z")
_DELIVERIES: Final = {
    FaultKind.WORK_DROP: Delivery.DROPPED,
    FaultKind.WORK_RESET: Delivery.RESET,
    FaultKind.WORK_TRUNCATE: Delivery.TRUNCATED,
}
_HTML: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Sandbox:
    """One Stripe: its store, the faults to come, and the keys in use.

    `webhook` (an address and its secret) and `rate_limit` come from the command line and outlive a reset.
    """

    def __init__(
        self, state: Path | None = None, webhook: tuple[str, str] | None = None, rate_limit: int | None = None
    ) -> None:
        self.store = Store(state)
        self.faults = Faults()
        self.keys = Keys(self.store)
        self.limiter = Limiter()
        self._webhook = webhook
        self._rate_limit = rate_limit
        self._configure()

    def _configure(self) -> None:
        """Do what the command line says."""
        with self.store.transaction():
            if self._webhook is not None:
                webhook_endpoints.ensure(self.store, *self._webhook)
            if self._rate_limit is not None:
                settings.change(self.store, {"rate_limit": self._rate_limit})

    def reset(self) -> None:
        """Forget everything, once the requests that are still running have ended."""
        self.faults.clear()
        self.keys.drain()
        self.store.reset()
        self._configure()

    def handle(self, request: Request) -> Answer:
        """Answer one request to the API and write it to the log of requests, at arrival and again when done."""
        fault = self.faults.strike(request.method, request.path, request.key)
        with self.store.transaction():
            request_id = self.store.new_id("req")
            line = self._line(request, request_id, fault)
            seq = self.store.append("requests", line)
        answer = self._answer(request, request_id, fault)
        answer.headers["Request-Id"] = request_id
        answer.headers["Stripe-Version"] = API_VERSION
        if request.key:
            answer.headers["Idempotency-Key"] = request.key
        line |= {
            "status": answer.status,
            "delivery": answer.delivery.name.lower(),
            "replayed": "Idempotent-Replayed" in answer.headers,
        }
        with self.store.transaction():
            self.store.amend_request(seq, line)
        return answer

    def _line(self, request: Request, request_id: str, fault: Fault | None) -> dict[str, Any]:
        """What the log says about a request on arrival."""
        return {
            "request_id": request_id,
            "time": time.time(),
            "method": request.method,
            "path": request.path,
            "form": request.form,
            "key": request.key,
            "fault": fault.kind if fault else None,
            "status": None,
        }

    def _answer(self, request: Request, request_id: str, fault: Fault | None) -> Answer:
        """The answer with refusals turned into their JSON."""
        try:
            _authenticate(request)
            early = _early(fault)
            if early is not None:
                return early
            route, ids = find(request.method, request.path)
            self._limit(route)
            given = params.check(forms.decode(request.form), route.takes, route.required)
            call = Call(
                store=self.store,
                path=request.path,
                ids=ids,
                params=given,
                account=self._account(request),
            )
            cause = Cause(request_id, request.key)
            if request.key is None:
                return self._perform(route, call, cause, fault)
            return self._once(route, call, cause, fault)
        except StripeError as error:
            headers = {"Stripe-Should-Retry": "true"} if error.status == 409 else {}
            return Answer(status=error.status, body=error.body, headers=headers)

    def _limit(self, route: Route) -> None:
        """Refuse what comes too fast, when that is switched on (M17)."""
        with self.store.transaction():
            most = settings.rate_limit(self.store)
        if most and not self.limiter.take(f"{route.method} {route.pattern.pattern}", most):
            raise too_fast()

    def _account(self, request: Request) -> str:
        """The account the call is made for."""
        account = request.headers.get("stripe-account", "")
        if not account:
            return shelf.PLATFORM
        with self.store.transaction():
            if shelf.get(self.store, "account", account) is None:
                raise no_account(account)
        return account

    def _once(self, route: Route, call: Call, cause: Cause, fault: Fault | None) -> Answer:
        """Perform a keyed request unless its answer is already saved. Keys of different accounts never meet."""
        key = f"{call.account}:{cause.key}"
        saved = self.keys.claim(key, call.path, call.params)
        if saved is not None:
            saved.delivery = _DELIVERIES.get(fault.kind, Delivery.WHOLE) if fault else Delivery.WHOLE
            return saved
        try:
            return self._perform(route, call, cause, fault, key)
        finally:
            self.keys.release(key)

    def _perform(self, route: Route, call: Call, cause: Cause, fault: Fault | None, key: str | None = None) -> Answer:
        """Run the endpoint and save its answer in one transaction; then hang or spoil the delivery as ordered."""
        if fault and fault.kind is FaultKind.HANG:
            self.faults.hang(fault.seconds)
        with self.store.transaction():
            agenda.run(self.store, ACTS)
            with self.store.caused_by(cause):
                answer = self._run(route, call, fault)
            if key is not None:
                self.keys.save(key, answer, str(cause.request_id))
        if fault and fault.kind is FaultKind.WORK_HANG:
            self.faults.hang(fault.seconds)
        if fault:
            answer.delivery = _DELIVERIES.get(fault.kind, Delivery.WHOLE)
        return answer

    def _run(self, route: Route, call: Call, fault: Fault | None) -> Answer:
        """The endpoint's own answer; its effects are undone when it refuses, and the refusal is still saved."""
        no_retry = {"Stripe-Should-Retry": "false"}
        if fault and fault.kind is FaultKind.SAVED_ERROR:
            return Answer(status=500, body=internal().body, headers=no_retry)
        try:
            with self.store.savepoint():
                try:
                    body = lists.expand(self.store, route.run(call), call.params.get("expand", []))
                except CardError as declined:
                    # The declined charge stays, and so does what the events say of it.
                    return Answer(status=declined.status, body=declined.body, headers=no_retry)
        except ValidationError:
            raise
        except StripeError as error:
            return Answer(status=error.status, body=error.body, headers=no_retry)
        if fault and fault.kind is FaultKind.WORK_ERROR:
            return Answer(status=500, body=internal().body, headers=no_retry)
        return Answer(body=body)


def _authenticate(request: Request) -> None:
    """Refuse a missing key, a live key, and a version whose objects this server does not speak."""
    authorization = request.headers.get("authorization", "")
    if not authorization:
        raise StripeError("You did not provide an API key.", status=401)
    if not _TEST_KEY.match(authorization):
        raise StripeError("Invalid API Key provided: the sandbox takes test keys only.", status=401)
    version = request.headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        raise StripeError(f"Invalid Stripe API version: {version}; this sandbox speaks {API_VERSION}.")


def _early(fault: Fault | None) -> Answer | None:
    """The answer of a fault that strikes before anything is executed; nothing is saved."""
    match fault.kind if fault else None:
        case FaultKind.DROP:
            return Answer(delivery=Delivery.DROPPED)
        case FaultKind.ERROR:
            return Answer(status=500, body=internal().body)
        case FaultKind.HTML:
            return Answer(status=502, body=_HTML)
        case FaultKind.CONFLICT:
            raise StripeError("The idempotency key is in use.", status=409, code="idempotency_key_in_use")
        case FaultKind.RATE_LIMIT:
            raise too_fast()
        case FaultKind.LOCK_TIMEOUT:
            raise StripeError(
                "This object cannot be accessed right now because another API request or Stripe process is currently "
                "accessing it.",
                status=429,
                code="lock_timeout",
            )
        case _:
            return None
