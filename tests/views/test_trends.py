"""The chart of the home page counts rows by the person's own days."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.preferences import Preferences
from tests.factories import acting_for
from tests.factories.orders import make_order
from tests.factories.users import make_user, make_vendor
from views.formats import Format
from views.trends import DAYS, SERIES, trend


@pytest.mark.parametrize("role", list(SERIES), ids=lambda role: role.value)
def test_every_panel_has_one(browse: Any, role: Role) -> None:
    part, statements = browse(role.value).count("trend/")
    assert part.status_code == 200
    assert len(re.findall(r'<th scope="row">', part.text)) == DAYS
    assert len(statements) == 1


def test_a_day_is_the_persons(session: Session) -> None:
    """An order of one in the morning in Auckland belongs to that day there, and to the day before in UTC."""
    auckland = Format(Preferences(time_zone="Pacific/Auckland"))
    morning = dt.datetime.combine(now().astimezone(auckland.zone).date(), dt.time(0, 1), auckland.zone)
    vendor = make_vendor(session)
    order = make_order(session, vendor=vendor)
    order.created_at = morning - dt.timedelta(days=3)
    session.flush()
    there = trend(session, Role.VENDOR, acting_for(vendor), auckland)
    orders = dict(there.series)["Orders"]
    assert orders[DAYS - 1 - 3] == 1
    assert sum(orders) == 1


def test_vendors_count_their_own(session: Session) -> None:
    """ACC-1."""
    make_order(session, vendor=make_vendor(session))
    mine = trend(session, Role.VENDOR, acting_for(make_user(session, Role.VENDOR)), Format(Preferences()))
    assert sum(dict(mine.series)["Orders"]) == 0
