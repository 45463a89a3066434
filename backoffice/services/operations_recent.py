"""What a person has set going lately, and how far it is: what the tray in the header shows."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.permissions import Role
from models import Operation, OperationItem
from models.operation import OperationItemStatus as Item
from models.operation import OperationStatus

#: Older ones are in the list of operations.
LATELY: Final = dt.timedelta(days=1)
_NEWEST: Final = 6
_UNDER_WAY: Final = (Item.QUEUED, Item.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One operation: how many of its rows are over with, of how many."""

    id: uuid.UUID
    action: str
    status: OperationStatus
    total: int
    ended: int

    @property
    def live(self) -> bool:
        """Whether more will happen by itself."""
        return self.status in {OperationStatus.QUEUED, OperationStatus.RUNNING}


def recent(session: Session, acting: Acting, panel: Role) -> list[Recent]:
    """The person's newest operations of the panel, the newest first, in one statement."""
    ended = (
        sa.select(sa.func.count())
        .where(OperationItem.operation_id == Operation.id, OperationItem.status.not_in(_UNDER_WAY))
        .scalar_subquery()
    )
    statement = (
        sa.select(Operation.id, Operation.action, Operation.status, Operation.total, ended.label("ended"))
        .where(Operation.actor_id == acting.user_id, Operation.panel == panel, Operation.created_at > NOW - LATELY)
        .order_by(Operation.created_at.desc(), Operation.id.desc())
        .limit(_NEWEST)
    )
    return [Recent(**row) for row in session.execute(statement).mappings()]
