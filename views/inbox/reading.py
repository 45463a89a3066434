"""Reading the queues of a panel: how much waits in each, since when, how much of it too long, and how much is mine.

All of them are one statement. None is counted further than a hundred: the oldest rows come first, by an index.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Tone
from backoffice.services.guards import require_person
from views.inbox.queues import QUEUES, Queue
from views.listing.opening import parameters
from views.listing.query import ListQuery
from views.listing.times import At, read_span
from views.panel import Panel

LIMIT: Final = 100
_PLANNED_ANEW: Final = sa.text("SET LOCAL plan_cache_mode = force_custom_plan")
#: The part of the time after which a row is due soon.
_SOON: Final = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One queue as it is now. Counts go up to `LIMIT`, and one beyond it where there are more."""

    queue: Queue
    count: int
    #: When the oldest began to wait, or is due.
    oldest: dt.datetime | None
    overdue: int
    mine: int
    tone: Tone
    #: The state in a word.
    word: str
    #: Filters of the list that show the rows counted above.
    rows: str
    rows_overdue: str
    rows_mine: str

    @property
    def text(self) -> str:
        """The count for people."""
        return capped(self.count)

    @property
    def overdue_text(self) -> str:
        """How many waited too long; empty when none did."""
        return capped(self.overdue) if self.overdue else ""

    @property
    def mine_text(self) -> str:
        """How many are the person's own; empty when none is."""
        return capped(self.mine) if self.mine else ""


def capped(count: int) -> str:
    """A count that was not taken further than the limit."""
    return f"{LIMIT}+" if count > LIMIT else str(count)


def queues(panel: Panel) -> list[Queue]:
    """The queues of the panel whose lists it has."""
    return [queue for queue in QUEUES[panel.role] if queue.noun in panel.views]


def menu(panel: Panel) -> list[Queue]:
    """The first queue of each entry of the menu: what is told beside it, on every page."""
    first: dict[str, Queue] = {}
    for queue in queues(panel):
        if panel.shows(queue.noun):
            first.setdefault(queue.noun, queue)
    return list(first.values())


def read(session: Session, panel: Panel, acting: Acting, at: At) -> list[Waiting]:
    """Every queue of the panel, in one statement.

    It is planned for the person each time: what is best for most vendors is far from it for the largest.
    """
    session.execute(_PLANNED_ANEW)
    found = queues(panel)
    parts = [_part(panel.views[queue.noun].listing, queue, acting, at) for queue in found]
    joined: Any = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, sa.true())
    row = iter(session.execute(sa.select(*(column for part in parts for column in part.c)).select_from(joined)).one())
    return [_waiting(queue, row, acting, at) for queue in found]


def _part(listing: ListQuery, queue: Queue, acting: Acting, at: At) -> sa.FromClause:
    """Count, oldest, overdue and mine of one queue, as a row."""
    model: Any = listing.entity.model
    since = getattr(model, queue.since) if queue.since else sa.null()
    who = require_person(acting)
    rows = (
        sa.select(sa.type_coerce(since, sa.DateTime(timezone=True)).label("since"))
        .where(listing.access.scope(model, acting))
        .where(*listing.where(parameters(queue.rows(who)), at).clauses)
    )
    if queue.since and not queue.late:
        # What a rule of several conditions finds has no index in the order of time, and is little.
        rows = rows.order_by(since, model.id)
    found = rows.limit(LIMIT + 1).subquery()
    return (
        sa.select(
            sa.func.count().label("count"),
            sa.func.min(found.c.since).label("oldest"),
            _counted(listing, queue.overdue(who), acting, at).label("overdue"),
            _counted(listing, queue.mine(who), acting, at).label("mine"),
        )
        .select_from(found)
        .subquery()
    )


def _counted(listing: ListQuery, query: str, acting: Acting, at: At) -> sa.ScalarSelect[Any]:
    if not query:
        return sa.select(sa.literal(0)).scalar_subquery()
    return listing.counted(listing.where(parameters(query), at), acting, LIMIT)


def _waiting(queue: Queue, row: Iterator[Any], acting: Acting, at: At) -> Waiting:
    count, oldest, overdue, mine = next(row), next(row), next(row), next(row)
    who = require_person(acting)
    tone, word = state(queue, oldest, at.now) if count else (Tone.SUCCESS, "Nothing waits")
    return Waiting(
        queue=queue,
        count=count,
        oldest=oldest,
        overdue=overdue,
        mine=mine,
        tone=tone,
        word=word,
        rows=queue.rows(who),
        rows_overdue=queue.overdue(who),
        rows_mine=queue.mine(who),
    )


def state(queue: Queue, oldest: dt.datetime | None, now: dt.datetime) -> tuple[Tone, str]:
    """Colour and word of a queue, by its oldest row."""
    if queue.late:
        return Tone.DANGER, "Needs a look"
    if queue.within is None or oldest is None:
        return Tone.NEUTRAL, "No deadline"
    at = At(now=now)
    limit = now - at.moved(read_span(queue.within), -1)
    left = oldest - now if queue.deadline else oldest + limit - now
    if left <= dt.timedelta(0):
        return Tone.DANGER, "Overdue"
    soon = limit if queue.deadline else limit * (1 - _SOON)
    return (Tone.WARNING, "Due soon") if left <= soon else (Tone.SUCCESS, "On time")
