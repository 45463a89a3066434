"""Which of our rows an object of the provider is: by its id, or by the metadata that we sent with the request (M4)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Payment, Payout, Refund

Row = TypeVar("Row", Payment, Payout, Refund)


@dataclass(frozen=True, slots=True)
class Sent:
    """The row and the attempt of it that a request was made for."""

    row_id: uuid.UUID
    attempt: int


def sent_for(metadata: Mapping[str, Any] | None, name: str) -> Sent | None:
    """What `refunds.send` or `payouts.send` wrote into the metadata; None when it was not us who sent it."""
    found = metadata or {}
    try:
        return Sent(uuid.UUID(str(found[name])), int(found["attempt"]))
    except (KeyError, ValueError):
        return None


def locked(session: Session, entity: type[Row], condition: sa.ColumnElement[bool]) -> Row | None:
    """The one row that fits, locked and fresh."""
    statement = sa.select(entity).where(condition).with_for_update(of=entity)
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
