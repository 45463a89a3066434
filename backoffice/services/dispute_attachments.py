"""The files of dispute messages: uploaded first, and part of a message once it is written (DSP-4)."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import uploads
from backoffice.services.guards import require_person
from models import Dispute, DisputeAttachment, DisputeMessage, Operation
from models.base import uuid7
from models.dispute import MOST_FILES, DisputeStatus
from models.dispute_attachment import MOST_BYTES
from models.media_type import MediaType
from models.operation import OperationStatus

#: What a file may be.
ACCEPTED: Final = frozenset(MediaType)
#: Files of one person that wait in a dispute: those of two messages.
MOST_PENDING: Final = 2 * MOST_FILES
#: How long a file waits for its message.
WAITS: Final = dt.timedelta(days=1)
TOO_MANY: Final = f"A message has {MOST_FILES} files at most."
_KEY_LENGTH: Final = 64
_GONE: Final = "One of the files was sent already, or is not kept any more. Choose it again."
_UNFINISHED: Final = (OperationStatus.QUEUED, OperationStatus.RUNNING)


def attach(
    session: Session, dispute: Dispute, *, file_name: str, content: bytes, client_key: str, acting: Acting
) -> DisputeAttachment:
    """Keep a file for a message that the person is about to write in a dispute (read locked).

    `client_key` is that of the form: the same file of the same form is kept once. Raises `InvalidInputError` for a file
    that `uploads.checked` refuses, `NotFoundError` for whoever may not write there, and `DomainError` when it is closed
    or when too many files of the person wait there already.
    """
    _may_write(dispute, acting)
    if dispute.status is DisputeStatus.CLOSED:
        raise DomainError("It is closed; nothing is added any more.", code="closed")
    if not 0 < len(client_key) <= _KEY_LENGTH:
        raise InvalidInputError("The request has no valid key.", field="client_key")
    upload = uploads.checked(file_name, content, accepted=ACCEPTED, most=MOST_BYTES)
    mark = hashlib.sha256(upload.content).hexdigest()
    mine = _uploads(dispute.id, acting)
    twin = session.scalars(
        mine.where(DisputeAttachment.client_key == client_key, DisputeAttachment.sha256 == mark)
    ).one_or_none()
    if twin is not None:
        return twin
    if len(pending(session, dispute.id, acting=acting)) >= MOST_PENDING:
        raise DomainError(f"{MOST_PENDING} files of yours wait here. Send them first.", code="enough_files")
    attachment = DisputeAttachment(
        id=uuid7(),
        dispute_id=dispute.id,
        uploaded_by=require_person(acting),
        client_key=client_key,
        file_name=upload.file_name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=mark,
        content=upload.content,
    )
    session.add(attachment)
    session.flush()
    return attachment


def pending(session: Session, dispute_id: uuid.UUID, *, acting: Acting) -> Sequence[DisputeAttachment]:
    """The person's own files in the dispute that no message has, the first one first; without their content."""
    query = _uploads(dispute_id, acting).where(DisputeAttachment.message_id.is_(None))
    return session.scalars(query.order_by(DisputeAttachment.created_at, DisputeAttachment.id)).all()


def chosen(
    session: Session, dispute_id: uuid.UUID, ids: Sequence[uuid.UUID], *, acting: Acting, lock: bool = False
) -> Sequence[DisputeAttachment]:
    """The files that a message is about to have, in the order of `ids`.

    Raises `InvalidInputError` for more than a message has, and `DomainError` unless each is a file of this person in
    this dispute that no message has: whose it is otherwise is not told.
    """
    if len(ids) > MOST_FILES:
        raise InvalidInputError(TOO_MANY, field="attachments", code="too_many_files")
    query = _uploads(dispute_id, acting).where(DisputeAttachment.id.in_(ids), DisputeAttachment.message_id.is_(None))
    if lock:
        query = query.order_by(DisputeAttachment.id).with_for_update().execution_options(populate_existing=True)
    found = {one.id: one for one in session.scalars(query)} if ids else {}
    if len(found) != len(ids):
        raise DomainError(_GONE, code="file_gone")
    return [found[one] for one in ids]


def described(files: Sequence[DisputeAttachment]) -> list[dict[str, Any]] | None:
    """What a message knows of its files; None when it has none."""
    return [
        {"id": str(one.id), "name": one.file_name, "media_type": one.media_type.value, "size": one.size}
        for one in files
    ] or None


def link(session: Session, files: Sequence[DisputeAttachment], message: DisputeMessage) -> None:
    """Make the locked files part of the message, for good."""
    for one in files:
        one.message_id = message.id
    session.flush()


def prune(session: Session) -> None:
    """Delete the files that no message has had within a day, and that none which is on its way will have."""
    wanted = sa.exists().where(
        Operation.actor_id == DisputeAttachment.uploaded_by,
        Operation.status.in_(_UNFINISHED),
        Operation.inputs["attachments"].has_key(sa.cast(DisputeAttachment.id, sa.Text)),
    )
    session.execute(
        sa.delete(DisputeAttachment).where(
            DisputeAttachment.message_id.is_(None), DisputeAttachment.created_at < NOW - WAITS, ~wanted
        )
    )


def _uploads(dispute_id: uuid.UUID, acting: Acting) -> sa.Select[DisputeAttachment]:
    return sa.select(DisputeAttachment).where(
        DisputeAttachment.dispute_id == dispute_id, DisputeAttachment.uploaded_by == acting.user_id
    )


def _may_write(dispute: Dispute, acting: Acting) -> None:
    """Admins, and the vendor whose order it is (ACC-1)."""
    answers = acting.may(Permission.DISPUTES_ANSWER) and acting.user_id == dispute.vendor_id
    if not (acting.may(Permission.DISPUTES_WORK) or answers):
        raise NotFoundError
