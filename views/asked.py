"""Filters that several lists have and that are no column of theirs."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from backoffice.money import CURRENCIES
from views.access import Asked


def by_currency(clause: Callable[[str], sa.ColumnElement[bool]]) -> Asked:
    """Rows whose money is in one currency; `clause` says which they are."""
    return Asked(key="currency", label="Currency", options={code: (code, clause(code)) for code in CURRENCIES})
