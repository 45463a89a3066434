"""Telling people, but for what they do not want to hear of."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import ForbiddenError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import dispute_news, mail_letters, notifications, scope
from backoffice.services import notification_preferences as preferences
from models import Mail, Notification, NotificationPreference, User
from models.base import uuid7
from models.dispute import DisputeStatus
from models.notification import NotificationType
from tests.factories import acting_for, make_dispute, make_mail, make_notification, make_user

MAIL_OFF = "report.scheduled:email"


def _channels(session: Session, event: str, user: User, **more: object) -> list[tuple[str, str]]:
    """Tell the person, and say through which channels, and in which status."""
    subject = ("orders", uuid7())
    notifications.notify(session, [user.id], event=event, title="T", message="M", subject=subject, **more)  # type: ignore[arg-type]
    rows = sa.select(Notification.channel, Notification.status).where(Notification.subject_id == subject[1])
    return sorted((row.channel.value, row.status.value) for row in session.execute(rows))


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
        "report.scheduled",
        "report.scheduled",
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


BOTH = [("email", "pending"), ("in_app", "delivered")]


def test_one_row_a_channel(session: Session) -> None:
    """ERD: what is shown is delivered at once, and a mail waits for its worker; both in one statement."""
    finance, statements = make_user(session, Role.FINANCE), []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert _channels(session, "payout.failed", finance) == BOTH
    assert sum("INSERT INTO notifications" in one for one in statements) == 1
    assert _channels(session, "refund.requested", finance) == BOTH[1:]
    [mail] = session.scalars(sa.select(Mail))
    assert (mail.sent_at, mail.attempts, mail.queue) == (None, 0, "default")


def test_a_channel_is_switched_off_by_itself(session: Session) -> None:
    person = make_user(session, Role.FINANCE)
    offered = {choice.name for choice in preferences.choices(session, acting_for(person))}
    assert MAIL_OFF in offered
    preferences.save(session, wanted=offered - {MAIL_OFF}, acting=acting_for(person))
    assert _channels(session, "report.scheduled", person) == BOTH[1:]
    preferences.save(session, wanted=offered - {"report.scheduled:in_app"}, acting=acting_for(person))
    assert _channels(session, "report.scheduled", person) == BOTH[:1]
    preferences.save(session, wanted=(), acting=acting_for(person))
    assert _channels(session, "report.scheduled", person) == []
    assert _channels(session, "payout.failed", person) == BOTH


def test_a_suspended_vendor_gets_what_it_must_be_told(session: Session) -> None:
    """VEN-1: through every channel."""
    vendor = make_user(session, Role.VENDOR, status="suspended")
    assert _channels(session, "subscription.over_orders", vendor) == []
    assert _channels(session, "vendor.suspended", vendor) == BOTH


def test_twice_is_once_for_each_channel(session: Session) -> None:
    finance, subject = make_user(session, Role.FINANCE), ("payouts", uuid7())
    for _ in range(2):
        notifications.notify(
            session, [finance.id], event="payout.failed", title="T", message="M", subject=subject, dedup="1"
        )
    keys = session.scalars(sa.select(Notification.dedup_key).where(Notification.subject_id == subject[1])).all()
    plain = f"payout.failed:{subject[1]}:{finance.id}:1"
    assert sorted(str(key) for key in keys) == [plain, f"{plain}:email"]


def test_many_are_told_in_one_statement(session: Session) -> None:
    vendors = [make_user(session, Role.VENDOR) for _ in range(3)]
    told = sa.select(
        User.id.label("user_id"),
        sa.literal("T").label("title"),
        sa.literal("M").label("message"),
        sa.literal("users").label("subject_type"),
        User.id.label("subject_id"),
    ).where(User.id.in_([one.id for one in vendors]))
    statements: list[str] = []
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    severity = NotificationType.WARNING
    notifications.send_all(session, told.subquery(), event="subscription.new_terms", severity=severity)
    assert len(statements) == 1
    rows = session.execute(sa.select(Notification.user_id, Notification.channel)).all()
    assert {(row.user_id, row.channel.value) for row in rows} == {
        (one.id, channel) for one in vendors for channel in ("in_app", "email")
    }


def test_mails_are_not_unread(session: Session) -> None:
    """What a person counts, lists and marks is what the back-office shows."""
    user = make_user(session, Role.FINANCE)
    who, mail = acting_for(user), make_mail(session, user=user)
    assert notifications.unread(session, who, newest=3).count == 0
    assert session.scalars(scope.visible(Notification, who)).all() == []
    notifications.mark_read(session, mail.id, who)
    notifications.mark_all_read(session, who)
    session.refresh(mail)
    assert mail.read_at is None
    with pytest.raises(NotFoundError):
        scope.get_visible(session, Notification, mail.id, who)


def test_an_internal_message_is_in_no_mail(session: Session) -> None:
    """DSP-4: neither of it itself nor of what happens to the dispute afterwards."""
    admin = make_user(session)
    dispute = make_dispute(session, status=DisputeStatus.IN_REVIEW, assigned_to=admin.id)
    for internal in (True, False):
        dispute_news.add_message(
            session, dispute, text=f"The secret is {internal}.", is_internal=internal, acting=acting_for(admin)
        )
    for event in ("dispute.breached", "dispute.due_soon"):
        dispute_news.tell(session, dispute, [admin.id], event, "A dispute is late")
    mails = session.scalars(sa.select(Mail)).all()
    assert {mail.event_key for mail in mails} == {"dispute.breached", "dispute.due_soon"}
    letters = [mail_letters.letter(mail, admin, "https://office.example") for mail in mails]
    assert not [one for one in letters if "secret" in one.subject + one.text + one.html]


def test_a_link_is_to_what_the_person_can_open(session: Session) -> None:
    """The report's file, the record, or the panel; always at the public address."""
    vendor, finance = make_user(session, Role.VENDOR), make_user(session, Role.FINANCE)
    courier, it = make_user(session, Role.LOGISTICS), uuid7()
    done, late = NotificationType.SUCCESS, NotificationType.ERROR
    cases = [
        (finance, "report.scheduled", "reports", done, f"/finance/own_reports/download/?id={it}"),
        (finance, "report.scheduled", "reports", late, "/finance/own_reports/"),
        (vendor, "payout.returned", "payouts", late, f"/vendor/payouts/details/?id={it}"),
        (courier, "dispute.breached", "disputes", late, "/logistics/"),
        (vendor, "vendor.suspended", "vendor_profiles", late, "/vendor/"),
    ]
    for user, event, table, severity, path in cases:
        mail = make_mail(session, user=user, event_key=event, subject_type=table, subject_id=it, type=severity)
        made = mail_letters.letter(mail, user, "https://office.example")
        optional = event == "report.scheduled"
        assert f"\nhttps://office.example{path}\n" in made.text
        assert (made.unsubscribe is not None) is optional
        assert ("Switch it off" in made.html) is optional
