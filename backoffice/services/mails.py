"""A notification by e-mail in a worker's hands: taken by lease, then sent, refused or put off (JOB-2, J10, J12)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError
from backoffice.permissions import Permission, Role
from backoffice.services import leases, operations
from backoffice.services.guards import require
from backoffice.services.notification_events import EVENTS
from backoffice.services.transitions import move
from models import Mail, User
from models.notification import NotificationStatus
from models.user import UserStatus

#: What wakes and logs call it.
KIND: Final = "mail"
#: How often a mail is tried: for about half a day, since that is how long a mail server may be down.
TRIES: Final = 24
_LONGEST_PAUSE: Final = dt.timedelta(hours=1)
_GONE: Final = "The person is not active any more."
_LOST: Final = "Work on it ended without a word."
#: What is said to a vendor who is inactive by it.
_LAST_WORD: Final = "vendor.terminated"


def claim(session: Session, mail_id: uuid.UUID, lease: dt.timedelta) -> tuple[Mail, User] | None:
    """Take the mail, and to whom it goes, when it is due and nobody has it; None otherwise.

    One to a person who is gone, or that was tried too often, has failed.
    """
    found = leases.waiting(session, Mail, mail_id, Mail.status == NotificationStatus.PENDING)
    if found is None:
        return None
    mail, moment = found
    user = session.get_one(User, mail.user_id, populate_existing=True)
    why = unwelcome(user, mail)
    if why is None and mail.attempts >= TRIES:
        why = mail.last_error or _LOST
    if why is not None:
        _fail(session, mail, why)
        return None
    leases.take(mail, moment, lease)
    session.flush()
    return mail, user


def sent(session: Session, mail: Mail) -> None:
    """The mail server has it. Raises `LeaseLostError`."""
    kept = leases.held(session, mail)
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(kept, moment)
    values = {"sent_at": moment, "last_error": None}
    move(session, kept, NotificationStatus.SENT, acting=_acting(), values=values)


def refuse(session: Session, mail: Mail, why: str) -> None:
    """Nobody will take it. Raises `LeaseLostError`."""
    _fail(session, leases.held(session, mail), why)


def again(session: Session, mail: Mail, why: str) -> None:
    """Try it later; after `TRIES` it has failed. Raises `LeaseLostError`."""
    kept = leases.held(session, mail)
    if kept.attempts >= TRIES:
        _fail(session, kept, why)
        return
    kept.last_error = why
    pause = leases.backoff(kept.attempts, _LONGEST_PAUSE)
    leases.give_back(kept, session.scalars(sa.select(NOW)).one() + pause)
    session.flush()


def send_again(session: Session, mail: Mail, *, acting: Acting) -> None:
    """Let a failed mail (read locked) wait again, with all tries before it, and wake a worker.

    It stays the same mail, so it has the same `Message-ID`. Raises `ForbiddenError`, `IllegalTransitionError`, and
    `DomainError` when the person is gone.
    """
    require(acting, Permission.MAILS_SEND, "Only admins send e-mails again.")
    why = unwelcome(session.get_one(User, mail.user_id), mail)
    if why is not None:
        raise DomainError(why, code="gone")
    moment = session.scalars(sa.select(NOW)).one()
    leases.give_back(mail, moment)
    mail.run_after = moment + operations.FIRST_LOOK
    move(session, mail, NotificationStatus.PENDING, acting=acting, values={"attempts": 0, "last_error": None})
    queue.wake_after_commit(session, mail.queue, KIND, mail.id)


def unwelcome(user: User, mail: Mail) -> str | None:
    """Why the mail is not for this person any more; None when it is."""
    return None if _may_be_told(user, mail.event_key) else _GONE


def due(session: Session, *, limit: int, again: dt.timedelta) -> list[tuple[str, uuid.UUID]]:
    """Queue and id of the mails that wait for a worker."""
    return leases.due(session, Mail, Mail.status == NotificationStatus.PENDING, limit=limit, again=again)


def _may_be_told(user: User, event_key: str) -> bool:
    """Active people are; a suspended vendor is told what it must be told, a terminated one that it is (VEN-1)."""
    if user.deleted_at is not None or user.status is UserStatus.ACTIVE:
        return user.deleted_at is None
    event = EVENTS.get(event_key)
    if user.role is not Role.VENDOR or event is None or event.optional:
        return False
    return user.status is UserStatus.SUSPENDED or event_key == _LAST_WORD


def _fail(session: Session, mail: Mail, why: str) -> None:
    leases.give_back(mail, session.scalars(sa.select(NOW)).one())
    move(session, mail, NotificationStatus.FAILED, acting=_acting(), reason=why, values={"last_error": why})


def _acting() -> Acting:
    return Acting.system("mail")
