"""Sends one notification by e-mail: takes it, hands it over while no transaction is open, writes down what came of it.

A worker that dies between handing over and writing down leaves it to the next, which sends it again under the same
Message-ID: at least once, since SMTP has no word for "have you got it already".
"""

from __future__ import annotations

import logging
import uuid
from functools import partial
from typing import Final

from backoffice.gateways.mail import Accepted, Outcome, Refused
from backoffice.jobs import failures, leased, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services import mail_letters, mails
from models import Mail

_log = logging.getLogger(__name__)
_BROKEN: Final = "It could not be written. The reason is in the log."


def run(runtime: Runtime, mail_id: uuid.UUID) -> None:
    """Bring the mail to an end, or leave it for later; returns at once when there is nothing to do."""
    lease = limits.lease(runtime.mailer.worst_case_seconds)
    with runtime.sessions.begin() as session:
        taken = mails.claim(session, mail_id, lease)
        reach("mail_claimed_uncommitted")
    if taken is None:
        return
    reach("mail_claimed")
    mail, user = taken
    with leased.work(_log, mails.KIND, partial(_put_off, runtime, mail)):
        answer = runtime.mailer.send(mail_letters.letter(mail, user, runtime.config.public_url))
        reach("mail_handed_over")
        _settle(runtime, mail, answer)


def _settle(runtime: Runtime, mail: Mail, answer: Outcome) -> None:
    """What the mail server said."""
    with runtime.sessions.begin() as session:
        if isinstance(answer, Accepted):
            mails.sent(session, mail)
        elif isinstance(answer, Refused):
            mails.refuse(session, mail, answer.reason)
        else:
            mails.again(session, mail, answer.reason)
        reach("mail_settled_uncommitted")
    reach("mail_settled")


def _put_off(runtime: Runtime, mail: Mail, error: Exception) -> None:
    """Try it later, whatever it was."""
    if not failures.is_transient(error):
        _log.error("The mail could not be written.", exc_info=error)
    with runtime.sessions.begin() as session:
        mails.again(session, mail, failures.BUSY if failures.is_transient(error) else _BROKEN)
