"""What the tests of exports and of reports look at: the row, and the folder."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.clock import NOW


def row_of(sessions: sessionmaker[Session], entity: Any, row_id: uuid.UUID) -> Any:
    """The row as it is now."""
    with sessions() as session:
        return session.get_one(entity, row_id)


def make_due(sessions: sessionmaker[Session], entity: Any, row_id: uuid.UUID) -> None:
    """Let nobody hold it, and its time have come."""
    with sessions.begin() as session:
        free = {"leased_until": None, "lease_token": None, "run_after": NOW, "due_since": NOW}
        session.execute(sa.update(entity).where(entity.id == row_id).values(**free))


def names(folder: Path) -> list[str]:
    """The files that are there."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
