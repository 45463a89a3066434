"""A person's own exports: how far each is, its file while it lasts, and the same again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, request, send_file
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import NotFoundError
from backoffice.services import audit
from backoffice.services.exports import request as exports
from backoffice.services.exports.life import MAX_ROWS
from models import Export
from models.export import ExportStatus
from views import cells
from views.current import acting, form, session
from views.listing.search import parse_uuid
from views.panel_page import PanelPage

LABEL = "Exports"
NOUN = "exports"
#: Media types of files by the end of their names.
MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One export as the page shows it."""

    export: Export
    created: cells.Cell
    expires: cells.Cell | None
    filter: str
    #: Whether its file can be fetched, and whether it can be asked for again.
    there: bool
    again: bool


class Exports(PanelPage):
    """Only one's own, whatever one may see of others' work."""

    noun = NOUN
    label = LABEL
    gets = ("index", "table", "download")
    posts = ("again",)
    unattended = ("table",)

    @expose("/")
    def index(self) -> str:
        """All of them, newest first."""
        return str(self.render("exports/exports.html", panel=self.panel, entity=self, **self._shown()))

    @expose("/table/")
    def table(self) -> str:
        """The part of the page that changes; it asks for itself again while something is being made."""
        return str(self.render("exports/rows.html", panel=self.panel, **self._shown()))

    @expose("/download/")
    def download(self) -> Response:
        """The file; noted in the audit log. 404 for another person's, and where the panel has no such export now."""
        export = exports.to_fetch(session(), self.panel.role, _wanted(request.args), acting())
        if not self._open(export.noun):
            raise NotFoundError
        file = current_app.extensions["files"].open(export.file_name)
        if file is None:
            raise NotFoundError("The file is not there any more. Export the list again.")
        audit.record(
            session(),
            audit.Event.DOWNLOADED,
            entity=self.panel.views[export.noun].entity.model.__tablename__,
            entity_id="list",
            acting=acting(),
            after={"panel": self.panel.role.value, "export": str(export.id), "rows": export.rows},
        )
        name = f"{export.noun}-{export.created_at.astimezone(dt.UTC):%Y-%m-%d-%H%M}.{export.format.value}"
        return send_file(file, mimetype=MIMES[export.format.value], as_attachment=True, download_name=name)

    @expose("/again/", methods=("POST",))
    def again(self) -> Response:
        """Ask for the same once more, compiled anew with the rights of now."""
        export = exports.own(session(), self.panel.role, _wanted(request.form), acting())
        if not self._open(export.noun):
            raise NotFoundError
        return self.panel.views[export.noun].order(export.format, export.query, export.columns or [])

    def _open(self, noun: str) -> bool:
        """Whether the panel exports this noun today."""
        return noun in self.panel.views and self.panel.views[noun].access.export is not None

    def _shown(self) -> dict[str, Any]:
        shape, moment = form(), now()
        found = exports.mine(session(), self.panel.role, acting())
        lines = [
            Line(
                export=one,
                created=cells.time_cell(one.created_at, shape),
                expires=cells.time_cell(one.expires_at, shape) if one.expires_at else None,
                filter=one.query,
                there=_is_there(one, moment) and self._open(one.noun),
                again=one.status not in exports.OPEN and self._open(one.noun),
            )
            for one in found
        ]
        return {
            "lines": lines,
            "live": any(one.status in exports.OPEN for one in found),
            "most": MAX_ROWS,
            "list_of": lambda noun: f"{request.script_root}{self.panel.path}/{noun}/",
        }


def _is_there(export: Export, moment: dt.datetime) -> bool:
    return export.status is ExportStatus.DONE and export.expires_at is not None and export.expires_at > moment


def _wanted(given: Any) -> Any:
    return parse_uuid(given.get("id", "")) or abort(404)
