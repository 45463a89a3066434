"""Asserting what the database refuses, by the name that it reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session


@contextmanager
def refused(session: Session | sa.Connection, constraint: str) -> Iterator[None]:
    """The block must be refused by this constraint or trigger; what it did is undone."""
    with pytest.raises(sa.exc.IntegrityError) as caught, session.begin_nested():  # noqa: PT012
        yield
        if isinstance(session, Session):
            session.flush()
        # Deferred constraint triggers speak at the end of a transaction, which a test does not reach.
        session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    assert isinstance(caught.value.orig, psycopg.Error)
    assert caught.value.orig.diag.constraint_name == constraint


def settle(session: Session) -> None:
    """Let the deferred constraint triggers speak now."""
    session.flush()
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
