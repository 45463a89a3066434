"""Figures of a panel: a period beside the one before it, a chart with its table, and the way to the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import request
from flask_admin.base import expose

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services.figures import read, tiles
from backoffice.services.figures.read import Figures, Period
from backoffice.services.figures.tiles import Tile, Unit
from views.current import acting, form, session
from views.formats import Format
from views.panel_page import PanelPage

LABEL = "Figures"
NOUN = "figures"
#: Days of a period, and what it is called.
PERIODS: Mapping[int, str] = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
_USUAL = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure as text, how it stands to the period before, and the address of its rows."""

    tile: Tile
    text: str
    before: str
    change: str
    tone: str
    href: str | None


class FiguresPage(PanelPage):
    """The dashboard of a panel; a vendor's is about the own business."""

    noun = NOUN
    label = LABEL

    @expose("/")
    def index(self) -> str:
        """The figures of the period that the address asks for, in one statement."""
        who, shape = acting(), form()
        length = request.args.get("days", type=int)
        length = length if length in PERIODS else _USUAL
        today = now().date()
        period = Period(since=today - dt.timedelta(days=length - 1), until=today)
        found = read.figures(session(), who.vendor_id, period, money=self.panel.role is not Role.LOGISTICS)
        currency = request.args.get("currency", "")
        currency = currency if currency in found else next(iter(found), "")
        own = found.get(currency) or Figures(days={}, now={}, before={})
        shown = [self._shown(tile, own, currency, period, shape) for tile in tiles.of(self.panel.role)]
        chosen = next((one.tile for one in shown if one.tile.key == request.args.get("figure")), shown[0].tile)
        return str(
            self.render(
                "figures/figures.html",
                panel=self.panel,
                entity=self,
                shown=shown,
                chosen=chosen,
                currency=currency,
                currencies=list(found),
                periods=PERIODS,
                length=length,
                chart=_chart(chosen, own, period, shape),
                table=[
                    (shape.date(day), text(chosen, chosen.value(own.days.get(day, {})), currency, shape))
                    for day in reversed(period.days)
                ],
                recurring=self._recurring(currency, shape),
            )
        )

    def _shown(self, tile: Tile, own: Figures, currency: str, period: Period, shape: Format) -> Shown:
        value, before = tile.value(own.now), tile.value(own.before)
        change, tone = _change(tile, value, before, shape)
        root = request.script_root + self.panel.path
        query = tile.query.format(period=f"{period.since}..{period.until}")
        if currency:
            query += f"&f_currency={currency}"
        return Shown(
            tile=tile,
            text=text(tile, value, currency, shape),
            before=text(tile, before, currency, shape),
            change=change,
            tone=tone,
            href=f"{root}/{tile.noun}/?{query}" if tile.noun in self.panel.views else None,
        )

    def _recurring(self, currency: str, shape: Format) -> str | None:
        """What running subscriptions bring a month, for those who see all of them."""
        if self.panel.role not in {Role.ADMIN, Role.FINANCE} or not currency:
            return None
        return shape.money(read.recurring(session(), None, currency), currency)


def text(tile: Tile, value: Decimal | None, currency: str, shape: Format) -> str:
    """A figure as people write it; or that there is nothing to divide."""
    if value is None or (tile.unit is Unit.MONEY and not currency):
        return "n/a"
    if tile.unit is Unit.MONEY:
        return shape.money(value, currency)
    if tile.unit is Unit.SHARE:
        return shape.percent(round(value, 3))
    if tile.unit is Unit.HOURS:
        return f"{shape.number(round(value, 1))} h" if value < 48 else f"{shape.number(round(value / 24, 1))} d"
    return shape.number(round(value, 2) if tile.unit is Unit.RATING else int(value))


def _change(tile: Tile, value: Decimal | None, before: Decimal | None, shape: Format) -> tuple[str, str]:
    """`+12 %` against the period before, and its colour."""
    if value is None or not before:
        return "", "neutral"
    change = round(value / before - 1, 3)
    if tile.rise_is_good is None or change == 0:
        tone = "neutral"
    else:
        tone = "success" if (change > 0) is tile.rise_is_good else "danger"
    return f"{'+' if change > 0 else ''}{shape.percent(change)}", tone


def _chart(tile: Tile, own: Figures, period: Period, shape: Format) -> dict[str, Any]:
    values = [tile.value(own.days.get(day, {})) for day in period.days]
    series = {"label": tile.label, "values": [None if value is None else float(value) for value in values]}
    return {"labels": [shape.date(day) for day in period.days], "series": [series]}
