"""What people are told waits on their home until they look at it."""

from __future__ import annotations

from backoffice.services.notifications import notify
from models import Notification


def test_opening_one_takes_it_off_the_home(browse, committed, world):
    notify(
        committed,
        [world.finance.id, world.admin.id],
        event="operation.finished",
        title="Something to read",
        message="Here it is.",
        subject=("users", world.vendor.id),
    )
    committed.commit()
    mine, other = (
        committed.query(Notification).filter_by(event_key="operation.finished", user_id=user.id).one()
        for user in (world.finance, world.admin)
    )
    browser = browse("finance")
    assert f"notifications/details/?id={mine.id}" in browser.get("/finance/").text
    assert browser.get(f"notifications/details/?id={mine.id}").status_code == 200
    assert "Something to read" not in browser.get("/finance/").text
    assert browser.get(f"notifications/details/?id={other.id}").status_code == 404
    committed.expire_all()
    assert mine.read_at is not None
    assert other.read_at is None
    read = mine.read_at
    browser.get(f"notifications/details/?id={mine.id}")
    committed.expire_all()
    assert mine.read_at == read
