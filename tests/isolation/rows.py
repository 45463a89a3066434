"""Every row of every table as text: to see whose a row is, what may not be shown of it, and whether it changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Base

#: Table -> primary key -> the whole row as JSON text.
Rows: TypeAlias = Mapping[str, Mapping[str, str]]
_TIME = re.compile(r"\d{4}-\d\d-\d\d")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Shorter texts, such as codes and flags, are no proof of anything.
_TELLING = 6
_LOGS = frozenset({"audit_log", "status_history"})


def read(session: Session) -> Rows:
    """All rows there are now in tables that the application may read, as this transaction sees them."""
    session.flush()
    readable = sa.func.has_table_privilege
    return {
        table.name: _rows(session, table)
        for table in Base.metadata.sorted_tables
        if session.scalar(sa.select(readable(table.name, "SELECT")))
    }


def _rows(session: Session, table: sa.Table) -> dict[str, str]:
    key = "concat_ws(' ', " + ", ".join(f't."{column.name}"' for column in table.primary_key.columns) + ")"
    found = session.execute(sa.text(f'SELECT {key}, row_to_json(t)::text FROM "{table.name}" AS t'))
    return dict(found.all())


def added(before: Rows, after: Rows) -> Rows:
    """The rows of `after` that `before` did not have."""
    return {name: {key: row for key, row in rows.items() if key not in before[name]} for name, rows in after.items()}


def changed(before: Rows, after: Rows) -> list[str]:
    """Tables and keys of rows of `before` that are different or gone in `after`."""
    return [
        f"{name} {key}" for name, rows in before.items() for key, row in rows.items() if after[name].get(key) != row
    ]


def ids(rows: Rows, table: str) -> list[str]:
    """The ids of a table's rows."""
    return [row["id"] for row in map(json.loads, rows[table].values()) if "id" in row]


def all_ids(rows: Rows) -> list[str]:
    """The ids of the rows of all tables, each once; of the logs, which grow with everything, one each."""
    return list(dict.fromkeys(one for name in rows for one in ids(rows, name)[: 1 if name in _LOGS else None]))


def one_id_each(rows: Rows) -> list[str]:
    """The id of one row of each table."""
    return list(dict.fromkeys(one for name in rows for one in ids(rows, name)[:1]))


def texts(*several: Rows) -> set[str]:
    """Every text in these rows, however deep in JSON, and the short form in which pages name a row without a name."""
    found = {
        text
        for rows in several
        for table in rows.values()
        for row in table.values()
        for text in _strings(json.loads(row))
        if len(text) >= _TELLING and not _TIME.match(text)
    }
    return found | {text[-8:] for text in found if UUID.fullmatch(text)}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def amounts(rows: Rows, tables: Iterable[str]) -> set[str]:
    """The amounts of 1,000 and more in these tables, in both ways of writing them."""
    found = set()
    for name in tables:
        columns = Base.metadata.tables[name].columns
        money = [one.name for one in columns if isinstance(one.type, sa.Numeric) and one.type.scale == 4]
        for row in rows[name].values():
            content = json.loads(row, parse_float=Decimal)
            found |= {Decimal(content[column]) for column in money if content[column] is not None}
    large = [abs(amount) for amount in found if abs(amount) >= 1000]
    return {form for amount in large for form in (f"{amount:.2f}", f"{amount:,.2f}")}
