"""Proofs of delivery: pictures that couriers take, kept with the parcel for good (SHP-3)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import uploads
from backoffice.services.guards import require, require_person
from models import DeliveryProof, Shipment
from models.base import uuid7
from models.delivery_proof import ProofKind

#: Pictures of one parcel; more than that is a mistake, and they are kept for good.
MOST: Final = 10


def attach(
    session: Session, parcel: Shipment, *, kind: ProofKind, file_name: str, content: bytes, acting: Acting
) -> DeliveryProof:
    """Keep a picture with a parcel (read locked); logistics only.

    Raises `InvalidInputError` for a file that `uploads.checked` refuses, and `DomainError` for a parcel that never
    left or has enough pictures.
    """
    require(acting, Permission.SHIPMENTS_MOVE)
    if parcel.voided_at is not None:
        raise DomainError("This label was cancelled; the parcel never left.", code="voided")
    if len(of(session, parcel.id)) >= MOST:
        raise DomainError(f"This parcel has {MOST} proofs already.", code="enough_proofs")
    upload = uploads.checked(file_name, content, accepted=uploads.PICTURES, most=uploads.MOST_SENT)
    proof = DeliveryProof(
        id=uuid7(),
        shipment_id=parcel.id,
        kind=kind,
        taken_by=require_person(acting),
        media_type=upload.media_type,
        size=len(upload.content),
        content=upload.content,
    )
    session.add(proof)
    session.flush()
    return proof


def of(session: Session, parcel_id: uuid.UUID) -> Sequence[DeliveryProof]:
    """The proofs of a parcel, the first one first; without their content."""
    query = sa.select(DeliveryProof).where(DeliveryProof.shipment_id == parcel_id)
    return session.scalars(query.order_by(DeliveryProof.created_at, DeliveryProof.id)).all()


def proven(session: Session, parcels: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of the parcels have a proof."""
    return set(session.scalars(sa.select(DeliveryProof.shipment_id).where(DeliveryProof.shipment_id.in_(parcels))))
