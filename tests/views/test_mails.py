"""The page of e-mails: what was told in words, and sending again what failed."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from models import Mail, Operation
from models.notification import NotificationStatus
from tests.factories import make_mail

FAILED = {"status": NotificationStatus.FAILED, "last_error": "550 5.1.1 <the address> unknown"}
ACT = "mails/act/send_again/"


def test_what_happened_is_told_in_words(browse, committed, world):
    """An event that nobody declares any more is told by its key."""
    known = make_mail(committed, user=world.finance, event_key="payout.returned")
    gone = make_mail(committed, user=world.finance, event_key="parrot.returned")
    committed.commit()
    browser = browse("admin")
    text = browser.get("mails/").text
    assert "A payout came back from the bank" in text
    assert "payout.returned" not in text
    assert "parrot.returned" in text
    assert "A payout came back from the bank" in browser.get(f"mails/details/?id={known.id}").text
    assert "parrot.returned" in browser.get(f"mails/details/?id={gone.id}").text


def test_what_failed_can_be_sent_again(browse, committed, world):
    """B12: from its page, which says what will happen, and from the list for all that match a filter."""
    mail = make_mail(committed, user=world.finance, **FAILED)
    committed.commit()
    browser = browse("admin")
    assert f"/admin/{ACT}" in browser.get(f"mails/details/?id={mail.id}").text
    assert f"/admin/{ACT}" in browser.get("mails/").text
    page = browser.get(f"{ACT}?one=1&rowid={mail.id}.{mail.version}")
    assert "Is sent again, to the address that the person has now." in page.text
    matching = {"matching": "1", "filter": "f_status=failed", "client_key": uuid.uuid4().hex}
    assert browser.post(ACT, matching).status_code == 302
    asked = committed.scalars(sa.select(Operation).where(Operation.action == "mail.send_again")).one()
    failed = sa.select(sa.func.count()).where(Mail.status == NotificationStatus.FAILED)
    assert (asked.entity, asked.total) == ("notifications", committed.scalar(failed))


def test_what_arrived_cannot(browse, committed, world):
    """B12."""
    mail = make_mail(committed, user=world.finance, status="sent", sent_at=sa.func.now())
    committed.commit()
    browser = browse("admin")
    assert f"/admin/{ACT}?" not in browser.get(f"mails/details/?id={mail.id}").text
    answer = browser.post(ACT, {"rowid": str(mail.id), "one": "1", "client_key": uuid.uuid4().hex})
    assert answer.status_code == 409
    assert "this needs failed" in answer.text


@pytest.mark.parametrize("name", ["finance", "logistics", "vendor"])
def test_others_have_no_such_page(browse, committed, world, name):
    """ACC-1."""
    mail = make_mail(committed, user=getattr(world, name), **FAILED)
    committed.commit()
    assert browse(name).post(ACT, {"rowid": str(mail.id), "one": "1"}).status_code == 404
