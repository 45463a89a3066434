"""What shows that a parcel arrived: a photograph of where it was left, or a signature (SHP-3)."""

from __future__ import annotations

import uuid
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import PII, Base, HasId, check, enum_column, foreign_key
from models.media_type import MediaType
from models.shipment import Shipment
from models.user import User

#: Bytes of a picture at most, as it is kept.
MOST_BYTES: Final = 1_500_000


class ProofKind(LabelledEnum):
    """What the picture is of."""

    PHOTO = "photo", "Photograph"
    SIGNATURE = "signature"


class DeliveryProof(HasId, Base):
    """A picture that a courier took; append-only."""

    __tablename__ = "delivery_proofs"
    __table_args__ = (
        check("is_picture", "media_type IN ('image/png', 'image/jpeg')"),
        check("size_range", f"size BETWEEN 1 AND {MOST_BYTES}"),
        check("size_is_of_content", "size = octet_length(content)"),
        sa.Index("ix_delivery_proofs_created_at_id", "created_at", "id"),
        sa.Index("ix_delivery_proofs_shipment_id_created_at_id", "shipment_id", "created_at", "id"),
    )

    shipment_id: Mapped[uuid.UUID] = foreign_key("shipments.id", index=False)
    kind: Mapped[ProofKind] = enum_column(ProofKind)
    taken_by: Mapped[uuid.UUID] = foreign_key("users.id")
    media_type: Mapped[MediaType] = enum_column(MediaType)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, info=PII, deferred=True)

    shipment: Mapped[Shipment] = relationship(lazy="raise")
    courier: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return self.kind.label
