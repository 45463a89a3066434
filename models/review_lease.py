"""Who has which item of a review queue on the screen, and what was asked for it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, foreign_key


class ReviewLease(Base):
    """One item of one queue in one person's hands until `leased_until`; after a decision, in its operation's hands.

    A table of its own and no columns of the items: taking an item must not make a new version of what is looked at,
    and every queue works alike.
    """

    __tablename__ = "review_leases"
    __table_args__ = (sa.Index("ix_review_leases_queue_leased_until", "queue", "leased_until"),)

    queue: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    target_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    holder_id: Mapped[uuid.UUID] = foreign_key("users.id")
    taken_at: Mapped[dt.datetime]
    leased_until: Mapped[dt.datetime]
    #: The decision; while it is not carried out, nobody is offered the item.
    operation_id: Mapped[uuid.UUID | None] = foreign_key("operations.id")
