"""A Stripe sandbox in a process of its own, and a client for its control addresses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import stripe

KEY = "sk_test_tests"
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class RunningSandbox:
    url: str
    process: subprocess.Popen[str]

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with _opener.open(Request(self.url + path, data=data, method=method), timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def seed(self, **what: Any) -> dict[str, Any]:
        return self._send("POST", "/_seed", what)

    def fault(self, kind: str, path: str = "/v1/", **more: Any) -> None:
        self._send("POST", "/_faults", {"faults": [{"kind": kind, "path": path, **more}]})

    def weather(self, share: float, seed: int, **more: Any) -> None:
        """Fail a share of all requests, in the row of faults that belongs to the seed."""
        self._send("POST", "/_faults", {"weather": {"share": share, "seed": seed, **more}})

    def faults(self) -> list[dict[str, Any]]:
        return self._send("GET", "/_faults")["faults"]

    def clear_faults(self) -> None:
        self._send("DELETE", "/_faults")

    def requests(self, path: str = "/v1/", method: str = "POST") -> list[dict[str, Any]]:
        lines = self._send("GET", "/_log")["requests"]
        return [line for line in lines if line["path"].startswith(path) and line["method"] == method]

    def log(self) -> dict[str, Any]:
        """Every request and every effect."""
        return self._send("GET", "/_log")

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self._send("GET", "/_log")["effects"] if line["effect"] == kind]

    def advance(self, seconds: int) -> None:
        self._send("POST", "/_clock", {"advance": seconds})

    def now(self) -> int:
        """What its clock says."""
        return int(self._send("GET", "/_clock")["now"])

    def happen(self, noun: str, **what: Any) -> dict[str, Any]:
        """Let a customer or a bank do something: payments, refunds, payouts, disputes, accounts."""
        return self._send("POST", f"/_{noun}", what)

    def configure(self, **settings: int) -> dict[str, Any]:
        return self._send("POST", "/_settings", settings)

    def webhooks(self, **treatment: Any) -> dict[str, Any]:
        return self._send("POST", "/_webhooks", treatment) if treatment else self._send("GET", "/_webhooks")

    def reset(self) -> None:
        self._send("POST", "/_reset", {})

    def client(self, retries: int = 0, timeout: tuple[float, float] = (2, 10)) -> stripe.StripeClient:
        return stripe.StripeClient(
            KEY,
            base_addresses={"api": self.url},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=timeout),
        )

    def post(self, path: str, form: str, headers: Mapping[str, str] | None = None) -> Request:
        sent = {"Authorization": f"Bearer {KEY}", **(headers or {})}
        return Request(self.url + path, data=form.encode(), headers=sent, method="POST")  # noqa: S310

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running_sandbox(state: Path | None = None, *more: str) -> Iterator[RunningSandbox]:
    command = [sys.executable, "-m", "backoffice.sandbox", "--port", "0", *more]
    command += ["--state", str(state)] if state else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield RunningSandbox(process.stdout.readline().split()[-1], process)
        finally:
            process.terminate()
            process.wait(10)
