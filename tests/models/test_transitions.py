"""The status machines: what the enums say is what the table of the domain rules says and what the triggers allow."""

from __future__ import annotations

from itertools import product

import psycopg
import pytest
import sqlalchemy as sa

import models
from backoffice.enums import Actor, Status
from models.constraints import status_columns
from tests.models.b12 import B12

MACHINES = {f"{table.name}.{column.name}": machine for table, column, machine in status_columns(models.Base.metadata)}


def test_every_machine_is_in_the_rules() -> None:
    """STM-1."""
    assert set(MACHINES) == set(B12)


@pytest.mark.parametrize("name", MACHINES)
def test_enum_follows_the_rules(name: str) -> None:
    """STM-1: every (from, to, actor) triple, against the table of B12."""
    machine = MACHINES[name]
    wanted = {
        (before, after, letter)
        for before, steps in B12[name].items()
        for after, letters in (step.split(":") for step in steps.split())
        for letter in letters
    }
    allowed = {
        (before.value, after.value, actor.value)
        for before, after, actor in product(machine, machine, Actor)
        if before.allows(after, actor)
    }
    assert allowed == wanted


@pytest.mark.parametrize("name", MACHINES)
def test_trigger_follows_the_enum(owner_engine: sa.Engine, name: str) -> None:
    """STM-1: the installed trigger, on a bare copy of the column, so that no CHECK answers in its place."""
    table, column = name.split(".")
    machine = MACHINES[name]
    with owner_engine.connect() as connection, connection.begin() as transaction:
        definition = connection.scalar(
            sa.text(
                "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = :table ::regclass AND tgname = :name"
            ),
            {"table": table, "name": f"tr_{table}_{column}"},
        )
        connection.execute(sa.text(f"CREATE TEMP TABLE bare ({column} varchar(32))"))
        connection.execute(sa.text(str(definition).replace(f" ON public.{table} ", " ON bare ")))
        for before, after in product(machine, machine):
            assert _moves(connection, column, before, after) == (before is after or before.allows(after)), (
                before,
                after,
            )
        transaction.rollback()


def _moves(connection: sa.Connection, column: str, before: Status, after: Status) -> bool:
    """Whether the trigger lets a row go from `before` to `after`; any other refusal than its own is raised."""
    savepoint = connection.begin_nested()
    try:
        connection.execute(sa.text(f"INSERT INTO bare VALUES ('{before.value}')"))
        connection.execute(sa.text(f"UPDATE bare SET {column} = '{after.value}'"))
    except sa.exc.IntegrityError as refusal:
        if not isinstance(refusal.orig, psycopg.Error) or refusal.orig.diag.column_name != column:
            raise
        return False
    finally:
        savepoint.rollback()
    return True
