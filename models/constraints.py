"""Constraints derived from the column types: every enum's values, every currency, every amount's fineness (MON-1)."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.enums import Status
from models.base import EnumText


def add_derived_checks(metadata: sa.MetaData) -> None:
    """Give each table the CHECKs that follow from its columns; call once, after every model is imported."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, EnumText):
                values = ", ".join(f"'{member.value}'" for member in column.type.enum_class)
                _add(table, column.name, f"{column.name} IN ({values})")
            elif column.name == "currency":
                _add(table, "currency_known", "currency_exponent(currency) IS NOT NULL")
            elif _is_amount(column) and "currency" in table.columns:
                exact = f"{column.name} = round({column.name}, currency_exponent(currency))"
                _add(table, f"{column.name}_exact", exact)


def status_columns(metadata: sa.MetaData) -> list[tuple[sa.Table, sa.Column[Status], type[Status]]]:
    """Every column that is a status machine, with its enum; the transition triggers are made from these."""
    return [
        (table, column, column.type.enum_class)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, EnumText)
        and issubclass(column.type.enum_class, Status)
        and table.name != "shipment_events"
    ]


def _add(table: sa.Table, name: str, text: str) -> None:
    table.append_constraint(sa.CheckConstraint(text, name=name))


def _is_amount(column: sa.Column[object]) -> bool:
    return isinstance(column.type, sa.Numeric) and column.type.precision == 19 and column.type.scale == 4
