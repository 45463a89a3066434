"""Files of dispute messages in the database: whose message they may be of, and what of them is fixed (DSP-4)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Dispute
from tests.factories import make_attachment, make_dispute, make_message, make_message_with_file, make_user
from tests.models.refusals import refused


@pytest.fixture
def dispute(session: Session) -> Dispute:
    return make_dispute(session)


def test_a_file_is_of_a_message_of_its_uploader(session: Session, dispute: Dispute) -> None:
    """DSP-4: not of another person's, so that nobody makes a file of somebody else public."""
    attachment = make_attachment(session, dispute=dispute)
    message = make_message(session, dispute=dispute, user_id=make_user(session).id)
    with refused(session, "tr_dispute_attachments_message"):
        attachment.message_id = message.id


def test_a_file_is_of_a_message_in_its_dispute(session: Session, dispute: Dispute) -> None:
    """DSP-4."""
    attachment = make_attachment(session, dispute=dispute)
    other = make_dispute(session)
    message = make_message(session, dispute=other, user_id=attachment.uploaded_by)
    with refused(session, "tr_dispute_attachments_message"):
        attachment.message_id = message.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dispute_attachments SET message_id = NULL WHERE id = :id",
        "UPDATE dispute_attachments SET message_id = message_id WHERE id = :id",
        "DELETE FROM dispute_attachments WHERE id = :id",
    ],
)
def test_what_a_message_has_it_keeps(session: Session, dispute: Dispute, statement: str) -> None:
    """DSP-4: messages are append-only, and so are their files."""
    attachment = make_message_with_file(session, dispute=dispute)
    with refused(session.connection(), "tr_dispute_attachments_kept"):
        session.execute(sa.text(statement), {"id": attachment.id})


def test_a_file_is_never_another(session: Session, dispute: Dispute) -> None:
    """DSP-4: not even while it waits."""
    attachment = make_attachment(session, dispute=dispute)
    with refused(session.connection(), "tr_dispute_attachments_fixed"):
        session.execute(
            sa.text("UPDATE dispute_attachments SET file_name = 'other.pdf' WHERE id = :id"), {"id": attachment.id}
        )
