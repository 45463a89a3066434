"""The files of dispute messages: kept when the message is sent, offered again when it was refused, and linked to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from backoffice.errors import DomainError
from backoffice.services import dispute_attachments, uploads
from models import Dispute
from models.dispute import MOST_FILES
from models.dispute_attachment import MOST_BYTES
from models.media_type import MediaType
from views.current import acting, session


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a message as the conversation shows it; sizes are in bytes."""

    id: str
    name: str
    size: int
    is_picture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A file that waits for its message, and whether the message will have it."""

    id: uuid.UUID
    name: str
    size: int
    chosen: bool


def sent() -> list[FileStorage]:
    """What was chosen in the form; a control without a file stands for none."""
    return [one for one in request.files.getlist("files") if one.filename]


def keep(dispute: Dispute, ids: Sequence[str], files: Sequence[FileStorage]) -> tuple[list[str], list[str]]:
    """The ids of the files of a message: those chosen before, and of `files` those that are kept with the dispute.

    The dispute was read locked. The second list says of each file that was not kept why, by its name.
    """
    if files and len(ids) + len(files) > MOST_FILES:
        return [*ids], [dispute_attachments.TOO_MANY]
    kept, problems = [*ids], []
    for one in files:
        name = one.filename or ""
        try:
            attachment = dispute_attachments.attach(
                session(),
                dispute,
                file_name=name,
                content=one.stream.read(MOST_BYTES + 1),
                client_key=request.form.get("client_key", ""),
                acting=acting(),
            )
        except DomainError as refusal:
            problems.append(f"{name}: {refusal.message}")
        else:
            kept.append(str(attachment.id))
    return kept, problems


def waiting(dispute: Dispute, chosen: Collection[str]) -> list[Waiting]:
    """The person's files that were uploaded to the dispute and not sent yet."""
    found = dispute_attachments.pending(session(), dispute.id, acting=acting())
    return [Waiting(id=one.id, name=one.file_name, size=one.size, chosen=str(one.id) in chosen) for one in found]


def of_message(attachments: Sequence[dict[str, Any]] | None) -> list[File]:
    """The files that a message knows of."""
    return [
        File(
            id=one["id"],
            name=one["name"],
            size=one["size"],
            is_picture=MediaType(one["media_type"]) in uploads.PICTURES,
        )
        for one in attachments or ()
    ]
