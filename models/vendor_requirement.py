"""What the platform must know of a vendor before it sells: each requirement with its answer and verdict (VEN-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, HasId, HasVersion, check, enum_column, foreign_key
from models.media_type import MediaType
from models.user import User
from models.vendor_profile import VendorProfile


class RequirementKind(LabelledEnum):
    """What must be known (DSA Art. 30(1)); a trigger makes one row of each with a vendor's profile."""

    LEGAL_NAME = "legal_name", "Legal name"
    ADDRESS = "address", "Address"
    PHONE = "phone", "Phone"
    EMAIL = "email", "E-mail"
    ID_DOCUMENT = "id_document", "ID document"
    TRADE_REGISTER = "trade_register", "Trade register number"
    ACCOUNT_HOLDER = "account_holder", "Payment account holder"
    SELF_CERTIFICATION = "self_certification", "Self-certification"

    @property
    def needs_document(self) -> bool:
        """Whether an answer without an uploaded document is none."""
        return self is RequirementKind.ID_DOCUMENT


class RequirementStatus(Status):
    """Life of a requirement; admins also write down what a vendor who cannot sign in has answered."""

    OPEN = "open", "Not answered", Tone.WARNING, {"submitted": "VA"}
    SUBMITTED = "submitted", "Submitted", Tone.INFO, {"accepted": "A", "refused": "A"}
    ACCEPTED = "accepted", "Accepted", Tone.SUCCESS, {"refused": "A"}
    REFUSED = "refused", "Refused", Tone.DANGER, {"submitted": "VA"}


class VendorRequirement(HasId, HasVersion, Base):
    """One line of a vendor's checklist. `due_at` of a refused one says when the vendor is suspended (Art. 30(3))."""

    __tablename__ = "vendor_requirements"
    __table_args__ = (
        sa.UniqueConstraint("vendor_id", "kind"),
        sa.UniqueConstraint("profile_id", "kind"),
        check("answered_is_whole", "status = 'open' OR num_nulls(answer, answered_by, answered_at) = 0"),
        check("answer_not_blank", "btrim(answer) <> ''"),
        check("decided_is_whole", "status NOT IN ('accepted', 'refused') OR num_nulls(decided_by, decided_at) = 0"),
        check("refused_has_reason", "(status = 'refused') = (refusal IS NOT NULL)"),
        check("only_refused_is_due", "status = 'refused' OR due_at IS NULL"),
        sa.Index("ix_vendor_requirements_created_at_id", "created_at", "id"),
        sa.Index("ix_vendor_requirements_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_vendor_requirements_due_at", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    profile_id: Mapped[uuid.UUID] = foreign_key("vendor_profiles.id", index=False)
    kind: Mapped[RequirementKind] = enum_column(RequirementKind)
    status: Mapped[RequirementStatus] = enum_column(RequirementStatus, default=RequirementStatus.OPEN)
    answer: Mapped[str | None] = mapped_column(info=PII)
    answered_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    answered_at: Mapped[dt.datetime | None]
    decided_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    decided_at: Mapped[dt.datetime | None]
    #: Why it was refused; the vendor reads it.
    refusal: Mapped[str | None]
    due_at: Mapped[dt.datetime | None]

    vendor: Mapped[User] = relationship(foreign_keys=[vendor_id], lazy="raise")
    profile: Mapped[VendorProfile] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.kind.label


#: Bytes of a document at most; a request may be a little more (`MAX_CONTENT_LENGTH`).
MOST_BYTES: Final = 1_500_000


class VendorDocument(HasId, Base):
    """A file that a vendor handed in for a requirement. Nobody changes or replaces it."""

    __tablename__ = "vendor_documents"
    __table_args__ = (
        check("size_range", f"size BETWEEN 1 AND {MOST_BYTES}"),
        check("size_is_of_content", "size = octet_length(content)"),
        sa.Index("ix_vendor_documents_created_at_id", "created_at", "id"),
        sa.Index("ix_vendor_documents_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_vendor_documents_requirement_id_created_at_id", "requirement_id", "created_at", "id"),
    )

    requirement_id: Mapped[uuid.UUID] = foreign_key("vendor_requirements.id", index=False)
    #: Copied from the requirement for row scope.
    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    uploaded_by: Mapped[uuid.UUID] = foreign_key("users.id")
    #: As the person's machine calls it.
    file_name: Mapped[str] = mapped_column(sa.String(120), info=PII)
    media_type: Mapped[MediaType] = enum_column(MediaType)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, info=PII, deferred=True)

    def __str__(self) -> str:
        return self.file_name
