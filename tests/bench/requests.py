"""What each application is asked for, by the same names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from flask.testing import FlaskClient

from backoffice.demo import COMMON_WORD, RARE_WORD
from models import Product
from tests.bench import export
from tests.bench.form import fields
from views.listing.filters import PREFIX
from views.listing.keyset import Sort

DEEP = 250_000
EXPORTED = 10_000
CSV = "CSV of 10,000"
#: Whoever types into the search box has the page already, and is sent the list alone.
TYPED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Rows that every application is asked about: a product each, and the one 250,000 rows down the default order."""

    #: Each application edits one of its own, since they are measured in turn and a save makes the others' form stale.
    ours: uuid.UUID
    stock: uuid.UUID
    floor: uuid.UUID
    deep_id: uuid.UUID
    deep_moment: dt.datetime
    #: Exports begin with this day, which makes about 10,000 rows: these.
    day: str
    exported: int


def places(engine: sa.Engine) -> Places:
    """Find them."""
    with engine.connect() as connection:
        deep = connection.execute(
            sa.text(
                "SELECT id, created_at FROM products WHERE deleted_at IS NULL"
                " ORDER BY created_at DESC, id DESC OFFSET :skip LIMIT 1"
            ),
            {"skip": DEEP - 1},
        ).one()
        exported = connection.execute(
            sa.text(
                "SELECT day, count FROM (SELECT date_trunc('day', created_at) AS day, sum(count(*)) OVER"
                " (ORDER BY date_trunc('day', created_at) DESC) AS count FROM products WHERE deleted_at IS NULL"
                " GROUP BY 1) AS days ORDER BY abs(count - :wanted) LIMIT 1"
            ),
            {"wanted": EXPORTED},
        ).one()
        own = connection.execute(
            sa.text("SELECT id FROM products WHERE status = 'active' AND deleted_at IS NULL ORDER BY id LIMIT 3")
        ).scalars()
        edited = dict(zip(("ours", "stock", "floor"), own, strict=True))
    return Places(
        **edited,
        deep_id=deep.id,
        deep_moment=deep.created_at,
        day=exported.day.date().isoformat(),
        exported=int(exported.count),
    )


def got(client: FlaskClient, path: str, headers: Mapping[str, str] | None = None) -> int:
    """GET `path`; the bytes of the whole answer. Raises when it is not a success, so that no error is timed."""
    answer = client.get(path, headers=dict(headers or {}))
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return len(answer.get_data())


def ours(client: FlaskClient, where: Places) -> Mapping[str, Callable[[], int]]:
    """This product's requests."""
    cursor = Sort.of(Product, "-created_at").encode(where.deep_id, where.deep_moment)
    status = f"/admin/products/?{PREFIX}status=pending"
    edit = f"/admin/products/edit/?id={where.ours}"
    return {
        **_lists(
            client,
            "/admin",
            first="/products/",
            status=status,
            deep=f"/admin/products/?after={cursor}",
            q="q",
            headers=TYPED,
        ),
        "edit form": lambda: got(client, edit),
        "save": saving(client, edit, version="row_version"),
        CSV: export.of_products(client, f"{PREFIX}created_at_from={where.day}"),
    }


def stock(client: FlaskClient, where: Places) -> Mapping[str, Callable[[], int]]:
    """The stock view's requests."""
    edit = f"/stock/products/edit/?id={where.stock}"
    status = "/stock/products/?status=pending"
    return {
        **_lists(client, "/stock", first="/products/", status=status, deep="/stock/products/?page=5000", q="search"),
        "edit form": lambda: got(client, edit),
        "save": saving(client, edit),
        CSV: lambda: got(client, "/stock/products/export/csv/"),
    }


def floor(client: FlaskClient, where: Places) -> Mapping[str, Callable[[], int]]:
    """The floor's requests."""
    edit = f"/edit/{where.floor}"
    deep = f"/products?after={quote(where.deep_moment.isoformat())}_{where.deep_id}"
    return {
        **_lists(client, "", first="/products", status="/products?status=pending", deep=deep, q="q"),
        "edit form": lambda: got(client, edit),
        "save": saving(client, edit),
        CSV: lambda: got(client, f"/products.csv?rows={where.exported}"),
    }


def _lists(
    client: FlaskClient,
    at: str,
    *,
    first: str,
    status: str,
    deep: str,
    q: str,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Callable[[], int]]:
    orders = first.replace("products", "orders")
    return {
        "products, first page": lambda: got(client, at + first),
        "filtered by status": lambda: got(client, status),
        "page 5,000 deep": lambda: got(client, deep),
        "search, 1 in 1,000": lambda: got(client, f"{at}{first}?{q}={RARE_WORD}", headers),
        "search, 1 in 10": lambda: got(client, f"{at}{first}?{q}={COMMON_WORD}", headers),
        "orders, first page": lambda: got(client, at + orders),
    }


def saving(client: FlaskClient, path: str, *, version: str | None = None) -> Callable[[], int]:
    """Saves the form at `path` again and again, each time with another value, as a browser that had it open would."""
    values = fields(client.get(path).data)

    def save() -> int:
        values["min_stock_level"] = str((int(values["min_stock_level"]) + 1) % 1000)
        answer = client.post(path, data=values)
        if answer.status_code != 302:
            raise RuntimeError(f"saving {path} answered {answer.status}")
        if version:
            values[version] = str(int(values[version]) + 1)
        return len(answer.get_data())

    return save
