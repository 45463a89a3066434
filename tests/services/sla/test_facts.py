"""The clock of a dispute, from what happened to it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.services import dispute_news, disputes
from backoffice.services.sla import facts, keep, policies
from backoffice.services.sla.clock import Reading, SlaState, SlaTarget
from models import Dispute, StatusHistory
from models.dispute import NEVER, DisputePriority, DisputeStatus, DisputeType
from models.dispute_event import DisputeEventKind, WaitingFor
from tests.factories import acting_for, make_dispute, make_dispute_event, make_message, make_user

#: A Monday at nine, when the office of the default calendar opens.
OPENED = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def admin(session: Session) -> Acting:
    return acting_for(make_user(session))


@pytest.fixture
def dispute(session: Session) -> Dispute:
    """Of high priority: a reply within 4 hours of work, a decision within 72, which are eight days of nine hours."""
    return make_dispute(session, priority=DisputePriority.HIGH, created_at=OPENED)


def read(session: Session, dispute: Dispute, now: dt.datetime) -> dict[SlaTarget, Reading]:
    known = facts.load(session, [dispute])[dispute.id]
    return {one.target: one for one in known.readings(policies.load(session), now)}


def test_targets_are_those_of_the_rule(session: Session) -> None:
    """DSP-6: first reply and decision, in hours, by priority."""
    hours = {one.priority: tuple(one.allowed[target] / HOUR for target in SlaTarget) for one in policies.load(session)}
    assert hours == {
        DisputePriority.URGENT: (1, 24),
        DisputePriority.HIGH: (4, 72),
        DisputePriority.MEDIUM: (24, 120),
        DisputePriority.LOW: (48, 240),
    }


def test_the_first_policy_that_matches_wins(session: Session) -> None:
    """DSP-6: and without one nothing is late."""
    rules = policies.load(session)
    found = policies.first(rules, DisputePriority.LOW, DisputeType.OTHER)
    assert found is not None
    assert found.name == "Low"
    anything = policies.Policy(name="All", priority=None, type=None, allowed={}, calendar=rules[0].calendar)
    assert policies.first([anything, *rules], DisputePriority.LOW, DisputeType.OTHER) is anything
    assert policies.first([], DisputePriority.LOW, DisputeType.OTHER) is None


def test_a_public_reply_of_the_house_is_the_first(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-6: neither internal notes nor what customer and vendor say are replies."""
    make_message(session, dispute=dispute, created_at=OPENED + HOUR)
    make_message(session, dispute=dispute, user_id=dispute.vendor_id, created_at=OPENED + HOUR)
    note = {"user_id": admin.user_id, "is_internal": True, "created_at": OPENED + HOUR}
    make_message(session, dispute=dispute, **note)
    late = read(session, dispute, OPENED + 5 * HOUR)[SlaTarget.FIRST_REPLY]
    assert (late.state, late.due_at) == (SlaState.BREACHED, OPENED + 4 * HOUR)
    make_message(session, dispute=dispute, user_id=admin.user_id, created_at=OPENED + 3 * HOUR)
    reply = read(session, dispute, OPENED + 5 * HOUR)[SlaTarget.FIRST_REPLY]
    assert (reply.state, reply.met_at) == (SlaState.ON_TIME, OPENED + 3 * HOUR)


def test_reopening_does_not_restart_the_first_reply(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-6: nor does the time count during which it was decided."""
    make_message(session, dispute=dispute, user_id=admin.user_id, created_at=OPENED + HOUR)
    steps = (("open", "in_review", 2), ("in_review", "resolved", 3), ("resolved", "in_review", 6))
    for before, after, hours in steps:
        step = {"entity": "disputes", "entity_id": dispute.id, "from_status": before, "to_status": after, "actor": "A"}
        session.add(StatusHistory(**step, created_at=OPENED + hours * HOUR))
    dispute.status, dispute.assigned_to = DisputeStatus.IN_REVIEW, admin.user_id
    session.flush()
    found = read(session, dispute, OPENED + 8 * HOUR)
    assert found[SlaTarget.FIRST_REPLY].met_at == OPENED + HOUR
    assert found[SlaTarget.RESOLVE].elapsed == 5 * HOUR
    assert found[SlaTarget.RESOLVE].met_at is None


@pytest.mark.parametrize("party", [WaitingFor.CUSTOMER, WaitingFor.VENDOR])
def test_the_clock_stands_still_until_they_answer(session: Session, dispute: Dispute, party: WaitingFor) -> None:
    """DSP-6: an answer of the other side is none."""
    make_dispute_event(
        session, dispute=dispute, kind=DisputeEventKind.WAITING, after=party.value, created_at=OPENED + HOUR
    )
    both = {WaitingFor.CUSTOMER: dispute.customer_id, WaitingFor.VENDOR: dispute.vendor_id}
    asked = both.pop(party)
    [other] = both.values()
    make_message(session, dispute=dispute, user_id=other, created_at=OPENED + 2 * HOUR)
    standing = read(session, dispute, OPENED + 4 * HOUR)[SlaTarget.RESOLVE]
    assert (standing.state, standing.elapsed, standing.due_at) == (SlaState.WAITING, HOUR, None)
    make_message(session, dispute=dispute, user_id=asked, created_at=OPENED + 5 * HOUR)
    assert read(session, dispute, OPENED + 6 * HOUR)[SlaTarget.RESOLVE].elapsed == 2 * HOUR


def test_lists_have_the_time_of_the_target_that_is_due_first(session: Session, dispute: Dispute, admin: Acting) -> None:
    """DSP-6: while it waits, and once it is decided, there is none; and no version is made for a note of the clock."""
    seen = dispute.version
    keep.refresh(session, dispute)
    session.refresh(dispute)
    assert (dispute.due_at, dispute.version) == (OPENED + 4 * HOUR, seen)
    fresh = make_dispute(session)
    keep.refresh(session, fresh)
    assert fresh.due_at < NEVER
    dispute_news.add_message(
        session, fresh, text="Photos?", is_internal=False, wait_for=WaitingFor.CUSTOMER, acting=admin
    )
    assert fresh.due_at == NEVER
    dispute_news.add_message(
        session, fresh, text="They called.", is_internal=True, wait_for=WaitingFor.NOBODY, acting=admin
    )
    assert fresh.due_at < NEVER
    disputes.close(session, fresh, acting=admin)
    assert fresh.due_at == NEVER
    with pytest.raises(DomainError, match="waits for nobody"):
        dispute_news.add_message(session, fresh, text="?", is_internal=True, wait_for=WaitingFor.VENDOR, acting=admin)


@pytest.mark.parametrize(
    ("due", "soon", "state"),
    [(-1, -2, SlaState.BREACHED), (1, -1, SlaState.DUE_SOON), (2, 1, SlaState.ON_TIME), (None, None, SlaState.WAITING)],
)
def test_lists_say_the_same_words(
    session: Session, dispute: Dispute, due: int | None, soon: int | None, state: SlaState
) -> None:
    """DSP-6: in SQL, from the times that were written."""
    moment = dt.datetime.now(dt.UTC)
    dispute.due_at = NEVER if due is None else moment + due * HOUR
    dispute.due_soon_at = NEVER if soon is None else moment + soon * HOUR
    session.flush()
    assert session.query(keep.state()).filter(Dispute.id == dispute.id).scalar() is state
