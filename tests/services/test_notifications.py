"""Telling people, but for what they do not want to hear of."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import ForbiddenError
from backoffice.permissions import Role
from backoffice.services import notification_preferences as preferences
from backoffice.services import notifications
from models import Notification, NotificationPreference, User
from models.base import uuid7
from tests.factories import acting_for, make_notification, make_user


def _tell(session: Session, event: str, *users: User) -> set[object]:
    """Tell them, and say who has it now."""
    subject = uuid7()
    notifications.notify(
        session, [user.id for user in users], event=event, title="T", message="M", subject=("orders", subject)
    )
    return set(session.scalars(sa.select(Notification.user_id).where(Notification.subject_id == subject)))


def test_who_switched_an_event_off_is_not_told(session: Session) -> None:
    """The others are, of this event and the rest."""
    deaf, other = make_user(session, Role.VENDOR), make_user(session, Role.VENDOR)
    offered = {choice.name for choice in preferences.choices(session, acting_for(deaf))}
    preferences.save(session, wanted=offered - {"review.approved:in_app"}, acting=acting_for(deaf))
    assert _tell(session, "review.approved", deaf, other) == {other.id}
    assert _tell(session, "review.rejected", deaf, other) == {deaf.id, other.id}
    off = [one.name for one in preferences.choices(session, acting_for(deaf)) if not one.enabled]
    assert off == ["review.approved:in_app"]
    preferences.save(session, wanted=offered, acting=acting_for(deaf))
    assert _tell(session, "review.approved", deaf, other) == {deaf.id, other.id}


def test_money_cannot_be_switched_off(session: Session) -> None:
    """Neither by leaving it out nor by a row that somebody wrote."""
    vendor = make_user(session, Role.VENDOR)
    preferences.save(session, wanted=(), acting=acting_for(vendor))
    session.add(NotificationPreference(user_id=vendor.id, event_key="payout.sent", channel="in_app", enabled=False))
    session.flush()
    assert _tell(session, "payout.sent", vendor) == {vendor.id}
    assert _tell(session, "order.cancelled", vendor) == set()
    choices = preferences.choices(session, acting_for(vendor))
    assert all(choice.enabled is not choice.event.optional for choice in choices)


def test_a_role_is_offered_its_own_events(session: Session) -> None:
    courier = acting_for(make_user(session, Role.LOGISTICS))
    offered = [choice.event.key for choice in preferences.choices(session, courier)]
    assert offered == [
        "operation.decided",
        "operation.finished",
        "export.finished",
        "report.finished",
        "import.finished",
        "shipment.assigned",
    ]
    preferences.save(session, wanted=["payout.sent:in_app", "nonsense"], acting=courier)
    kept = session.scalars(sa.select(NotificationPreference.event_key)).all()
    assert sorted(kept) == sorted(offered)
    with pytest.raises(ForbiddenError):
        preferences.choices(session, Acting.system())


def test_an_event_that_nobody_declared_is_told_all_the_same(session: Session) -> None:
    user = make_user(session)
    assert _tell(session, "no.such", user) == {user.id}


def test_unread_are_counted_and_the_newest_named(session: Session) -> None:
    user, other = make_user(session), make_user(session)
    start = now()
    made = [
        make_notification(session, user=user, created_at=start + dt.timedelta(minutes=minute)) for minute in range(4)
    ]
    make_notification(session, user=user, read_at=start)
    make_notification(session, user=other)
    found = notifications.unread(session, acting_for(user), newest=2)
    assert (found.count, [one.id for one in found.newest]) == (4, [made[3].id, made[2].id])
    notifications.mark_read(session, made[3].id, acting_for(user))
    assert notifications.unread(session, acting_for(user), newest=2).state != found.state
    notifications.mark_all_read(session, acting_for(user))
    nothing = notifications.unread(session, acting_for(user), newest=2)
    assert (nothing.count, nothing.newest, nothing.state) == (0, [], "0.")
    assert notifications.unread(session, acting_for(other), newest=2).count == 1


def test_counting_stops(session: Session) -> None:
    user = make_user(session)
    for _ in range(notifications.COUNTED + 3):
        make_notification(session, user=user)
    assert notifications.unread(session, acting_for(user), newest=1).count == notifications.COUNTED + 1
