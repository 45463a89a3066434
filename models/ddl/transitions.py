"""Triggers that refuse every status change which the enum does not list (STM-1)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from backoffice.enums import Status
from models.constraints import status_columns


def triggers(metadata: sa.MetaData) -> Iterator[str]:
    """CREATE TRIGGER for every column that is a status machine."""
    for table, column, machine in status_columns(metadata):
        yield trigger(table.name, column.name, machine)


def trigger(table: str, column: str, machine: type[Status]) -> str:
    """The trigger `tr_<table>_<column>`; the pairs stand in its condition, so an allowed change costs no call."""
    pairs = ", ".join(f"('{before}', '{after}')" for before, after in machine.transitions())
    return (
        f"CREATE TRIGGER tr_{table}_{column} BEFORE UPDATE ON {table} FOR EACH ROW"
        f" WHEN (OLD.{column} <> NEW.{column} AND (OLD.{column}, NEW.{column}) NOT IN ({pairs}))"
        f" EXECUTE FUNCTION refuse_transition('{column}')"
    )
