"""Files of dispute messages: who hands them in, what is taken, how they come to a message, and how they go (DSP-4)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services import dispute_attachments, dispute_news, scope
from models import Dispute, DisputeAttachment, DisputeMessage, Notification, User
from models.dispute import MOST_FILES, DisputeStatus
from models.dispute_attachment import MOST_BYTES
from models.media_type import MediaType
from tests.factories import (
    acting_for,
    make_attachment,
    make_dispute,
    make_message_with_file,
    make_operation,
    make_user,
    make_vendor,
)
from tests.support.pictures import bomb, from_camera

PDF = b"%PDF-1.7 an invoice"


@pytest.fixture
def dispute(session: Session) -> Dispute:
    return make_dispute(session)


@pytest.fixture
def vendor(session: Session, dispute: Dispute) -> Acting:
    return acting_for(session.get_one(User, dispute.vendor_id))


@pytest.fixture
def admin(session: Session) -> Acting:
    return acting_for(make_user(session))


def attach(
    session: Session, dispute: Dispute, acting: Acting, content: bytes = PDF, name: str = "invoice.pdf", key: str = "k"
) -> DisputeAttachment:
    return dispute_attachments.attach(session, dispute, file_name=name, content=content, client_key=key, acting=acting)


def test_a_file_waits_for_the_message_of_its_uploader(
    session: Session, dispute: Dispute, vendor: Acting, admin: Acting
) -> None:
    """DSP-4: until then nobody else sees it, whatever their role."""
    kept = attach(session, dispute, vendor)
    assert (kept.size, kept.media_type, kept.message_id) == (len(PDF), MediaType.PDF, None)
    assert scope.get_visible(session, DisputeAttachment, kept.id, vendor) is kept
    for other in (admin, acting_for(make_vendor(session)), acting_for(make_user(session, Role.FINANCE))):
        with pytest.raises(NotFoundError):
            scope.get_visible(session, DisputeAttachment, kept.id, other)
    message = dispute_news.answer(session, dispute, text="Here it is.", attachments=[kept.id], acting=vendor)
    assert kept.message_id == message.id
    assert message.attachments == [
        {"id": str(kept.id), "name": "invoice.pdf", "media_type": "application/pdf", "size": len(PDF)}
    ]
    assert scope.get_visible(session, DisputeAttachment, kept.id, admin) is kept


def test_a_picture_is_drawn_anew(session: Session, dispute: Dispute, vendor: Acting) -> None:
    """GDP-1: what the camera wrote beside it is gone."""
    kept = attach(session, dispute, vendor, from_camera(), "door.jpg")
    assert kept.media_type is MediaType.JPEG
    assert b"Quagga" not in kept.content


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose a PDF, PNG or JPEG file."),
        (b"<svg onload=alert(1)>", "Choose a PDF, PNG or JPEG file."),
        (b"%PDF-".ljust(MOST_BYTES + 1, b"0"), "A file has 5 MB at most."),
        (bomb(), "This picture cannot be read. Take or save it again and send that."),
    ],
    ids=["empty", "markup", "large", "bomb"],
)
def test_what_is_no_such_file_is_refused(
    session: Session, dispute: Dispute, vendor: Acting, content: bytes, sentence: str
) -> None:
    """DSP-4."""
    with pytest.raises(InvalidInputError, match=sentence):
        attach(session, dispute, vendor, content)
    assert dispute_attachments.pending(session, dispute.id, acting=vendor) == []


def test_the_same_form_keeps_its_file_once(session: Session, dispute: Dispute, vendor: Acting) -> None:
    """M18: a second click is the first one; another form with the same file is another one."""
    first = attach(session, dispute, vendor)
    assert attach(session, dispute, vendor).id == first.id
    assert attach(session, dispute, vendor, key="other").id != first.id


def test_only_some_files_wait(session: Session, dispute: Dispute, vendor: Acting) -> None:
    """DSP-4: nobody fills the store with files of messages that are never written."""
    for number in range(dispute_attachments.MOST_PENDING):
        attach(session, dispute, vendor, key=str(number))
    with pytest.raises(DomainError, match="10 files of yours wait here"):
        attach(session, dispute, vendor, key="one more")


def test_nobody_else_hands_in(session: Session, dispute: Dispute) -> None:
    """ACC-1, ACC-3: another vendor, finance and logistics are told that there is nothing."""
    people = (make_vendor(session), *(make_user(session, role) for role in (Role.FINANCE, Role.LOGISTICS)))
    for person in people:
        with pytest.raises(NotFoundError):
            attach(session, dispute, acting_for(person))


def test_nothing_is_added_to_a_closed_dispute(session: Session, admin: Acting) -> None:
    """B12."""
    with pytest.raises(DomainError, match="It is closed"):
        attach(session, make_dispute(session, status=DisputeStatus.CLOSED), admin)


@pytest.mark.parametrize("key", ["", "k" * 65])
def test_a_form_without_a_key_is_refused(session: Session, dispute: Dispute, admin: Acting, key: str) -> None:
    """M18."""
    with pytest.raises(InvalidInputError, match="no valid key"):
        attach(session, dispute, admin, key=key)


def test_a_file_is_sent_once(session: Session, dispute: Dispute, vendor: Acting) -> None:
    """DSP-4: the second message with it is refused as a whole."""
    kept = attach(session, dispute, vendor)
    dispute_news.answer(session, dispute, text="First.", attachments=[kept.id], acting=vendor)
    with pytest.raises(DomainError, match="was sent already"):
        dispute_news.answer(session, dispute, text="Second.", attachments=[kept.id], acting=vendor)
    assert session.scalars(sa.select(DisputeMessage.message)).all() == ["First."]


def test_only_own_files_of_this_dispute_are_sent(
    session: Session, dispute: Dispute, vendor: Acting, admin: Acting
) -> None:
    """DSP-4, ACC-1: neither another person's, nor one's own of another dispute, nor one that nobody has."""
    theirs = attach(session, dispute, admin)
    elsewhere = make_attachment(session, dispute=make_dispute(session), uploaded_by=dispute.vendor_id)
    for one in (theirs.id, elsewhere.id, uuid.uuid4()):
        with pytest.raises(DomainError, match="not kept any more"):
            dispute_news.answer(session, dispute, text="Mine.", attachments=[one], acting=vendor)
    assert (theirs.message_id, elsewhere.message_id) == (None, None)


def test_a_message_has_a_few_files(session: Session, dispute: Dispute, vendor: Acting) -> None:
    """DSP-4."""
    ids = [attach(session, dispute, vendor, key=str(number)).id for number in range(MOST_FILES + 1)]
    with pytest.raises(InvalidInputError, match="A message has 5 files at most"):
        dispute_news.answer(session, dispute, text="All.", attachments=ids, acting=vendor)
    message = dispute_news.answer(session, dispute, text="Most.", attachments=ids[:-1], acting=vendor)
    assert [one["id"] for one in message.attachments or ()] == [str(one) for one in ids[:-1]]


def test_files_of_a_note_stay_inside(session: Session, dispute: Dispute, vendor: Acting, admin: Acting) -> None:
    """DSP-4: the vendor neither sees them nor is told; those of public words are seen and not told either."""
    noted = attach(session, dispute, admin, name="suspicion.pdf")
    dispute_news.add_message(session, dispute, text="Look.", is_internal=True, attachments=[noted.id], acting=admin)
    with pytest.raises(NotFoundError):
        scope.get_visible(session, DisputeAttachment, noted.id, vendor)
    assert session.scalars(sa.select(Notification)).all() == []
    said = attach(session, dispute, admin, name="letter.pdf", key="next")
    dispute_news.add_message(session, dispute, text="Read.", is_internal=False, attachments=[said.id], acting=admin)
    assert scope.get_visible(session, DisputeAttachment, said.id, vendor) is said
    [notice] = session.scalars(sa.select(Notification))
    assert "letter" not in notice.title + notice.message


def test_what_nobody_sent_goes_after_a_day(session: Session, dispute: Dispute) -> None:
    """DSP-4: but for what a message has, and for what one that is on its way will have."""
    old = {"created_at": now() - dt.timedelta(hours=25)}
    forgotten = make_attachment(session, dispute=dispute, **old)
    fresh = make_attachment(session, dispute=dispute)
    sent = make_message_with_file(session, dispute=dispute, file=old)
    coming = make_attachment(session, dispute=dispute, **old)
    vendor = session.get_one(User, dispute.vendor_id)
    inputs = {"text": "On its way.", "attachments": [str(coming.id)]}
    make_operation(session, "dispute.answer", dispute, by=vendor, inputs=inputs)
    dispute_attachments.prune(session)
    left = set(session.scalars(sa.select(DisputeAttachment.id)))
    assert left == {fresh.id, sent.id, coming.id}
    assert forgotten.id not in left
