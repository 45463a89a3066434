"""The tabs of a record page: an overview, what belongs to the record by area, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from views.access import Access, Related
from views.panel import Panel

OVERVIEW = "overview"
HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab: its name in the address and for people, and the tables on it."""

    key: str
    label: str
    tables: list[Related] = field(default_factory=list)
    #: What shows it when it is no tables.
    template: str = ""


def tabs(access: Access, panel: Panel, *, history: bool) -> list[Tab]:
    """The tabs of a record: its own, and related entities that the panel has, those with one `tab` together."""
    found = {OVERVIEW: Tab(key=OVERVIEW, label="Overview")}
    for own in access.own_tabs:
        key = own.label.lower()
        found[key] = Tab(key=key, label=own.label, template=own.template)
    for each in access.related:
        view = panel.views.get(each.noun)
        if view is not None:
            label = each.tab or view.entity.label
            key = label.lower().replace(" ", "-")
            found.setdefault(key, Tab(key=key, label=label)).tables.append(each)
    if history:
        found[HISTORY] = Tab(key=HISTORY, label="History")
    return list(found.values())


def chosen(among: Iterable[Tab], wanted: str) -> Tab:
    """The tab that the address names; the first for any other."""
    first, *others = among
    return next((tab for tab in others if tab.key == wanted), first)
