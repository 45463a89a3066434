"""The scratch schema of the generator: its functions, its constants and its word lists."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from psycopg import Connection, sql

from backoffice.demo import people
from backoffice.demo.catalog import DEPARTMENTS, leaves
from backoffice.demo.scales import Counts
from backoffice.demo.words import COMMON_WORD, PLACES, RARE_WORD, WORDS

_CONSTANT = sql.SQL("CREATE FUNCTION demo.{}() RETURNS {} IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN {}")


def constants(connection: Connection[tuple[object, ...]], counts: Counts, as_of: dt.datetime, password: str) -> None:
    """Make schema `demo` with one function a constant; PostgreSQL folds them into the plans."""
    connection.execute("CREATE SCHEMA demo")
    _constant(connection, "as_of", "timestamptz", as_of.replace(microsecond=0))
    _constant(connection, "password_hash", "text", password)
    _constant(connection, "rare_word", "text", RARE_WORD.capitalize())
    _constant(connection, "common_word", "text", COMMON_WORD.capitalize())
    for name, value in asdict(counts).items():
        _constant(connection, name, "boolean" if isinstance(value, bool) else "bigint", value)
    for name in ("admins", "finance", "logistics", "vendors"):
        _constant(connection, f"{name}_emails", "text[]", list(getattr(people, name.upper())))
    for name, words in WORDS.items():
        _constant(connection, name, "text[]", list(words))
    for position, name in enumerate(("cities", "states", "postals", "countries")):
        _constant(connection, name, "text[]", [place[position] for place in PLACES])


def tree(connection: Connection[tuple[object, ...]]) -> None:
    """Write the category tree into `demo.leaf`, one row a leaf, numbered in the order of the tree."""
    connection.execute(
        "CREATE UNLOGGED TABLE demo.leaf (n bigint PRIMARY KEY, department bigint, department_name text, branch text,"
        " name text, low bigint, high bigint, weight numeric, kinds text)"
    )
    order = list(DEPARTMENTS)
    with connection.cursor() as cursor, cursor.copy("COPY demo.leaf FROM STDIN") as rows:
        for n, leaf in enumerate(leaves()):
            department = order.index(leaf.department)
            kinds = "|".join(leaf.kinds)
            rows.write_row(
                (n, department, leaf.department, leaf.branch, leaf.name, leaf.low, leaf.high, leaf.weight, kinds)
            )


def _constant(connection: Connection[tuple[object, ...]], name: str, kind: str, value: object) -> None:
    literal = sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(kind))
    connection.execute(_CONSTANT.format(sql.Identifier(name), sql.SQL(kind), literal))
