"""What the clock does to disputes that run late."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services import dispute_escalation, dispute_news, dispute_team, disputes
from backoffice.services.sla import facts
from models import BusinessCalendar, Dispute, DisputeEvent, Notification, PlatformSetting, User
from models.dispute import DisputePriority, DisputeStatus
from models.dispute_event import DisputeEventKind as Kind
from models.dispute_event import WaitingFor
from models.user import UserStatus
from tests.factories import acting_for, make_dispute, make_dispute_event, make_message, make_order, make_user

HOUR = dt.timedelta(hours=1)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@pytest.fixture(autouse=True)
def _always_open(session: Session) -> None:
    """So that hours of the clock are hours of work."""
    session.execute(sa.update(BusinessCalendar).values(hours={day: [["00:00", "24:00"]] for day in _DAYS}))


@pytest.fixture
def lead(session: Session) -> User:
    """The longest-serving admin."""
    return make_user(session, created_at=now() - dt.timedelta(days=900))


def aged(session: Session, hours: float, **values: Any) -> Dispute:
    """A dispute of medium priority that was opened so long ago: 24 hours for a reply, 120 for the decision."""
    return make_dispute(session, created_at=now() - hours * HOUR, **values)


def sweep(session: Session) -> None:
    dispute_escalation.sweep(session, size=2)


def events(session: Session, dispute: Dispute) -> list[tuple[Kind, str | None]]:
    query = sa.select(DisputeEvent.kind, DisputeEvent.about).where(DisputeEvent.dispute_id == dispute.id)
    return [(kind, about) for kind, about in session.execute(query.order_by(DisputeEvent.id))]


def told(session: Session, user: User) -> list[str]:
    return list(session.scalars(sa.select(Notification.event_key).where(Notification.shown_to(user.id))))


def test_nothing_happens_before_half_of_the_time(session: Session, lead: User) -> None:
    """DSP-7."""
    dispute = aged(session, 11)
    sweep(session)
    assert events(session, dispute) == []
    assert dispute.assigned_to is None


def test_half_way_whoever_has_fewest_gets_what_is_nobodys(session: Session, lead: User) -> None:
    """DSP-7: review is begun by a person, so the status stays (B12)."""
    busy, free = lead, make_user(session)
    make_dispute(session, status=DisputeStatus.IN_REVIEW, assigned_to=busy.id)
    make_user(session, status=UserStatus.SUSPENDED)
    dispute = aged(session, 12.5)
    for _ in range(2):
        sweep(session)
    assert events(session, dispute) == [(Kind.ASSIGNED, "first_reply")]
    assert (dispute.assigned_to, dispute.status) == (free.id, DisputeStatus.OPEN)
    assert told(session, free) == ["dispute.assigned"]


def test_the_one_with_fewest_is_never_party(session: Session, lead: User) -> None:
    """DSP-7, DSP-10."""
    other = make_user(session)
    dispute = aged(session, 12.5, order=make_order(session, customer=lead))
    assert dispute_team.least_loaded(session, dispute) == dispute_team.lead(session, dispute) == other.id


def test_at_four_fifths_the_lead_is_told_once(session: Session, lead: User) -> None:
    """DSP-7."""
    dispute = aged(session, 20, assigned_to=make_user(session).id)
    for _ in range(2):
        sweep(session)
    assert events(session, dispute) == [(Kind.LEAD_TOLD, "first_reply")]
    assert told(session, lead) == ["dispute.due_soon"]


def test_the_setting_names_the_lead(session: Session, lead: User) -> None:
    """DSP-7."""
    named = make_user(session)
    setting = sa.update(PlatformSetting).where(PlatformSetting.key == dispute_team.LEAD)
    session.execute(setting.values(value=named.email))
    assert dispute_team.lead(session, aged(session, 1)) == named.id


def test_a_breach_raises_the_priority_and_gives_it_to_the_lead(session: Session, lead: User) -> None:
    """DSP-7: once a target, though the higher priority has shorter ones."""
    clerk = make_user(session)
    dispute = aged(session, 25, assigned_to=clerk.id)
    for _ in range(3):
        sweep(session)
    assert (dispute.priority, dispute.assigned_to) == (DisputePriority.HIGH, lead.id)
    assert events(session, dispute) == [(Kind.BREACHED, "first_reply"), (Kind.PRIORITY, None)]
    assert told(session, lead) == ["dispute.breached"]
    assert told(session, clerk) == ["dispute.unassigned"]


def test_urgent_is_as_high_as_it_gets(session: Session, lead: User) -> None:
    """DSP-7."""
    dispute = aged(session, 25, priority=DisputePriority.URGENT)
    sweep(session)
    assert dispute.priority is DisputePriority.URGENT
    assert Kind.PRIORITY not in {kind for kind, _ in events(session, dispute)}


def test_decided_disputes_are_left_alone(session: Session, lead: User) -> None:
    """DSP-7."""
    dispute = aged(session, 500, status=DisputeStatus.RESOLVED)
    sweep(session)
    assert events(session, dispute) == []


def test_all_of_them_are_looked_at_however_many(session: Session, lead: User) -> None:
    """DSP-7: each, in the order of their ids, and not more in one go than a transaction should hold."""
    late = [aged(session, 20) for _ in range(5)]
    done = []
    for _ in range(3):
        sweep(session)
        done.append(sum(bool(events(session, one)) for one in late))
    assert done == [2, 4, 5]


def test_a_silent_vendor_is_no_longer_waited_for(session: Session, lead: User) -> None:
    """DSP-7: after the hours of the setting, once a question; the clock goes on."""
    dispute = aged(session, 80, assigned_to=lead.id)
    asked = make_dispute_event(
        session, dispute=dispute, kind=Kind.WAITING, after="vendor", created_at=now() - 73 * HOUR
    )
    make_message(session, dispute=dispute, user_id=lead.id, created_at=now() - 73 * HOUR)
    for _ in range(2):
        sweep(session)
    assert events(session, dispute)[1:] == [(Kind.VENDOR_SILENT, str(asked.id))]
    assert told(session, lead) == ["dispute.vendor_silent"]
    known = facts.load(session, [dispute])[dispute.id]
    assert known.silent
    assert known.waiting is None


def test_a_vendor_who_answers_is_not_silent(session: Session, lead: User) -> None:
    """DSP-6, DSP-7: only the order's vendor answers, and who works on it is told."""
    dispute = make_dispute(session, assigned_to=lead.id)
    dispute_news.add_message(
        session, dispute, text="?", is_internal=False, wait_for=WaitingFor.VENDOR, acting=acting_for(lead)
    )
    waiting = facts.load(session, [dispute])[dispute.id].waiting
    assert waiting is not None
    assert waiting.party is WaitingFor.VENDOR
    vendor = session.get_one(User, dispute.vendor_id)
    dispute_news.answer(session, dispute, text="We send another.", acting=acting_for(vendor))
    assert facts.load(session, [dispute])[dispute.id].waiting is None
    assert told(session, lead) == ["dispute.answered"]


def test_a_person_may_ask_for_the_least_loaded(session: Session, lead: User) -> None:
    """DSP-7: the same choice on request, and then it is in review (DSP-1)."""
    make_dispute(session, status=DisputeStatus.IN_REVIEW, assigned_to=lead.id)
    free, dispute = make_user(session), make_dispute(session)
    disputes.assign_least_loaded(session, dispute, acting=acting_for(lead))
    assert (dispute.assigned_to, dispute.status) == (free.id, DisputeStatus.IN_REVIEW)
