"""Base of the pages of a person's own files: how far each is, its file while it lasts, and the same again."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import current_app, send_file
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import NotFoundError
from backoffice.services import audit
from backoffice.services.exports.life import MAX_ROWS, Life
from models import Export, Report
from views import cells
from views.current import acting, form, session
from views.ids import wanted_id
from views.panel_page import PanelPage

File = Export | Report

#: Media types of files by the end of their names.
_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One file as the page shows it."""

    file: File
    #: What it is of, and where that is; what else stands below.
    title: str
    href: str
    remarks: str
    created: cells.Cell
    expires: cells.Cell | None
    #: Whether it can be fetched, and whether it can be asked for again.
    there: bool
    again: bool


class OwnFiles(PanelPage):
    """Only one's own, whatever one may see of others' work."""

    gets = ("index", "table", "download")
    posts = ("again",)
    unattended = ("table",)
    life: ClassVar[Life]
    #: What stands above the first column, and on the button that asks again.
    head: ClassVar[str]
    once_more: ClassVar[str]
    #: What is said when there are none, and what to do about it.
    none_yet: ClassVar[tuple[str, str]]

    @expose("/table/")
    def table(self) -> str:
        """The part of the page that changes; it asks for itself again while something is being made."""
        return str(self.render("files/rows.html", panel=self.panel, entity=self, **self._shown()))

    @expose("/download/")
    def download(self) -> Response:
        """The file; noted in the audit log. 404 for another person's, and for what the role has no more."""
        one = self._to_fetch(wanted_id())
        file = current_app.extensions["files"].open(one.file_name)
        if file is None:
            raise NotFoundError("The file is not there any more. Ask for it again.")
        table, row_id, what = self._noted(one)
        audit.record(
            session(),
            audit.Event.DOWNLOADED,
            entity=table,
            entity_id=row_id,
            acting=acting(),
            after=what | {"rows": one.rows},
        )
        kind = one.format.value
        name = f"{self._stem(one)}-{one.created_at.astimezone(dt.UTC):%Y-%m-%d-%H%M}.{kind}"
        return send_file(file, mimetype=_MIMES[kind], as_attachment=True, download_name=name)

    def _to_fetch(self, row_id: uuid.UUID) -> Any:
        """The file, when this person can fetch it today. Raises `DomainError`."""
        raise NotImplementedError

    def _noted(self, one: Any) -> tuple[str, Any, dict[str, Any]]:
        """Table, id and values with which the audit log notes that the file was fetched."""
        raise NotImplementedError

    def _stem(self, one: Any) -> str:
        """What the name of the file begins with."""
        raise NotImplementedError

    def _line(self, one: Any, **times: Any) -> Line:
        """The file as the page shows it."""
        raise NotImplementedError

    def _mine(self) -> list[Any]:
        """The person's own files, newest first."""
        raise NotImplementedError

    def _shown(self) -> dict[str, Any]:
        shape, moment, found = form(), now(), self._mine()
        lines = [
            self._line(
                one,
                created=cells.time_cell(one.created_at, shape),
                expires=cells.time_cell(one.expires_at, shape) if one.expires_at else None,
                there=one.status is self.life.done and one.expires_at is not None and one.expires_at > moment,
            )
            for one in found
        ]
        return {"lines": lines, "live": any(one.status in self.life.open for one in found), "most": MAX_ROWS}
