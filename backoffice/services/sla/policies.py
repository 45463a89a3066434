"""Which targets a dispute has: the first policy of the ordered list that matches it (DSP-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.sla.clock import SlaTarget
from backoffice.services.sla.hours import Calendar
from models import BusinessCalendar, SlaPolicy
from models.dispute import DisputePriority, DisputeType


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Targets in business time, for the disputes that have this priority and type; None matches any."""

    name: str
    priority: DisputePriority | None
    type: DisputeType | None
    allowed: Mapping[SlaTarget, dt.timedelta]
    calendar: Calendar


def load(session: Session) -> list[Policy]:
    """The policies in their order, in one statement."""
    query = sa.select(SlaPolicy, BusinessCalendar).join(BusinessCalendar).order_by(SlaPolicy.position)
    return [
        Policy(
            name=policy.name,
            priority=policy.priority,
            type=policy.type,
            allowed={
                SlaTarget.FIRST_REPLY: dt.timedelta(minutes=policy.first_reply_minutes),
                SlaTarget.RESOLVE: dt.timedelta(minutes=policy.resolve_minutes),
            },
            calendar=Calendar.of(calendar.time_zone, calendar.hours, calendar.holidays),
        )
        for policy, calendar in session.execute(query)
    ]


def first(policies: Sequence[Policy], priority: DisputePriority, kind: DisputeType) -> Policy | None:
    """The policy that counts; None when none matches, and then nothing is ever late."""
    return next((one for one in policies if one.priority in {None, priority} and one.type in {None, kind}), None)
