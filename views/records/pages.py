"""The record page: what a record is, what can be done with it, what belongs to it, and what happened to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request
from flask_admin.base import expose

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import recents
from views import htmx
from views.columns import attribute_column, personal
from views.current import acting, form, session
from views.ids import wanted_id
from views.records import history, next_steps, reading
from views.records.place import PARAMETER, Place, list_query, place
from views.records.query import Record, RecordQuery, related
from views.records.tabs import HISTORY, Tab, chosen, tabs


class RecordPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    listing: Any
    record: RecordQuery
    render: Any
    get_url: Any
    record_template = "record/record.html"

    @property
    def tells_all(self) -> bool:
        """Whether the panel shows the audit log beside the statuses."""
        return self.panel.role is Role.ADMIN

    @expose("/details/")
    def details_view(self) -> str:
        """One record with one of its tabs; for a part of the page that asks, the tab alone."""
        row_id, who = wanted_id(), acting()
        record = self.record.fetch(session(), row_id, who, self.panel.linker(), form())
        came_from = list_query(request.script_root + self.get_url(".index_view"))
        among = tabs(self.access, self.panel, history=self.access.history or self.tells_all)
        tab = chosen(among, request.args.get("tab", ""))
        if htmx.asks_for("tab"):
            return self.render("record/tab.html", **self._tab(record, among, tab, came_from))
        recents.note(session(), self.panel.role, self.entity.noun, row_id, who)
        # Whoever views as somebody has not read it for them (ACC-4).
        if self.entity.opened is not None and who.viewer is None:
            self.entity.opened(session(), row_id, who)
        reading.note(session(), self.entity.model, row_id, personal(self.record.columns), who)
        remarks = self.access.remarks
        return self.render(
            self.record_template,
            **self.more(row_id),
            remarks=(remarks[0], remarks[1](session(), [row_id]).get(row_id, ())) if remarks else None,
            place=None if came_from is None else self._place(row_id, came_from),
            downloads=self.downloads(row_id),
            steps=self._next_steps(record, who),
            **self._tab(record, among, tab, came_from),
        )

    @expose("/next/")
    def next_view(self) -> str:
        """What can be done now, each action put to its dry run, with the reasons of those that are refused."""
        row_id, who = wanted_id(), acting()
        record = self.record.fetch(session(), row_id, who, self.panel.linker(), form())
        steps = next_steps.judged(session(), self._next_steps(record, who), row_id, who)
        return self.render("record/next.html", record=record, steps=steps, judged=True)

    def more(self, row_id: Any) -> dict[str, Any]:  # noqa: ARG002 - for those that show more
        """What a template of the entity's own shows beside the record."""
        return {}

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - for those that have some
        """Text and address of files about the record, and of more pages about it."""
        return []

    def of_tab(self, row_id: Any) -> dict[str, Any]:  # noqa: ARG002 - for those that have tabs of their own
        """What the template of a tab of the entity's own shows."""
        return {}

    def _next_steps(self, record: Record, who: Any) -> list[next_steps.Step]:
        actions = self.actions_here(who, bulk=False)  # type: ignore[attr-defined]
        return next_steps.by_status(actions, lambda action: self._status_for(action, record))

    def _status_for(self, action: Any, record: Record) -> Any:
        """The status that decides whether the action makes sense now."""
        name = getattr(action, "status_attribute", "status")
        if name == "status":
            return record.status
        model = self.entity.model
        return session().query(getattr(model, name)).filter(model.id == record.id).scalar()

    def _place(self, row_id: Any, came_from: str) -> Place:
        return place(self.panel.role, self.listing, session(), row_id, came_from, acting())

    def _tab(self, record: Record, among: Any, tab: Tab, came_from: str | None) -> dict[str, Any]:
        """The record with what the tab shows, its tables or the history; its links keep the place in the list."""
        shown = {"record": record, "tabs": among, "tab": tab, "here": self.address_of(record.id, came_from)}
        if tab.key == HISTORY:
            return {**shown, "tables": [], "past": self._past(record)}
        if tab.template:
            return {**shown, "tables": [], "past": None, **self.of_tab(record.id)}
        found = [
            related(
                session(),
                self.panel.views[each.noun].listing,
                each.via,
                record.id,
                acting(),
                self.panel.linker(),
                form(),
                after=request.args.get(f"after_{each.noun}"),
                before=request.args.get(f"before_{each.noun}"),
            )
            for each in tab.tables
        ]
        return {**shown, "tables": found, "past": None}

    def _past(self, record: Record) -> history.Past:
        model = self.entity.model
        return history.past(
            session(),
            model,
            record.id,
            form(),
            all_fields=self.tells_all,
            restorable=[attribute_column(model, name).name for name in self.access.edit],
            until=_moment(request.args.get("until")),
        )

    def address_of(self, record_id: Any, place_query: str | None) -> str:
        """The record page of a neighbour, which keeps the place in the list."""
        more = {} if place_query is None else {PARAMETER: place_query}
        return str(self.get_url(".details_view", id=record_id, **more))


def _moment(text: str | None) -> dt.datetime | None:
    """A time of the history's own links; now for anything else, which is the newest part."""
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return now()
    return found if found.tzinfo else now()
