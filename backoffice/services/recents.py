"""The records that a person opened last, by panel: the ten newest are kept."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.permissions import Role
from models import RecentRecord

KEPT: Final = 10


def note(session: Session, panel: Role, noun: str, record_id: uuid.UUID, acting: Acting) -> None:
    """The person has opened this record: it is the newest, and what was the eleventh goes. One statement.

    Whoever views as somebody has not opened it for them (ACC-4).
    """
    if acting.user_id is None or acting.viewer is not None:
        return
    values = {"user_id": acting.user_id, "panel": panel, "noun": noun, "record_id": record_id, "opened_at": NOW}
    put = insert(RecentRecord).values(**values)
    put = put.on_conflict_do_update(constraint="pk_recent_records", set_={"opened_at": put.excluded.opened_at})
    mine = sa.and_(RecentRecord.user_id == acting.user_id, RecentRecord.panel == panel)
    this = sa.and_(RecentRecord.noun == noun, RecentRecord.record_id == record_id)
    # The statement does not see the row that it adds itself, so the nine newest of the others stay.
    others = sa.select(RecentRecord.opened_at).where(mine, sa.not_(this)).order_by(RecentRecord.opened_at.desc())
    ninth = others.offset(KEPT - 2).limit(1).scalar_subquery()
    session.execute(
        sa.delete(RecentRecord)
        .where(mine, sa.not_(this), RecentRecord.opened_at < ninth)
        .add_cte(put.cte("put"))
        .execution_options(synchronize_session=False)
    )


def newest(session: Session, panel: Role, acting: Acting) -> list[tuple[str, uuid.UUID]]:
    """Noun and id of what the person opened in this panel, the newest first."""
    rows = session.execute(
        sa.select(RecentRecord.noun, RecentRecord.record_id)
        .where(RecentRecord.user_id == acting.user_id, RecentRecord.panel == panel)
        .order_by(RecentRecord.opened_at.desc())
        .limit(KEPT)
    )
    return [(noun, record_id) for noun, record_id in rows]
