"""The bell in the header."""

from __future__ import annotations

import re

import sqlalchemy as sa

from models import Notification, UserSession
from tests.factories import make_notification

_SEEN = re.compile(r'name="seen" value="([^"]*)"')
_HX = {"HX-Request": "true"}


def _read_at(session, one):
    session.rollback()
    return session.scalar(sa.select(Notification.read_at).where(Notification.id == one.id))


def test_it_shows_what_is_new_in_one_statement(browse, committed):
    browser = browse("finance2")
    told = [make_notification(committed, user=browser.user, title=f"News {number}") for number in range(3)]
    make_notification(committed, user=browse("finance").user, title="Not for you")
    committed.commit()
    response, statements = browser.count("bell/")
    assert response.status_code == 200
    assert len(statements) == 1
    assert "3 unread" in response.text
    assert all(one.title in response.text for one in told)
    assert "Not for you" not in response.text
    seen = _SEEN.findall(response.text)[0]
    assert browser.get(f"bell/?seen={seen}").status_code == 204
    assert browser.get("bell/?seen=other").status_code == 200


def test_one_or_all_are_marked_as_read(browse, committed):
    browser = browse("logistics")
    first, second, third = (make_notification(committed, user=browser.user, title=f"T{n}") for n in range(3))
    committed.commit()
    piece = browser.post("bell/read/", {"rowid": str(first.id)}, headers=_HX)
    assert piece.status_code == 200
    assert str(first.id) not in piece.text
    assert str(second.id) in piece.text
    assert _read_at(committed, first) is not None
    assert _read_at(committed, second) is None
    assert browser.post("bell/read-all/").status_code == 302
    assert _read_at(committed, third) is not None
    assert "Nothing new" in browser.post("bell/read-all/", headers=_HX).text


def test_what_others_were_told_cannot_be_marked(browse, committed):
    foreign = make_notification(committed, user=browse("vendor2").user)
    committed.commit()
    for row_id in (str(foreign.id), "nonsense"):
        assert browse("vendor").post("bell/read/", {"rowid": row_id}, headers=_HX).status_code == 404
    browse("vendor").post("bell/read-all/", headers=_HX)
    assert _read_at(committed, foreign) is None


def test_asking_by_itself_keeps_no_session_alive(browse, committed):
    """U4: a page that is left open ends its session after half an hour; the bell then says 401 and no page."""
    browser = browse("admin")
    mine = sa.update(UserSession).where(UserSession.user_id == browser.user.id)
    ago = sa.func.now() - sa.cast("20 minutes", sa.Interval)
    committed.execute(mine.values(last_seen_at=ago))
    committed.commit()
    seen = committed.scalar(sa.select(sa.func.max(UserSession.last_seen_at)))
    assert browser.get("bell/").status_code == 200
    committed.commit()
    assert committed.scalar(sa.select(sa.func.max(UserSession.last_seen_at))) == seen
    committed.execute(mine.values(last_seen_at=sa.func.now() - sa.cast("31 minutes", sa.Interval)))
    committed.commit()
    assert browser.get("bell/").status_code == 401
