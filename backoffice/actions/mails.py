"""E-mails: send one again that has failed, when what was wrong is put right (B12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.moves import verdict
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import mails
from models import Mail
from models.notification import NotificationStatus

_SENTENCE: Final = "Is sent again, to the address that the person has now."


def _plan(_session: Session, rows: Sequence[Mail], _inputs: Inputs, acting: Acting) -> list[Verdict]:
    return [_verdict(row, acting) for row in rows]


def _verdict(mail: Mail, acting: Acting) -> Verdict:
    why = mails.unwelcome(mail.user, mail)
    if why is not None:
        return Verdict(target_id=mail.id, ok=False, message=why, code="gone")
    return verdict(mail, NotificationStatus.PENDING, acting, _SENTENCE)


def _send(session: Session, mail: Mail, inputs: Inputs, acting: Acting) -> str:
    del inputs
    mails.send_again(session, mail, acting=acting)
    return "Will be sent again."


ACTIONS = (
    Action(
        key="mail.send_again",
        label="Send again",
        entity=Mail,
        permission=Permission.MAILS_SEND,
        plan=_plan,
        run=Each(run=_send),
        allowed_from=NotificationStatus.sources(NotificationStatus.PENDING),
        tone=Tone.INFO,
        consequence="It keeps its Message-ID, by which the mail server of somebody who has it already can tell.",
        load=(Mail.user,),
    ),
)
