"""Who looked at whose personal data: every record page and form that shows some is noted in the audit log (ACC-3)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import audit


def note(session: Session, model: type[Any], row_id: uuid.UUID, seen: Sequence[str], acting: Acting) -> None:
    """Write which personal columns of the row the person has `seen`; nothing when there are none."""
    if seen:
        audit.record(
            session,
            audit.Event.VIEWED,
            acting=acting,
            entity=model.__tablename__,
            entity_id=row_id,
            after={"columns": list(seen)},
        )
