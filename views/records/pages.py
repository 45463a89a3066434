"""The record page."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin.base import expose

from backoffice.permissions import Role
from views.columns import personal
from views.current import acting, form, session
from views.listing.search import parse_uuid
from views.records import history, reading
from views.records.query import RecordQuery, related


def wanted_id() -> Any:
    """The `id` of the address; anything that is no UUID is a record that does not exist."""
    return parse_uuid(request.args.get("id", "")) or abort(404)


class RecordPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    record: RecordQuery
    render: Any

    @expose("/details/")
    def details_view(self) -> str:
        """One record with what belongs to it, its history, and what can be done."""
        row_id, who = wanted_id(), acting()
        record = self.record.fetch(session(), row_id, who, self.panel.linker(), form())
        if self.entity.opened is not None:
            self.entity.opened(session(), row_id, who)
        reading.note(session(), self.entity.model, row_id, personal(self.record.columns), who)
        tables = [
            related(session(), view.listing, each.via, row_id, who, self.panel.linker(), form())
            for each in self.access.related
            if (view := self.panel.views.get(each.noun)) is not None
        ]
        admin = self.panel.role is Role.ADMIN
        model = self.entity.model
        remarks = self.access.remarks
        return self.render(
            "record/record.html",
            record=record,
            remarks=(remarks[0], remarks[1](session(), [row_id]).get(row_id, ())) if remarks else None,
            tables=[table for table in tables if table.rows],
            steps=history.steps(session(), model, row_id, form(), names=admin) if self.access.history else [],
            downloads=self.downloads(row_id),
            audit=history.audit(session(), model, row_id, form()) if admin else [],
            actions=[
                action
                for action in self.actions_here(who, bulk=False)  # type: ignore[attr-defined]
                if action.allowed_from is None or self._status_for(action, row_id, record) in action.allowed_from
            ],
        )

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - for those that have some
        """Text and address of files about the record."""
        return []

    def _status_for(self, action: Any, row_id: Any, record: Any) -> Any:
        """The status that decides whether the action makes sense now."""
        name = getattr(action, "status_attribute", "status")
        if name == "status":
            return record.status
        model = self.entity.model
        return session().query(getattr(model, name)).filter(model.id == row_id).scalar()
