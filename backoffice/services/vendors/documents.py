"""The files that vendors hand in with their answers: checked by their first bytes and their size (VEN-3)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.guards import require, require_person
from models import VendorDocument, VendorRequirement
from models.base import uuid7
from models.vendor_requirement import MOST_BYTES, MediaType, RequirementStatus

_BEGINNINGS: Final = {
    b"%PDF-": MediaType.PDF,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
}
#: While it is one of these, documents can be added.
ANSWERABLE: Final = frozenset({RequirementStatus.OPEN, RequirementStatus.REFUSED})
_NAME: Final = 120


def attach(
    session: Session, requirement: VendorRequirement, *, file_name: str, content: bytes, acting: Acting
) -> VendorDocument:
    """Keep a file with a requirement (read locked) that waits for an answer.

    Raises `InvalidInputError` for a file of another type, an empty one and one that is too large.
    """
    require(acting, Permission.VENDORS_ANSWER)
    if requirement.status not in ANSWERABLE:
        raise DomainError(
            f"It is {requirement.status.label.lower()}; documents are added while it waits for an answer.",
            code="not_answerable",
        )
    document = VendorDocument(
        id=uuid7(),
        requirement_id=requirement.id,
        vendor_id=requirement.vendor_id,
        uploaded_by=require_person(acting),
        file_name=_printable(file_name),
        media_type=_type_of(content),
        size=len(content),
        content=content,
    )
    session.add(document)
    session.flush()
    return document


def handed_in(session: Session, requirement: VendorRequirement) -> bool:
    """Whether there is a document that nobody has refused yet."""
    newer = sa.true() if requirement.decided_at is None else VendorDocument.created_at > requirement.decided_at
    return bool(session.scalar(sa.select(sa.exists().where(VendorDocument.requirement_id == requirement.id, newer))))


def _type_of(content: bytes) -> MediaType:
    if len(content) > MOST_BYTES:
        raise _refused(f"A document has {MOST_BYTES / 1_000_000} MB at most.")
    for beginning, media_type in _BEGINNINGS.items():
        if content.startswith(beginning):
            return media_type
    raise _refused("Choose a PDF, PNG or JPEG file.")


def _refused(sentence: str) -> InvalidInputError:
    return InvalidInputError(sentence, field="file", code="file")


def _printable(name: str) -> str:
    kept = "".join(letter for letter in name if letter.isprintable() and letter not in '/\\"')
    return kept[-_NAME:] or "document"
