"""The files that vendors hand in with their answers (VEN-3)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import uploads
from backoffice.services.guards import require, require_person
from models import VendorDocument, VendorRequirement
from models.base import uuid7
from models.media_type import MediaType
from models.vendor_requirement import MOST_BYTES, RequirementStatus

#: While it is one of these, documents can be added.
ANSWERABLE: Final = frozenset({RequirementStatus.OPEN, RequirementStatus.REFUSED})
#: What a document may be.
ACCEPTED: Final = frozenset(MediaType)


def attach(
    session: Session, requirement: VendorRequirement, *, file_name: str, content: bytes, acting: Acting
) -> VendorDocument:
    """Keep a file with a requirement (read locked) that waits for an answer.

    Raises `InvalidInputError` for a file that `uploads.checked` refuses.
    """
    require(acting, Permission.VENDORS_ANSWER)
    if requirement.status not in ANSWERABLE:
        raise DomainError(
            f"It is {requirement.status.label.lower()}; documents are added while it waits for an answer.",
            code="not_answerable",
        )
    upload = uploads.checked(file_name, content, accepted=ACCEPTED, most=MOST_BYTES)
    document = VendorDocument(
        id=uuid7(),
        requirement_id=requirement.id,
        vendor_id=requirement.vendor_id,
        uploaded_by=require_person(acting),
        file_name=upload.file_name,
        media_type=upload.media_type,
        size=len(upload.content),
        content=upload.content,
    )
    session.add(document)
    session.flush()
    return document


def handed_in(session: Session, requirement: VendorRequirement) -> bool:
    """Whether there is a document that nobody has refused yet."""
    newer = sa.true() if requirement.decided_at is None else VendorDocument.created_at > requirement.decided_at
    return bool(session.scalar(sa.select(sa.exists().where(VendorDocument.requirement_id == requirement.id, newer))))
