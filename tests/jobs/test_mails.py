"""The worker's part of a notification by e-mail: at least once, usually once, and to nobody who is gone."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW
from backoffice.jobs import mails as job
from backoffice.jobs import sweeps
from backoffice.jobs.crash_points import MAIL_POINTS
from backoffice.permissions import Role
from backoffice.services import mails
from backoffice.services.notifications import notify
from models import Mail, Notification, StatusHistory, User
from models.base import uuid7
from models.notification import NotificationStatus
from models.user import UserStatus
from tests.factories import make_mail, make_user
from tests.jobs.own_files import make_due, row_of
from tests.jobs.support import wait_until
from tests.support.mailbox import running_mailbox


@pytest.fixture
def waiting(sessions):
    """`waiting()` is a mail that is due."""

    def make(role: Role = Role.FINANCE, status: UserStatus = UserStatus.ACTIVE, person=None, **values):
        with sessions.begin() as session:
            user = make_user(session, role, status=status, **(person or {}))
            return make_mail(session, user=user, **values).id

    return make


def state(sessions, mail_id):
    row = row_of(sessions, Mail, mail_id)
    return row.status, row.attempts, row.last_error


def test_sent_once_however_often_it_is_woken(runtime, sessions, mailbox, waiting):
    """J9, JOB-2: the row says that and when it was sent, and its history says by whom."""
    mail_id = waiting(subject_type="payouts", subject_id=(payout := uuid7()), title="A payout failed")
    for _ in range(3):
        job.run(runtime, mail_id)
    [mail] = mailbox.mails()
    assert mail["Message-ID"] == f"<{mail_id}@office.example>"
    assert mail["Subject"] == "A payout failed"
    assert f"https://office.example/finance/payouts/details/?id={payout}" in mail.get_body(("plain",)).get_content()
    row = row_of(sessions, Mail, mail_id)
    assert (row.status, row.attempts, row.lease_token, row.last_error) == (NotificationStatus.SENT, 1, None, None)
    assert row.sent_at is not None
    assert row.read_at is None
    with sessions() as session:
        steps = sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == mail_id)
        assert session.scalars(steps).all() == ["sent"]


def test_two_workers_at_once_send_once(runtime, sessions, mailbox, waiting):
    """J9."""
    mail_id = waiting()
    workers = [threading.Thread(target=job.run, args=(runtime, mail_id)) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(mailbox.mails()) == 1
    assert state(sessions, mail_id)[:2] == (NotificationStatus.SENT, 1)


def test_what_is_for_now_is_tried_again(runtime, sessions, mailbox, waiting):
    """J12: later each time, and no mail is lost."""
    mail_id = waiting()
    mailbox.box.troubles += ["451 4.3.0 Busy", "421 4.3.0 Closing"]
    job.run(runtime, mail_id)
    assert state(sessions, mail_id) == (NotificationStatus.PENDING, 1, "451 4.3.0 Busy")
    job.run(runtime, mail_id)
    assert state(sessions, mail_id)[1] == 1, "not before its time"
    for _ in range(2):
        make_due(sessions, Mail, mail_id)
        job.run(runtime, mail_id)
    assert state(sessions, mail_id) == (NotificationStatus.SENT, 3, None)
    assert len(mailbox.mails()) == 1


@pytest.mark.parametrize("trouble", ["550 5.1.1 Unknown", "554 5.7.1 Spam"])
def test_what_is_for_good_has_failed(runtime, sessions, mailbox, waiting, trouble):
    mail_id = waiting()
    mailbox.box.troubles.append(trouble)
    for _ in range(2):
        job.run(runtime, mail_id)
    assert state(sessions, mail_id) == (NotificationStatus.FAILED, 1, trouble)
    assert mailbox.mails() == []


def test_tries_come_to_an_end(runtime, sessions, waiting):
    """J12: nobody listens, and after half a day of that a person can see it."""
    runtime.config = replace(runtime.config, mail_url="smtp://127.0.0.1:1", mail_from="office@market.example")
    mail_id = waiting(attempts=mails.TRIES - 1)
    job.run(runtime, mail_id)
    status, attempts, why = state(sessions, mail_id)
    assert (status, attempts) == (NotificationStatus.FAILED, mails.TRIES)
    assert "refused" in why


def test_one_that_kills_its_worker_comes_to_an_end(runtime, sessions, mailbox, waiting):
    mail_id = waiting(attempts=mails.TRIES)
    job.run(runtime, mail_id)
    assert state(sessions, mail_id)[0] is NotificationStatus.FAILED
    assert mailbox.mails() == []


def test_one_that_cannot_be_written_is_put_off(runtime, sessions, mailbox, waiting, monkeypatch):
    mail_id = waiting()
    monkeypatch.setattr(job.mail_letters, "letter", lambda *_: 1 / 0)
    job.run(runtime, mail_id)
    status, _, why = state(sessions, mail_id)
    assert (status, why) == (NotificationStatus.PENDING, "It could not be written. The reason is in the log.")


@pytest.mark.parametrize(
    ("role", "status", "event", "told"),
    [
        (Role.VENDOR, UserStatus.ACTIVE, "subscription.over_orders", True),
        (Role.VENDOR, UserStatus.SUSPENDED, "vendor.suspended", True),
        (Role.VENDOR, UserStatus.SUSPENDED, "payout.returned", True),
        (Role.VENDOR, UserStatus.SUSPENDED, "subscription.over_orders", False),
        (Role.VENDOR, UserStatus.SUSPENDED, "no.such", False),
        (Role.VENDOR, UserStatus.INACTIVE, "vendor.terminated", True),
        (Role.VENDOR, UserStatus.INACTIVE, "payout.returned", False),
        (Role.FINANCE, UserStatus.SUSPENDED, "payout.failed", False),
        (Role.FINANCE, UserStatus.INACTIVE, "payout.failed", False),
    ],
)
def test_who_is_gone_gets_nothing(runtime, sessions, mailbox, waiting, role, status, event, told):
    """VEN-1: but for a vendor who must be told of it."""
    mail_id = waiting(role, status, event_key=event)
    job.run(runtime, mail_id)
    assert len(mailbox.mails()) == told
    assert state(sessions, mail_id)[0] is (NotificationStatus.SENT if told else NotificationStatus.FAILED)


def test_who_was_deleted_gets_nothing(runtime, sessions, mailbox, waiting):
    mail_id = waiting(person={"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)})
    job.run(runtime, mail_id)
    assert mailbox.mails() == []
    assert state(sessions, mail_id) == (NotificationStatus.FAILED, 0, "The person is not active any more.")


def test_words_of_people_are_no_markup_and_no_templates(runtime, mailbox, waiting):
    """Rows 33, 34: they are in the mail as they were typed."""
    person = {"first_name": "Ann\r\nBcc: eve@evil.example", "last_name": "{{7*7}}"}
    job.run(runtime, waiting(person=person, title="{{ config }}<b>\nX-Evil: 1", message="<script>1</script>{% raw %}"))
    [mail] = mailbox.mails()
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert mail["Subject"] == "{{ config }}<b> X-Evil: 1"
    assert (mail["Bcc"], mail["X-Evil"]) == (None, None)
    assert plain.startswith("Hello Ann Bcc: eve@evil.example {{7*7}},")
    assert "<script>1</script>{% raw %}" in plain
    assert "&lt;script&gt;1&lt;/script&gt;{% raw %}" in html
    assert "<script>" not in html
    assert "{{7*7}}" in html


def test_the_relay_finds_mails_that_are_due_and_nothing_else(sessions, waiting):
    """JOB-1: what is shown in the back-office is in the same table, and is nobody's work."""
    due, later = waiting(), waiting(run_after=sa.func.now() + dt.timedelta(hours=1))
    sent = waiting()
    with sessions.begin() as session:
        session.execute(sa.update(Mail).where(Mail.id == sent).values(status=NotificationStatus.SENT, sent_at=NOW))
        user = session.scalars(sa.select(User)).first()
        session.add(Notification(user_id=user.id, title="T", message="M", event_key="e"))
    with sessions.begin() as session:
        found = sweeps._LEASED[mails.KIND](session, limit=9, again=dt.timedelta(seconds=15))
    assert found == [("default", due)]
    assert row_of(sessions, Mail, later).attempts == 0


