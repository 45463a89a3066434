"""Operations as the engine writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.actions import submit
from backoffice.actions.registry import get
from backoffice.database import act_as
from models import Operation, User
from models.base import uuid7
from tests.factories.acting import acting_for


def make_operation(
    session: Session, key: str, row: Any, *, by: User, inputs: Mapping[str, Any] | None = None
) -> Operation:
    """The operation that `by` gets from using the action `key` on `row`, from their own panel."""
    acting = acting_for(by)
    act_as(session, acting)
    return submit.submit(
        session,
        get(key),
        submit.One(row.id),
        inputs or {},
        client_key=uuid7().hex,
        acting=acting,
        panel=by.role,
    )
