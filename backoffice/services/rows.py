"""Many values as one table: JSON that PostgreSQL unpacks, so that a statement is the same for any number of rows."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa


def among(column: sa.ColumnElement[uuid.UUID] | Any, ids: Iterable[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Whether `column` is one of these: one parameter and one statement for any number of ids."""
    given = "{" + ",".join(map(str, ids)) + "}"
    return column == sa.any_(sa.cast(sa.literal(given), sa.ARRAY(sa.Uuid())))


def table(name: str, types: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> sa.TableValuedAlias:
    """The table `name` with columns of these `types`; a value is None or what `str` turns into PostgreSQL's spelling.

    One text is many times quicker than arrays, which the driver takes apart value by value.
    """
    given = json.dumps(list(rows), default=str)
    columns = [sa.column(key, kind) for key, kind in types.items()]
    unpacked = sa.func.json_to_recordset(sa.cast(sa.literal(given), sa.JSON()))
    return unpacked.table_valued(*columns).render_derived(name=name, with_types=True)