@pytest.mark.parametrize("point", MAIL_POINTS)
def test_kill_9_anywhere_ends_in_a_sent_mail(processes, sessions, tmp_path, point):
    """J11: told with the change by one transaction, sent by whoever comes next; a second one has the same id."""
    with running_mailbox(tmp_path / "mail") as mailbox:
        with sessions.begin() as session:
            user = make_user(session, Role.FINANCE)
            subject = ("payouts", uuid7())
            notify(session, [user.id], event="payout.failed", title="T", message="M", subject=subject)
            mail_id = session.scalars(sa.select(Mail.id)).one()
            order = tmp_path / "deaths" / f"{point}-{mails.KIND}-{mail_id}"
            order.parent.mkdir()
            order.write_text("", encoding="ascii")
        env = {"BACKOFFICE_CRASH_FOLDER": str(order.parent), "BACKOFFICE_LEASE_SECONDS": "2", "MAIL_URL": mailbox.url}
        processes.worker("default", **env)
        processes.relay()
        wait_until(lambda: row_of(sessions, Mail, mail_id).status is NotificationStatus.SENT, 60)
        wait_until(lambda: not order.exists())
        ids = [mail["Message-ID"] for mail in mailbox.mails()]
    twice = point in {"mail_handed_over", "mail_settled_uncommitted"}
    assert ids == [f"<{mail_id}@127.0.0.1>"] * (2 if twice else 1)
