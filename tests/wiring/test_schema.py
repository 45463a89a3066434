"""The database that the migrations make is the one that the models declare."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.money import CURRENCIES, currency_exponent
from backoffice.services.settings import SETTINGS
from models import Base, PlatformSetting
from models.constraints import status_columns
from models.ddl import audit, functions, touch, transitions
from tests.wiring import schema


@pytest.fixture(scope="module")
def owner(owner_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(sqlalchemy_url(owner_url))
    yield engine
    engine.dispose()


def test_tables_are_as_declared(owner: sa.Engine) -> None:
    """Every column, CHECK, key and index with the same text: `alembic check` does not see a changed CHECK."""
    with schema.declared(owner) as connection:
        wanted, found = schema.tables(connection, "declared"), schema.tables(connection)
    assert len(wanted) > 700
    assert sorted(found ^ wanted) == []


def test_derived_triggers_are_as_generated(owner: sa.Engine) -> None:
    """STM-1, MOD-1: each status machine and each row version has its trigger, with the enum's own pairs."""
    with schema.declared(owner) as connection:
        for statement in (*touch.triggers(Base.metadata), *transitions.triggers(Base.metadata)):
            connection.execute(sa.text(statement))
        wanted, found = schema.triggers(connection, "declared"), schema.triggers(connection)
    assert len(wanted) > len(status_columns(Base.metadata)) + 20
    assert sorted(wanted - found) == []
    machines = {f"tr_{table.name}_{column.name}" for table, column, _ in status_columns(Base.metadata)}
    assert machines == {text.split()[2] for _, text in found if "refuse_transition" in text}


def test_every_business_table_is_audited(owner: sa.Engine) -> None:
    """AUD-1: each of the three events, by a function that knows all columns and tags of today."""
    names = {table.name for table in audit.audited(Base.metadata)}
    with owner.connect() as connection, connection.begin() as transaction:
        triggers = {text.split()[2] for _, text in schema.triggers(connection) if " FUNCTION audit_" in text}
        assert triggers == {f"audit_{name}_{event}" for name in names for event in ("insert", "update", "delete")}
        before = schema.everything(connection)
        for table in audit.audited(Base.metadata):
            connection.execute(sa.text(audit.install(table)))
        assert sorted(before ^ schema.everything(connection)) == []
        transaction.rollback()


def test_left_out_columns_are_those_of_the_installer(owner: sa.Engine) -> None:
    """The list in Python says what the SQL does."""
    with owner.connect() as connection:
        source = connection.scalar(sa.text("SELECT prosrc FROM pg_proc WHERE proname = 'audit_products'"))
    columns = {column.name for column in Base.metadata.tables["products"].columns if column.computed is None}
    logged = {name for name in columns if f'"{name}":' in str(source)}
    assert columns - logged == audit.LEFT_OUT


def test_currency_exponent_agrees_with_the_application(owner: sa.Engine) -> None:
    """MON-2: the same table on both sides, and NULL for a code that nobody knows."""
    query = sa.text("SELECT code, currency_exponent(code) FROM unnest(CAST(:codes AS text[])) AS code")
    with owner.connect() as connection, connection.begin() as transaction:
        found = dict(connection.execute(query, {"codes": [*CURRENCIES, "XXX"]}).all())
        assert found == {code: currency_exponent(code) for code in CURRENCIES} | {"XXX": None}
        connection.execute(sa.text(functions.currency_exponent().replace("CREATE", "CREATE OR REPLACE", 1)))
        assert dict(connection.execute(query, {"codes": [*CURRENCIES, "XXX"]}).all()) == found
        transaction.rollback()


def test_settings_are_those_of_the_registry(session: Session) -> None:
    """Each business setting is a row with its type, default and meaning: a new one needs a migration."""
    rows = session.scalars(sa.select(PlatformSetting)).all()
    found = {row.key: (row.type, row.value, row.description) for row in rows}
    assert found == {key: (setting.type, setting.default, setting.description) for key, setting in SETTINGS.items()}
