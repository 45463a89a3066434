"""The pages of a day's work over the large marketplace: homes, figures and review mode, each beside plain SQL."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from flask.testing import FlaskClient

from backoffice.clock import now
from backoffice.config import sqlalchemy_url
from backoffice.demo import ADMINS, FINANCE, LOGISTICS, VENDORS
from backoffice.permissions import Role
from tests.bench import data, ours, plain, requests
from tests.bench.measure import Contender, Figure, measure

RUNS: Final = 40
#: What takes seconds in plain SQL is run this seldom.
SELDOM: Final = 10
#: Queues are not counted further by the pages.
CAPPED: Final = 100
_PEOPLE: Final = {
    Role.ADMIN: ADMINS[0], Role.FINANCE: FINANCE[0], Role.LOGISTICS: LOGISTICS[0], Role.VENDOR: VENDORS[0],
}  # fmt: skip
_COUNTED: Final = re.compile(r'class="inbox-count"[^>]*aria-label="(\d+)(\+?) ([^"]+)"')

Call = Callable[[], int]


def figures(admin_url: str) -> dict[str, tuple[Figure | str, Figure | str]]:
    """Each page as the person of its panel, and its plain SQL, in turn."""
    _, app_url = data.prepared(admin_url)
    plain_engine = sa.create_engine(sqlalchemy_url(app_url))
    contenders: dict[str, Contender] = {}
    engines = [plain_engine]
    try:
        for role, email in _PEOPLE.items():
            client, engine = ours.signed_in(app_url, email)
            engines.append(engine)
            me = _id_of(plain_engine, email)
            _agree(client.get(f"/{role.value}/").text, _inbox(plain_engine, role, me))
            for name, (page, query) in _pages(client, plain_engine, role, me).items():
                contenders[name] = Contender(call=page, engine=engine)
                contenders[f"plain {name}"] = Contender(call=query, engine=plain_engine, every=SELDOM)
        found = measure(contenders, runs=RUNS)
    finally:
        for engine in engines:
            engine.dispose()
    return {name: (found[name], found[f"plain {name}"]) for name in contenders if not name.startswith("plain ")}


def table(found: Mapping[str, tuple[Figure | str, Figure | str]]) -> Iterator[str]:
    """The figures as text."""
    yield f"{'':28}{'p50 ms':>10}{'p95 ms':>10}{'stmts':>8}{'plain SQL p50 ms':>20}{'plain/ours':>12}"
    for name, (page, query) in found.items():
        if isinstance(page, str) or isinstance(query, str):
            yield f"{name:28}{page if isinstance(page, str) else query}"
        else:
            times = f"{query.p50 / page.p50:.2f}x"
            yield f"{name:28}{page.p50:10.1f}{page.p95:10.1f}{page.statements:8d}{query.p50:20.1f}{times:>12}"


def _pages(client: FlaskClient, engine: sa.Engine, role: Role, me: Any) -> dict[str, tuple[Call, Call]]:
    at = f"/{role.value}"
    pages: dict[str, tuple[Call, Call]] = {
        f"home, {role.value}": (lambda: requests.got(client, f"{at}/"), lambda: len(_inbox(engine, role, me))),
        f"figures, {role.value}": (
            lambda: requests.got(client, f"{at}/figures/?days=30"),
            lambda: _read(engine, plain.FIGURES, _period() | {"me": me if role is Role.VENDOR else None}),
        ),
    }
    if role is Role.ADMIN:
        review = f"{at}/review/products/"
        pages["review mode, products"] = (
            lambda: requests.got(client, review),
            lambda: _read(engine, plain.REVIEW, {}),
        )
    return pages


def _inbox(engine: sa.Engine, role: Role, me: Any) -> dict[str, int]:
    """How many rows wait in each queue of the panel."""
    with engine.connect() as connection:
        return {
            label: connection.execute(sa.text(query), {"me": me} if ":me" in query else {}).one()[0]
            for label, query in plain.QUEUES[role].items()
        }


def _agree(page: str, counted: Mapping[str, int]) -> None:
    """Raise where the page and plain SQL count differently: then they do not answer the same question."""
    shown = {html.unescape(label): int(number) + bool(more) for number, more, label in _COUNTED.findall(page)}
    wrong = {
        label: (shown.get(label), count)
        for label, count in counted.items()
        if shown.get(label) != min(count, CAPPED + 1)
    }
    if wrong:
        raise RuntimeError(f"The page and plain SQL differ: {wrong}")


def _read(engine: sa.Engine, query: str, values: Mapping[str, Any]) -> int:
    with engine.connect() as connection:
        return len(connection.execute(sa.text(query), values).all())


def _period() -> dict[str, dt.date]:
    since = now().date() - dt.timedelta(days=29)
    return {"since": since, "before": since - dt.timedelta(days=30)}


def _id_of(engine: sa.Engine, email: str) -> Any:
    with engine.connect() as connection:
        return connection.scalar(sa.text("SELECT id FROM users WHERE email = :email"), {"email": email})
