"""What the clock does to disputes that run late, each thing once however often it looks (DSP-7)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import dispute_news, dispute_opening, dispute_team, settings
from backoffice.services.sla import facts, keep, policies
from backoffice.services.sla.clock import Reading, SlaState
from backoffice.services.sla.facts import Facts
from models import Dispute, DisputeEvent
from models.dispute import DisputePriority
from models.dispute_event import DisputeEventKind as Kind
from models.dispute_event import WaitingFor
from models.notification import NotificationType

RESPONSE_HOURS: Final = "disputes.vendor_response_hours"
_ORDER: Final = list(DisputePriority)


def sweep(session: Session, *, size: int) -> None:
    """Look at every running dispute, and escalate those whose time has come, at most `size` of them in one go.

    All are read, `size` at a time, and only those with something to do are locked: people go on working on the rest.
    """
    rules, now = policies.load(session), session.scalars(sa.select(NOW)).one()
    patience = dt.timedelta(hours=settings.get(session, RESPONSE_HOURS))
    wanted: list[uuid.UUID] = []
    for chunk in _running(session, size):
        for one in facts.load(session, chunk).values():
            readings = one.readings(rules, now)
            if _due(one, readings, now, patience) or keep.is_old(one.dispute, readings):
                wanted.append(one.dispute.id)
    for one in facts.load(session, _locked(session, wanted[:size])).values():
        readings = one.readings(rules, now)
        if due := _due(one, readings, now, patience):
            _escalate(session, one.dispute, due)
        else:
            keep.note(one.dispute, readings)
    session.flush()


def _running(session: Session, size: int) -> Iterator[Sequence[Dispute]]:
    query = sa.select(Dispute).where(Dispute.status.in_(keep.RUNNING)).order_by(Dispute.id).limit(size)
    after = uuid.UUID(int=0)
    while chunk := session.scalars(query.where(Dispute.id > after)).all():
        yield chunk
        after = chunk[-1].id


def _locked(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Dispute]:
    """Those of them that nobody else is changing, and that still run; the others are looked at next time."""
    return session.scalars(
        sa.select(Dispute)
        .where(Dispute.id.in_(ids), Dispute.status.in_(keep.RUNNING))
        .order_by(Dispute.id)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _due(one: Facts, readings: Sequence[Reading], now: dt.datetime, patience: dt.timedelta) -> list[tuple[Kind, str]]:
    """What is to do and was not done yet, and about what."""
    wanted: list[tuple[Kind, str]] = []
    for reading in readings:
        if reading.met_at is not None:
            continue
        if reading.state is SlaState.BREACHED:
            wanted.append((Kind.BREACHED, reading.target.value))
        elif reading.due_soon_at is not None and now >= reading.due_soon_at:
            wanted.append((Kind.LEAD_TOLD, reading.target.value))
        if one.dispute.assigned_to is None and reading.half_at is not None and now >= reading.half_at:
            wanted.append((Kind.ASSIGNED, reading.target.value))
    waiting = one.waiting
    if waiting is not None and waiting.party is WaitingFor.VENDOR and now - waiting.since >= patience:
        wanted.append((Kind.VENDOR_SILENT, waiting.about))
    done = {(event.kind, event.about) for event in one.events}
    return [each for each in wanted if each not in done]


def _escalate(session: Session, dispute: Dispute, due: Sequence[tuple[Kind, str]]) -> None:
    for kind, about in due:
        if _first_time(session, dispute, kind, about):
            _DO[kind](session, dispute, about)
    keep.refresh(session, dispute)


def _first_time(session: Session, dispute: Dispute, kind: Kind, about: str) -> bool:
    statement = insert(DisputeEvent).values(dispute_id=dispute.id, kind=kind, about=about)
    written = statement.on_conflict_do_nothing().returning(DisputeEvent.id)
    return session.scalar(written) is not None


def _assign(session: Session, dispute: Dispute, about: str) -> None:
    """Half of the time is over and it is nobody's: whoever has the fewest takes it; review is theirs to begin (B12)."""
    del about
    chosen = dispute_team.least_loaded(session, dispute)
    if dispute.assigned_to is None and chosen is not None:
        dispute.assigned_to = chosen
        session.flush()
        dispute_news.tell(session, dispute, [chosen], "dispute.assigned", "A dispute was given to you")


def _tell_lead(session: Session, dispute: Dispute, about: str) -> None:
    lead = dispute_team.lead(session, dispute)
    if lead is not None:
        dispute_news.tell(
            session,
            dispute,
            [lead],
            "dispute.due_soon",
            "A dispute is due soon",
            f"{_WORDS[about]} of a dispute is due soon.",
            severity=NotificationType.WARNING,
        )


def _breach(session: Session, dispute: Dispute, about: str) -> None:
    lead = dispute_team.lead(session, dispute)
    if dispute.priority is not _ORDER[-1]:
        higher = _ORDER[_ORDER.index(dispute.priority) + 1]
        reason = f"{_WORDS[about]} is late."
        dispute_opening.prioritise(session, dispute, higher, reason=reason, acting=Acting.system("scheduler"))
    if lead is None:
        return
    before, dispute.assigned_to = dispute.assigned_to, lead
    session.flush()
    if before not in {None, lead}:
        text = f"{_WORDS[about]} is late, so the lead took it over."
        dispute_news.tell(session, dispute, [before], "dispute.unassigned", "A dispute was taken from you", text)
    dispute_news.tell(
        session,
        dispute,
        [lead],
        "dispute.breached",
        "A dispute is late",
        f"{_WORDS[about]} of a dispute is late; it was given to you.",
        severity=NotificationType.ERROR,
    )


def _go_on_without_vendor(session: Session, dispute: Dispute, about: str) -> None:
    del about
    person = dispute.assigned_to or dispute_team.lead(session, dispute)
    if person is not None:
        text = "The vendor did not answer in time; it may be decided without them."
        dispute_news.tell(session, dispute, [person], "dispute.vendor_silent", "A vendor stays silent", text)


_WORDS: Final = {"first_reply": "The first reply", "resolve": "The decision"}
_DO: Final = {
    Kind.ASSIGNED: _assign,
    Kind.LEAD_TOLD: _tell_lead,
    Kind.BREACHED: _breach,
    Kind.VENDOR_SILENT: _go_on_without_vendor,
}
