"""The page of the board (SHP-6)."""

from __future__ import annotations

import re

from backoffice.permissions import Role


def test_each_column_leads_to_its_rows(browse, world):
    """The list that a column leads to has the parcel that the column shows."""
    browser, parcel = browse("logistics"), world.rows["shipments"]
    page = browser.get("board/").text
    assert f"shipments/details/?id={parcel.id}" in page
    for href in set(re.findall(r'href="(/logistics/shipments/\?[^"]+)"', page)):
        shown = browser.get(href.removeprefix("/logistics/").replace("&amp;", "&"))
        assert shown.status_code == 200
        assert "alert-warning" not in shown.text
    pending = browser.get("shipments/?f_status=pending&f_label=valid&sort=created_at").text
    assert str(parcel.id) in pending


def test_mine_is_empty_until_somebody_gives_me_something(browse, world):
    page = browse("logistics").get("board/?mine=1").text
    assert str(world.rows["shipments"].id) not in page
    assert f"f_assigned_to={world.logistics.id}" in page


def test_it_is_the_board_of_logistics_alone(browse):
    """ACC-3."""
    for who in (Role.ADMIN, Role.FINANCE, Role.VENDOR):
        browser = browse(who.value)
        assert browser.get("board/").status_code == 404
        assert browser.client.get("/logistics/board/").status_code == 403
