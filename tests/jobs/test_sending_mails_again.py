"""A person lets a mail that has failed wait again: an action, carried out and recorded like every other (B12)."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from backoffice.actions import registry, submit
from backoffice.actions.base import Target
from backoffice.actions.planning import STALE
from backoffice.actions.submit import Ids, Matching, One
from backoffice.clock import NOW
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, NotFoundError, StaleVersionError
from backoffice.jobs import mails as job
from backoffice.jobs import operations
from backoffice.permissions import Role
from backoffice.services import mails
from backoffice.services.operations import FIRST_LOOK
from models import Mail, StatusHistory, User
from models.notification import NotificationStatus
from models.user import UserStatus
from tests.factories import acting_for, make_mail, make_notification, make_user
from tests.jobs.own_files import row_of
from tests.jobs.support import items

SEND = registry.get("mail.send_again")
FAILED = {"status": NotificationStatus.FAILED, "attempts": 1, "last_error": "550 5.1.1 <the address> unknown"}
SENT = {"status": NotificationStatus.SENT, "attempts": 1, "sent_at": NOW}
GONE = "The person is not active any more."


@pytest.fixture
def admin(sessions):
    with sessions.begin() as session:
        return make_user(session)


@pytest.fixture
def mail_of(sessions):
    """`mail_of(FAILED)` is a mail in this state, to somebody of its own."""

    def make(state, make_told=make_mail, **values):
        with sessions.begin() as session:
            return make_told(session, user=make_user(session, Role.FINANCE), **(state | values)).id

    return make


def ask(sessions, who, selection):
    """Submit, and commit."""
    with sessions.begin() as session:
        options = {"client_key": uuid.uuid4().hex, "acting": acting_for(who), "panel": who.role}
        return submit.submit(session, SEND, selection, {}, **options).id


def results(sessions, operation_id):
    return [(item.status.value, item.message) for item in items(sessions, operation_id)]


def leave(sessions, mail_id):
    """The person who was told leaves."""
    with sessions.begin() as session:
        mine = User.id == sa.select(Mail.user_id).where(Mail.id == mail_id).scalar_subquery()
        session.execute(sa.update(User).where(mine).values(status=UserStatus.INACTIVE))


def test_it_is_the_same_mail_once_more(runtime, sessions, mailbox, admin, mail_of):
    """B12: with its id, to the address of now, with all its tries, and with who did it in its history."""
    mail_id = mail_of({})
    mailbox.box.troubles.append("554 5.7.1 Spam")
    job.run(runtime, mail_id)
    failed = row_of(sessions, Mail, mail_id)
    assert failed.status is NotificationStatus.FAILED
    with sessions.begin() as session:
        session.get_one(User, failed.user_id).email = "new@market.example"
    operation = ask(sessions, admin, One(mail_id, failed.version))
    operations.run(runtime, operation)
    assert results(sessions, operation) == [("succeeded", "Will be sent again.")]
    row = row_of(sessions, Mail, mail_id)
    assert (row.status, row.attempts, row.last_error) == (NotificationStatus.PENDING, 0, None)
    for _ in range(2):
        job.run(runtime, mail_id)
    [mail] = mailbox.mails()
    assert (mail["Message-ID"], mail["To"]) == (f"<{mail_id}@office.example>", "new@market.example")
    with sessions() as session:
        history = sa.select(StatusHistory).where(StatusHistory.entity_id == mail_id).order_by(StatusHistory.id)
        steps = [(step.to_status, step.actor, step.actor_id) for step in session.scalars(history)]
    assert steps == [("failed", "S", None), ("pending", "A", admin.id), ("sent", "S", None)]


def test_the_relay_finds_it_when_its_wake_is_lost(runtime, sessions, admin, mail_of):
    """JOB-1."""
    mail_id = mail_of(FAILED)
    operations.run(runtime, ask(sessions, admin, One(mail_id)))
    row = row_of(sessions, Mail, mail_id)
    assert row.run_after - row.due_since == FIRST_LOOK
    assert row.leased_until is None


def test_all_that_match_a_filter(runtime, sessions, admin, mail_of):
    """What is told in the back-office is in the same table, and is never touched."""
    failed = [mail_of(FAILED) for _ in range(3)]
    sent, here = mail_of(SENT), mail_of(FAILED, make_notification)
    with sessions.begin() as session:
        before = {
            one.target_id
            for one in submit.plan(session, SEND, Matching(sa.select(Mail.id)), {}, acting_for(admin)).verdicts
        }
    operation = ask(sessions, admin, Matching(sa.select(Mail.id)))
    operations.run(runtime, operation)
    assert before == {*failed, sent}
    assert {item.target_id: item.status.value for item in items(sessions, operation)} == {
        **dict.fromkeys(failed, "succeeded"),
        sent: "refused",
    }
    with pytest.raises(NotFoundError):
        ask(sessions, admin, Ids([Target(id=here, version=None)]))


def test_two_who_want_the_same_send_once(runtime, sessions, mailbox, admin, mail_of):
    """I8: the second one is held to what was seen."""
    mail_id = mail_of(FAILED)
    first, second = (ask(sessions, admin, One(mail_id, 1)) for _ in range(2))
    operations.run(runtime, first)
    job.run(runtime, mail_id)
    operations.run(runtime, second)
    assert results(sessions, second) == [("refused", STALE)]
    assert row_of(sessions, Mail, mail_id).status is NotificationStatus.SENT
    assert len(mailbox.mails()) == 1


def test_one_that_failed_anew_is_not_the_one_that_was_seen(sessions, admin, mail_of):
    """I8: it looks as before."""
    mail_id = mail_of(FAILED)
    with sessions.begin() as session:
        mails.send_again(session, session.get_one(Mail, mail_id), acting=acting_for(admin))
    with sessions.begin() as session:
        session.execute(sa.update(Mail).where(Mail.id == mail_id).values(**FAILED))
    with pytest.raises(StaleVersionError):
        ask(sessions, admin, One(mail_id, 1))


@pytest.mark.parametrize("state", [{}, SENT])
def test_only_what_has_failed(sessions, admin, mail_of, state):
    """B12: neither the action nor the service."""
    mail_id = mail_of(state)
    with pytest.raises(DomainError, match="this needs failed"):
        ask(sessions, admin, One(mail_id))
    with sessions() as session, pytest.raises(IllegalTransitionError):
        mails.send_again(session, session.get_one(Mail, mail_id), acting=acting_for(admin))


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LOGISTICS, Role.VENDOR])
def test_others_do_not(sessions, mail_of, role):
    mail_id = mail_of(FAILED)
    with sessions.begin() as session:
        who = make_user(session, role)
    with pytest.raises(ForbiddenError):
        ask(sessions, who, One(mail_id))
    with sessions() as session, pytest.raises(ForbiddenError):
        mails.send_again(session, session.get_one(Mail, mail_id), acting=acting_for(who))


def test_nothing_goes_to_who_is_gone(runtime, sessions, admin, mail_of):
    """VEN-1: the dry run says so, and so does the worker when the person leaves in between."""
    mail_id = mail_of(FAILED)
    operation = ask(sessions, admin, One(mail_id))
    leave(sessions, mail_id)
    operations.run(runtime, operation)
    assert results(sessions, operation) == [("refused", GONE)]
    assert row_of(sessions, Mail, mail_id).status is NotificationStatus.FAILED
    with pytest.raises(DomainError, match=GONE):
        ask(sessions, admin, One(mail_id))
