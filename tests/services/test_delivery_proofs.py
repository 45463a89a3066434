"""Pictures that show that a parcel arrived (SHP-3)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import delivery_proofs, shipments
from backoffice.services.shipment_tracking import Report
from models import AuditLog, Shipment
from models.delivery_proof import ProofKind
from models.media_type import MediaType
from models.shipment import ShipmentStatus as S
from tests.factories import acting_for, make_shipment, make_user
from tests.support.pictures import bomb, from_camera, photo


@pytest.fixture
def clerk(session: Session) -> Acting:
    return acting_for(make_user(session, Role.LOGISTICS))


def _attach(session: Session, parcel: Shipment, clerk: Acting, content: bytes | None = None) -> object:
    kind, name = ProofKind.SIGNATURE, "door.jpg"
    return delivery_proofs.attach(
        session, parcel, kind=kind, file_name=name, content=content or from_camera(), acting=clerk
    )


def test_a_picture_is_kept_with_who_took_it_and_nothing_of_the_camera(session: Session, clerk: Acting) -> None:
    """SHP-3, GDP-1."""
    parcel = make_shipment(session)
    _attach(session, parcel, clerk)
    [kept] = delivery_proofs.of(session, parcel.id)
    assert (kept.kind, kept.taken_by, kept.media_type) == (ProofKind.SIGNATURE, clerk.user_id, MediaType.JPEG)
    assert kept.size == len(kept.content)
    assert b"Quagga" not in kept.content


def test_a_picture_is_proof_enough_to_jump_to_delivered(session: Session, clerk: Acting) -> None:
    """SHP-3: pending to delivered needs words or a file; the dry run and the deed agree."""
    parcel, plan = make_shipment(session), registry.get("shipment.update").plan
    report = Report(status=S.DELIVERED)
    assert plan(session, [parcel], {"status": "delivered"}, clerk)[0].code == "proof_needed"
    assert shipments.update(session, {parcel.id: None}, report, acting=clerk)[parcel.id].refused == "proof_needed"
    _attach(session, parcel, clerk)
    assert plan(session, [parcel], {"status": "delivered"}, clerk)[0].ok
    assert shipments.update(session, {parcel.id: None}, report, acting=clerk)[parcel.id].message == "Delivered."


def test_a_picture_of_another_parcel_proves_nothing(session: Session, clerk: Acting) -> None:
    """SHP-3."""
    parcel, other = make_shipment(session), make_shipment(session)
    _attach(session, other, clerk)
    seen = {parcel.id: None, other.id: None}
    found = shipments.update(session, seen, Report(status=S.DELIVERED), acting=clerk)
    assert (found[parcel.id].refused, found[other.id].refused) == ("proof_needed", None)


@pytest.mark.parametrize("content", [b"Left at the door.\n", b"%PDF-1.7", bomb(), photo()[:200]])
def test_refuses_what_is_no_picture(session: Session, clerk: Acting, content: bytes) -> None:
    """SHP-3: a text that is named .jpg, a document, a bomb, half a picture."""
    parcel = make_shipment(session)
    with pytest.raises(InvalidInputError):
        _attach(session, parcel, clerk, content)
    assert delivery_proofs.of(session, parcel.id) == []


@pytest.mark.parametrize("role", [Role.ADMIN, Role.FINANCE, Role.VENDOR])
def test_refuses_everybody_but_logistics(session: Session, role: Role) -> None:
    """SHP-3."""
    with pytest.raises(ForbiddenError):
        _attach(session, make_shipment(session), acting_for(make_user(session, role)))


def test_refuses_a_cancelled_label_and_too_many(session: Session, clerk: Acting) -> None:
    """SHP-3."""
    with pytest.raises(DomainError, match="never left"):
        _attach(session, make_shipment(session, voided_at=now()), clerk)
    parcel = make_shipment(session)
    for _ in range(delivery_proofs.MOST):
        _attach(session, parcel, clerk)
    with pytest.raises(DomainError, match="10 proofs already"):
        _attach(session, parcel, clerk)


def test_the_log_has_nothing_of_the_picture(session: Session, clerk: Acting) -> None:
    """AUD-1: what it shows is personal."""
    parcel = make_shipment(session)
    _attach(session, parcel, clerk)
    [kept] = delivery_proofs.of(session, parcel.id)
    logged = sa.select(AuditLog.after).where(AuditLog.entity_id == str(kept.id))
    [after] = session.scalars(logged)
    assert after is not None
    assert kept.content.hex() not in str(after)
