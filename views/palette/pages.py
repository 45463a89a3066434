"""The palette's page: what fits what was typed, or the records opened last, as a part of a page or as a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from flask import request
from flask_admin.base import expose

from backoffice.acting import Acting
from backoffice.services import recents
from views import htmx
from views.current import acting, session
from views.listing.search import clean
from views.palette import places
from views.palette.heads import SHOWN, Found
from views.palette.query import PaletteQuery
from views.panel_page import PanelPage

NOUN = "palette"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line that can be chosen."""

    label: str
    href: str
    note: str = ""
    status: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Options of one kind under a heading."""

    label: str
    icon: str
    options: list[Option]


class Palette(PanelPage):
    """One address a panel."""

    noun = NOUN
    label = "Search"

    @cached_property
    def _query(self) -> PaletteQuery:
        """Made when first asked, since views are added after this one."""
        views = self.panel.views.values()
        return PaletteQuery(self.panel.role, ((view.entity, view.access) for view in views))

    @cached_property
    def _icons(self) -> dict[str, str]:
        return {group.label: group.icon for group, _ in self.panel.menu}

    @expose("/")
    def index(self) -> str:
        """What fits `q`: the part of the page that htmx asks for, or a whole page for a browser without scripts."""
        text, who = clean(request.args.get("q")), acting()
        sections = list(self._found(text, who) if text else self._recent(who))
        whole = not htmx.asks()
        return str(
            self.render(
                "palette/page.html" if whole else "palette/results.html",
                panel=self.panel,
                text=text,
                sections=sections,
            )
        )

    def _found(self, text: str, who: Acting) -> Iterator[Section]:
        found = self._query.search(session(), text, who)
        # The kind with the best record first.
        order = {noun: at for at, noun in reversed(list(enumerate(one.noun for one in found)))}
        found.sort(key=lambda one: order[one.noun])
        records = [self._section(noun, list(some)[:SHOWN]) for noun, some in groupby(found, key=lambda one: one.noun)]
        yield from records
        pages = places.fitting(places.pages(self.panel), text)
        if pages:
            yield Section(label="Pages", icon="home", options=[self._option(place) for place in pages])
        actions = places.fitting(places.actions(self.panel, who), text)
        if actions:
            yield Section(label="Actions", icon="bolt", options=[self._option(place) for place in actions])

    def _recent(self, who: Acting) -> Iterator[Section]:
        opened = recents.newest(session(), self.panel.role, who)
        records = self._query.records(session(), opened, who)
        if records:
            options = [self._record(one, kind=True) for one in records]
            yield Section(label="Opened last", icon="history", options=options)

    def _section(self, noun: str, found: list[Found]) -> Section:
        entity = self.panel.views[noun].entity
        icon = self._icons[entity.group]
        return Section(label=entity.label, icon=icon, options=[self._record(one) for one in found])

    def _record(self, found: Found, *, kind: bool = False) -> Option:
        entity = self.panel.views[found.noun].entity
        notes = [entity.singular if kind else "", found.note if found.note != found.label else ""]
        return Option(
            label=found.label,
            href=self.get_url(f"{self.panel.role.value}_{found.noun}.details_view", id=found.id),
            note=" · ".join(note for note in notes if note),
            status=found.status,
        )

    def _option(self, place: places.Place) -> Option:
        return Option(label=place.label, href=request.script_root + place.path, note=place.note)
