"""Every figure of every panel leads to the rows that were counted, on the demo marketplace."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.config import sqlalchemy_url
from backoffice.demo import ADMINS, FINANCE, LOGISTICS, VENDORS
from backoffice.factory.application import Application
from backoffice.permissions import Role
from backoffice.services.figures import keep
from backoffice.services.figures.tiles import TILES, Tile
from models import DailyFigure, User
from tests.support.committed import application_on
from tests.views.browser import Browser

_PEOPLE = {Role.ADMIN: ADMINS[0], Role.FINANCE: FINANCE[0], Role.LOGISTICS: LOGISTICS[0], Role.VENDOR: VENDORS[0]}
_CURRENCY = "USD"


@pytest.fixture(scope="module")
def shop(demo_url: str, demo_engine: sa.Engine) -> Iterator[Application]:
    """The application over the demo, with every day summed."""
    with Session(demo_engine) as session:
        while keep.refresh(session):
            session.commit()
        session.commit()
    with application_on(sqlalchemy_url(demo_url)) as app:
        yield app


def _counted(session: Session, user: User, tile: Tile) -> int:
    """How many facts of the last year the figure is made of."""
    own = DailyFigure.vendor_id == user.id if user.role is Role.VENDOR else DailyFigure.vendor_id.is_(None)
    money = sa.true() if user.role is Role.LOGISTICS else DailyFigure.currency == _CURRENCY
    year = DailyFigure.day > sa.func.current_date() - 365
    number = sa.func.coalesce(sa.func.sum(DailyFigure.number), 0)
    return int(session.scalars(sa.select(number).where(own, money, year, DailyFigure.measure == tile.of)).one())


@pytest.mark.parametrize("role", list(_PEOPLE))
def test_every_figure_leads_to_its_rows(shop: Application, demo_engine: sa.Engine, demo: Session, role: Role) -> None:
    """The same rows: of the same days of UTC, in the same currency, of the same vendor (MON-7, ACC-1)."""
    user = demo.scalars(sa.select(User).where(User.email == _PEOPLE[role])).one()
    browser = Browser(shop, demo_engine, user)
    page = browser.get(f"figures/?days=365&currency={_CURRENCY}").text
    views = shop.extensions["panels"][role].views
    led = 0
    for tile in TILES:
        found = re.search(rf'href="([^"]*)" aria-label="Rows behind {re.escape(tile.label)}"', page)
        assert (found is not None) is (role in tile.roles and tile.noun in views), tile.key
        if found is None:
            continue
        rows = browser.get(html.unescape(found[1])).text
        assert "is not understood" not in rows, tile.key
        counted = _counted(demo, user, tile)
        shown = re.search(r'id="list-count"[^>]*><span[^>]*>([\d,]+) rows?<', rows)
        assert shown is not None, tile.key
        assert int(shown[1].replace(",", "")) == counted, tile.key
        led += counted > 0
    assert led >= 2
