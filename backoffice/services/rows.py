"""Many values as one table: JSON that PostgreSQL unpacks, so that a statement is the same for any number of rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa


def table(name: str, types: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> sa.TableValuedAlias:
    """The table `name` with columns of these `types`; a value is None or what `str` turns into PostgreSQL's spelling.

    One text is many times quicker than arrays, which the driver takes apart value by value.
    """
    given = json.dumps(list(rows), default=str)
    columns = [sa.column(key, kind) for key, kind in types.items()]
    unpacked = sa.func.json_to_recordset(sa.cast(sa.literal(given), sa.JSON()))
    return unpacked.table_valued(*columns).render_derived(name=name, with_types=True)
