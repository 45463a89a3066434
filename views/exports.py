"""A person's own exports of lists."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.errors import NotFoundError
from backoffice.services.exports import own
from backoffice.services.exports.carry_out import LIFE
from models import Export
from views.current import acting, session
from views.ids import wanted_id
from views.own_files import Line, OwnFiles


class Exports(OwnFiles):
    """A list's file is had only where the panel still has the list."""

    noun = "exports"
    label = "Exports"
    life = LIFE
    head = "List"
    once_more = "Again"
    none_yet = "You have not exported anything.", "Choose Export on a list; the file will be here for a week."

    @expose("/")
    def index(self) -> str:
        """All of them, newest first."""
        return str(self.render("exports/exports.html", panel=self.panel, entity=self, **self._shown()))

    @expose("/again/", methods=("POST",))
    def again(self) -> Response:
        """Ask for the same once more, compiled anew with the rights of now."""
        export = own.own(session(), Export, self.panel.role, wanted_id(), acting())
        if not self._open(export.noun):
            raise NotFoundError
        return self.panel.views[export.noun].order(export.format, export.query, export.columns or [])

    def _open(self, noun: str) -> bool:
        """Whether the panel exports this noun today."""
        return noun in self.panel.views and self.panel.views[noun].access.export is not None

    def _to_fetch(self, row_id: uuid.UUID) -> Export:
        export = own.to_fetch(session(), Export, self.panel.role, row_id, acting())
        if not self._open(export.noun):
            raise NotFoundError
        return export

    def _noted(self, one: Export) -> tuple[str, Any, dict[str, Any]]:
        table = self.panel.views[one.noun].entity.model.__tablename__
        return table, "list", {"panel": self.panel.role.value, "export": str(one.id)}

    def _stem(self, one: Export) -> str:
        return one.noun

    def _mine(self) -> list[Export]:
        return list(own.mine(session(), Export, self.panel.role, acting(), without=(Export.statement,)))

    def _line(self, one: Export, *, there: bool, **times: Any) -> Line:
        shown = self._open(one.noun)
        return Line(
            file=one,
            title=str(one),
            href=f"{request.script_root}{self.panel.path}/{one.noun}/" + (f"?{one.query}" if one.query else ""),
            remarks="",
            there=there and shown,
            again=one.status not in self.life.open and shown,
            **times,
        )
