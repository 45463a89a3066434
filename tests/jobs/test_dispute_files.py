"""Messages with files, carried out by real workers that are killed: each file comes to its message once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.jobs.crash_points import POINTS
from models import DisputeAttachment, DisputeMessage, User
from tests.factories import make_attachment, make_dispute, make_operation
from tests.jobs.support import Processes, status, wait_until


def test_a_kill_at_every_point_loses_and_doubles_no_file(
    sessions: sessionmaker[Session], processes: Processes, tmp_path: Path
) -> None:
    """DSP-4, J11, J15: the message and its file are there together, once, whenever the job's process dies."""
    points = [point for point in POINTS if point not in {"glanced", "begun", "called"}]
    sent = []
    with sessions.begin() as session:
        for _ in points:
            dispute = make_dispute(session)
            file = make_attachment(session, dispute=dispute)
            vendor = session.get_one(User, dispute.vendor_id)
            inputs = {"text": "See this.", "attachments": [str(file.id)]}
            sent.append(make_operation(session, "dispute.answer", dispute, by=vendor, inputs=inputs).id)
    orders = [tmp_path / f"{point}-operation-{one}" for point, one in zip(points, sent, strict=True)]
    for order in orders:
        order.touch()
    processes.worker("default", BACKOFFICE_LEASE_SECONDS="2", BACKOFFICE_CRASH_FOLDER=str(tmp_path))
    processes.relay()
    wait_until(lambda: {status(sessions, one) for one in sent} == {"succeeded"}, seconds=60)
    assert not [order for order in orders if order.exists()]
    with sessions() as session:
        messages = session.scalars(sa.select(DisputeMessage)).all()
        assert len(messages) == len(points)
        named = {(one.id, (one.attachments or [{}])[0].get("id")) for one in messages}
        files = session.scalars(sa.select(DisputeAttachment)).all()
        assert named == {(file.message_id, str(file.id)) for file in files}
