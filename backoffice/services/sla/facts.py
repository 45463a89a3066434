"""What the clocks of disputes are made of, read from messages, events and the history of the status (DSP-6)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.sla.clock import Pause, Reading, SlaTarget, merged, read
from backoffice.services.sla.policies import Policy, first
from models import Dispute, DisputeEvent, DisputeMessage, StatusHistory
from models.dispute import DisputeStatus
from models.dispute_event import DisputeEventKind, WaitingFor

_OVER = frozenset({DisputeStatus.RESOLVED, DisputeStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom a dispute waits for, since when, and the event that says so; the opening itself for a new one."""

    party: WaitingFor
    since: dt.datetime
    about: str


@dataclass(slots=True)
class Facts:
    """Times of what happened, each list in order."""

    dispute: Dispute
    #: Public messages of the people of the back-office.
    replies: list[dt.datetime] = field(default_factory=list)
    #: Public messages of customer and vendor.
    heard: dict[WaitingFor, list[dt.datetime]] = field(default_factory=lambda: defaultdict(list))
    events: list[DisputeEvent] = field(default_factory=list)
    #: Status reached, and when.
    steps: list[tuple[str, dt.datetime]] = field(default_factory=list)

    @property
    def decided_at(self) -> dt.datetime | None:
        """When it was decided; None while it is not, or not any more."""
        if self.dispute.status not in _OVER:
            return None
        ends = [at for to, at in self.steps if to == DisputeStatus.RESOLVED] or [at for _, at in self.steps]
        return self.dispute.resolved_at or (ends[-1] if ends else self.dispute.updated_at)

    @property
    def replied_at(self) -> dt.datetime | None:
        """The first reply. A decision is one, since it is told; reopening does not take it back."""
        decided = [at for to, at in self.steps if to in _OVER]
        return min([*self.replies[:1], *decided[:1]], default=None)

    @property
    def waiting(self) -> Waiting | None:
        """Whom it waits for now."""
        last = next((one for one in reversed(self.events) if one.kind is DisputeEventKind.WAITING), None)
        if last is None or last.after == WaitingFor.NOBODY or self.dispute.status in _OVER:
            return None
        party = WaitingFor(last.after or "")
        if self._end(last, party, None) is not None:
            return None
        return Waiting(party, last.created_at, str(last.id))

    @property
    def silent(self) -> bool:
        """Whether the vendor was asked, did not answer in time, and has not answered since (DSP-7)."""
        silence = [one.created_at for one in self.events if one.kind is DisputeEventKind.VENDOR_SILENT]
        return bool(silence) and not any(at > silence[-1] for at in self.heard[WaitingFor.VENDOR])

    def pauses(self) -> list[Pause]:
        """When the clock stood still: while it waited for somebody else, and between a decision and its end."""
        found = [*self._waits()]
        decided: dt.datetime | None = None
        for to, at in self.steps:
            if to in _OVER:
                decided = decided or at
            elif decided is not None:
                found.append(Pause(decided, at))
                decided = None
        return merged(found)

    def _waits(self) -> Iterable[Pause]:
        changes = [one for one in self.events if one.kind is DisputeEventKind.WAITING]
        for event, following in zip(changes, [*changes[1:], None], strict=False):
            if event.after != WaitingFor.NOBODY:
                yield Pause(event.created_at, self._end(event, WaitingFor(event.after or ""), following))

    def _end(self, event: DisputeEvent, party: WaitingFor, following: DisputeEvent | None) -> dt.datetime | None:
        """When the wait of `event` was over: they answered, stayed silent for too long, or somebody said so."""
        ends = [at for at in self.heard[party] if at >= event.created_at]
        ends += [one.created_at for one in self.events if one.about == str(event.id)]
        ends += [] if following is None else [following.created_at]
        return min(ends, default=None)

    def readings(self, policies: Sequence[Policy], now: dt.datetime) -> list[Reading]:
        """Both targets at `now`; none when no policy matches. The clock starts at creation whatever the priority."""
        policy = first(policies, self.dispute.priority, self.dispute.type)
        if policy is None:
            return []
        pauses, met = self.pauses(), {SlaTarget.FIRST_REPLY: self.replied_at, SlaTarget.RESOLVE: self.decided_at}
        return [
            read(
                target,
                policy.allowed[target],
                policy.calendar,
                start=self.dispute.created_at,
                pauses=pauses,
                met_at=met[target],
                now=now,
            )
            for target in SlaTarget
        ]


def load(session: Session, disputes: Sequence[Dispute]) -> Mapping[uuid.UUID, Facts]:
    """The facts of each of these disputes, in three statements."""
    found = {dispute.id: Facts(dispute) for dispute in disputes}
    if not found:
        return found
    spoken = (
        sa.select(DisputeMessage.dispute_id, DisputeMessage.user_id, DisputeMessage.created_at)
        .where(DisputeMessage.dispute_id.in_(found), DisputeMessage.is_internal.is_(sa.false()))
        .order_by(DisputeMessage.created_at, DisputeMessage.id)
    )
    for dispute_id, speaker, at in session.execute(spoken):
        facts = found[dispute_id]
        if speaker == facts.dispute.vendor_id:
            facts.heard[WaitingFor.VENDOR].append(at)
        elif speaker == facts.dispute.customer_id:
            facts.heard[WaitingFor.CUSTOMER].append(at)
        else:
            facts.replies.append(at)
    happened = sa.select(DisputeEvent).where(DisputeEvent.dispute_id.in_(found))
    for event in session.scalars(happened.order_by(DisputeEvent.created_at, DisputeEvent.id)):
        found[event.dispute_id].events.append(event)
    moved = (
        sa.select(StatusHistory.entity_id, StatusHistory.to_status, StatusHistory.created_at)
        .where(StatusHistory.entity == Dispute.__tablename__, StatusHistory.entity_id.in_(found))
        .order_by(StatusHistory.created_at, StatusHistory.id)
    )
    for dispute_id, to, at in session.execute(moved):
        found[dispute_id].steps.append((to, at))
    return found
