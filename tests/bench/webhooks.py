"""Events that the real web process takes in a second, beside plain INSERTs of the same rows."""

from __future__ import annotations

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from backoffice.servers import folders, ports, programs, valkey
from backoffice.servers.settings import UpSettings
from tests.bench import data, market
from tests.bench.measure import Ratio
from tests.factories.webhooks import event_body
from tests.support import databases
from tests.webhooks.support import SECRET, header

RUNS: Final = 5
#: Of each run, after as many to warm up.
EVENTS: Final = 2_000
CLIENTS: Final = 4
_DATABASE: Final = "backoffice_bench_webhooks"
_INSERT: Final = """
INSERT INTO webhook_events (provider_event_id, type, livemode, api_version, object_type, object_id, provider_created,
    body, queue, run_after)
VALUES (%s, %s, false, %s, %s, %s, to_timestamp(%s), %s, 'money', now() + interval '15 seconds')
"""
Body = dict[str, Any]


def ratio(admin_url: str) -> Ratio:
    """Both in turn, with the same number of clients, each with a connection of its own."""
    databases.drop(admin_url, _DATABASE)
    _, app_url = market.migrated(admin_url, _DATABASE)
    seconds: list[tuple[float, float]] = []
    with _web(app_url) as port:
        for _ in range(RUNS + 1):
            ours = _timed(lambda part: _post(port, part), [_signed(body) for body in _bodies()])
            floor = _timed(lambda part: _insert(app_url, part), _bodies())
            seconds.append((ours, floor))
    with psycopg.connect(app_url) as connection:
        kept = connection.execute("SELECT count(*) FROM webhook_events").fetchone()
    databases.drop(admin_url, _DATABASE)
    if kept != (2 * (RUNS + 1) * EVENTS,):
        raise RuntimeError(f"{kept} events were kept.")
    per_second = [EVENTS / statistics.median(times) for times in zip(*seconds[1:], strict=True)]
    return Ratio(
        f"webhooks, {CLIENTS} clients",
        *(f"{speed:,.0f} a second" for speed in per_second),
        per_second[1] / per_second[0],
    )


def _bodies() -> list[Body]:
    """Distinct events of the size that Stripe's have."""
    thing = {"object": "payment_intent", "amount": 10_000, "currency": "usd", "status": "succeeded", "pad": "x" * 2_000}
    return [
        event_body("payment_intent.succeeded", {"id": f"pi_{uuid.uuid4().hex[:24]}", **thing}) for _ in range(EVENTS)
    ]


def _signed(body: Body) -> tuple[bytes, str]:
    payload = json.dumps(body).encode()
    return payload, header(payload)


def _timed(work: Callable[[Sequence[Any]], None], items: Sequence[Any]) -> float:
    """Seconds until every client has done its part."""
    parts = [items[client::CLIENTS] for client in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        started = time.perf_counter()
        list(pool.map(work, parts))
        return time.perf_counter() - started


def _post(port: int, events: Sequence[tuple[bytes, str]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for payload, signature in events:
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        connection.request("POST", "/webhooks/stripe", payload, headers)
        answer = connection.getresponse()
        if answer.status != 200 or json.loads(answer.read())["duplicate"]:
            raise RuntimeError(f"An event was answered {answer.status}.")
    connection.close()


def _insert(url: str, bodies: Sequence[Body]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for body in bodies:
            thing = body["data"]["object"]
            values = (body["id"], body["type"], body["api_version"], thing["object"], thing["id"], body["created"])
            connection.execute(_INSERT, (*values, Jsonb(body)))


@contextmanager
def _web(app_url: str) -> Iterator[int]:
    """The port of a web process with a bell of its own; what it wakes, nobody hears."""
    folder = Path("var/bench").absolute()
    sockets, port = folders.socket_folder(folder, "valkey"), ports.free_port()
    at = programs.Addresses(
        database_url=app_url,
        migrate_database_url="",
        redis_url=valkey.url(sockets),
        secret_key="bench-" * 8,
        stripe_api_key="",
        stripe_api_base="",
        stripe_webhook_secret=SECRET,
    )
    settings = UpSettings.from_environment({"PORT": str(port), "BACKOFFICE_VAR": str(folder)})
    with ExitStack() as stack:
        for spec in (
            valkey.spec(folder / "valkey", sockets, folder / "valkey.log", keep=False),
            programs.web(at, settings, folder),
        ):
            stack.enter_context(data.running(spec))
        yield port
