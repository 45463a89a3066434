"""Asking for a file of the rows that match: the list compiles what a worker carries out (decision 0006)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.errors import DomainError, InvalidInputError
from backoffice.services import audit, saved_views
from backoffice.services.exports import request as exports
from backoffice.services.exports import texts
from backoffice.services.exports.life import MAX_ROWS
from models.export import ExportFormat
from views.columns import Column, personal, resolve
from views.current import acting, session
from views.listing import export
from views.listing.moment import moment
from views.listing.opening import parameters
from views.listing.query import ListQuery, kept

LONGEST_QUERY = 8_000


class ExportPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    listing: ListQuery
    get_url: Any

    @expose("/export/", methods=("POST",))
    def export(self) -> Response:
        """The rows that match, with the columns that the list shows, as a file that a worker makes."""
        form = request.form
        try:
            wanted = ExportFormat(form.get("format", ""))
        except ValueError:
            raise InvalidInputError("Choose CSV, Excel or JSON.", field="format") from None
        columns = form.getlist("columns")
        if not columns:
            preference, _ = saved_views.of_list(session(), self.panel.role, self.entity.noun, acting())
            columns = preference.columns or []
        return self.order(wanted, form.get("query", ""), columns)

    def order(self, wanted: ExportFormat, query: str, columns: Sequence[Any]) -> Response:
        """Ask for the file, and go to where it will be; asked for twice it is made once."""
        try:
            new = self._submit_export(wanted, query, columns)
        except DomainError as refusal:
            if isinstance(refusal, InvalidInputError):
                raise
            flash(refusal.message, "danger")
        else:
            told = "is being made. You are told when it is ready." if new else "is being made already."
            flash(f"{self.entity.label} as {wanted.label}: the file {told}", "success" if new else "info")
        return redirect(self.get_url(f"{self.panel.role.value}_exports.index"))

    def _submit_export(self, wanted: ExportFormat, query: str, columns: Sequence[Any]) -> bool:
        if len(query) > LONGEST_QUERY:
            raise InvalidInputError("The filter is too long for an export.")
        who, args = acting(), parameters(query)
        question = self.listing.ask(args, moment())
        for problem in question.problems:
            flash(problem, "warning")
        keys = self.listing.layouts.known(columns)
        chosen = self._columns(keys)
        # A text cell of Excel stays one, and JSON has no formulas.
        heads, selected = export.selection(chosen, safe=wanted is ExportFormat.CSV)
        statement = (
            sa.select(*selected)
            .select_from(self.entity.model)
            .where(self.access.scope(self.entity.model, who), *question.clauses)
            .order_by(*question.sort.order())
            .limit(MAX_ROWS)
        )
        sort = [("sort", args["sort"])] if self.listing.sort(args.get("sort")) else []
        made, new = exports.submit(
            session(),
            exports.Wanted(
                panel=self.panel.role,
                noun=self.entity.noun,
                label=self.entity.label,
                format=wanted,
                query="&".join(part for part in (kept(args, only_filter=True), urlencode(sort)) if part),
                columns=keys or None,
                heads=heads,
                statement=texts.compiled(session(), statement),
            ),
            who,
        )
        if new:
            audit.record(
                session(),
                audit.Event.EXPORTED,
                entity=self.entity.model.__tablename__,
                entity_id="list",
                acting=who,
                # What was searched for may be somebody's address, and the log cannot be rewritten (A6).
                after={
                    "panel": self.panel.role.value,
                    "export": str(made.id),
                    "format": wanted.value,
                    "filter": kept(args, without=("q",), only_filter=True),
                    "searched": bool(question.text),
                    "columns": personal(chosen),
                },
            )
        return new

    def _columns(self, keys: Sequence[str]) -> tuple[Column, ...]:
        """What the person has chosen for the list, else what the table of access has for files."""
        if keys:
            return tuple(self.listing.layouts.offered[key] for key in keys)
        return resolve(self.entity.model, self.access.export or self.access.columns)
