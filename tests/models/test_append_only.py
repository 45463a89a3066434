"""What is kept for good cannot be changed by anybody (AUD-2)."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa

from backoffice.servers import roles
from models.ddl.grants import APPEND_ONLY, OWNER_ONLY
from tests.models.refusals import refused

STATEMENTS = ("UPDATE {} SET created_at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE")


def _tables(connection: sa.Connection) -> list[str]:
    """The append-only tables and every partition of them."""
    partitions = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass"
    return [*APPEND_ONLY, *connection.scalars(sa.text(partitions))]


def test_the_owner_is_refused(world: sa.Connection) -> None:
    """AUD-1: each partition too, since TRUNCATE of a partition bypasses the parent's trigger."""
    tables = _tables(world)
    assert len(tables) > len(APPEND_ONLY) + 5
    for table in tables:
        name = "audit_log" if table.startswith("audit_log") else table
        for statement in STATEMENTS:
            with refused(world, f"tr_{name}_append_only"):
                world.execute(sa.text(statement.format(table)))


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_application_is_refused(engine: sa.Engine, table: str, statement: str) -> None:
    """A2: by its grants where they are that strict, by the trigger otherwise."""
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(sa.text(statement.format(table)))
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege | psycopg.errors.CheckViolation)


@pytest.mark.parametrize("table", OWNER_ONLY)
def test_the_application_cannot_read_the_key(engine: sa.Engine, table: str) -> None:
    """AUD-1: row security hides the key even where a grant does not."""
    with engine.connect() as connection:
        try:
            rows = connection.execute(sa.text(f"SELECT * FROM {table}")).all()
        except sa.exc.ProgrammingError as refusal:
            rows = []
            assert isinstance(refusal.orig, psycopg.errors.InsufficientPrivilege)  # noqa: PT017
    assert rows == []


def test_grants_agree() -> None:
    """The servers package stands alone and keeps a list of its own."""
    assert set(roles.APPEND_ONLY) <= set(APPEND_ONLY)
