"""Is the demo marketplace consistent? Everything is recomputed by PostgreSQL, at any scale, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.demo.checks_life import LIFE
from backoffice.demo.checks_money import MONEY
from backoffice.enums import Status
from backoffice.services.ledger.verify import CHECKS
from models import Base
from models.constraints import status_columns

#: Statuses that rows of a table are written with, when it is not the first of the machine.
_BORN: Final = {
    ("transactions", "status"): ("completed", "failed"),
    ("notifications", "status"): ("delivered", "pending"),
}


def verify(session: Session) -> list[str]:
    """What is wrong, one sentence a rule with the number of rows; empty when all is well."""
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    session.execute(sa.text("SET LOCAL work_mem = '256MB'"))
    found = []
    rules = (*MONEY.items(), *CHECKS.items(), *LIFE.items(), *_histories(), *_references(session))
    for complaint, statement in rules:
        wrong = session.scalar(sa.text(statement.replace(":", r"\:")))
        if wrong:
            found.append(f"{wrong} {complaint}")
    return found


def _histories() -> Iterator[tuple[str, str]]:
    """For each status machine: every row's history is legal, unbroken, and ends in its status (B12, STM-1)."""
    for table, column, machine in status_columns(Base.metadata):
        yield f"{table.name} whose {column.name} has no history that leads to it", _history(table, column, machine)


def _history(table: sa.Table, column: sa.Column[Status], machine: type[Status]) -> str:
    # One row a step, in order: a step follows from the one before, and the last one leads to what the row says.
    legal = ", ".join(f"('{before}', '{after}')" for before, after in machine.transitions()) or "(NULL, NULL)"
    born = _BORN.get((table.name, column.name)) or (next(iter(machine)).value,)
    starts = ", ".join(f"'{status}'" for status in born)
    key = "id" if "id" in table.columns else "target_id"
    return f"""
        WITH steps AS (
            SELECT entity_id, to_status, from_status, lag(to_status) OVER life AS before,
                lead(to_status) OVER life IS NULL AS newest
            FROM status_history WHERE entity = '{table.name}' AND field = '{column.name}'
            WINDOW life AS (PARTITION BY entity_id ORDER BY created_at, id)
        )
        SELECT (SELECT count(*) FROM steps WHERE CASE
                WHEN from_status IS NULL THEN before IS NOT NULL OR to_status NOT IN ({starts})
                ELSE (from_status, to_status) NOT IN ({legal}) OR from_status <> coalesce(before, from_status)
                    OR (before IS NULL AND from_status NOT IN ({starts})) END)
            + (SELECT count(*) FROM {table.name} AS row LEFT JOIN steps ON newest AND entity_id = row.{key}
                WHERE CASE WHEN entity_id IS NULL THEN {column.name} NOT IN ({starts})
                    ELSE {column.name} <> to_status END)
            + (SELECT count(*) FROM steps LEFT JOIN {table.name} AS row ON entity_id = row.{key}
                WHERE newest AND row.{key} IS NULL)
    """  # noqa: S608 - every name comes from our own models


def _references(session: Session) -> Iterator[tuple[str, str]]:
    """Every foreign key, because the loader writes past the triggers that check them."""
    keys = session.execute(
        sa.text(
            "SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text, b.attname FROM pg_constraint"
            " JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = conkey[1]"
            " JOIN pg_attribute AS b ON b.attrelid = confrelid AND b.attnum = confkey[1]"
            " WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
    )
    for table, column, target, key in keys:
        dangling = f"NOT EXISTS (SELECT FROM {target} AS target WHERE target.{key} = row.{column})"
        statement = f"SELECT count(*) FROM {table} AS row WHERE {column} IS NOT NULL AND {dangling}"  # noqa: S608
        yield f"{table} whose {column} refers to nothing", statement
