"""Pages of a list: the table, its CSV, and the search behind pickers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Response, abort, jsonify, request
from flask_admin.base import expose

from backoffice.database import db
from backoffice.services import audit, scope
from views.choosable import choosable
from views.columns import personal, resolve
from views.current import acting, form, session
from views.labels import PREFIX_SEARCHED, label
from views.listing import export, search
from views.listing.query import ListQuery, kept
from views.records.query import pin

LOOKUP_LIMIT = 50


class ListPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    listing: ListQuery
    render: Any

    @expose("/")
    def index_view(self) -> str:
        """The list: at most two statements, whatever the table's size."""
        args, who = request.args, acting()
        question = self.listing.ask(args)
        page = self.listing.page(session(), question, who)
        width = len(self.listing.pins)
        link, shape = self.panel.linker(), form()
        rows = [
            (pin(row[0], row[1 : 1 + width]), row[0], self.listing.reader.cells(row, link, shape)) for row in page.rows
        ]
        remarks = self.access.remarks
        ids = [row[0] for row in page.rows]
        told = remarks[1](session(), [UUID(one) for one in ids]) if remarks else {}
        return self.render(
            "list/list.html",
            rows=rows,
            columns=self.listing.columns,
            remarks=remarks[0] if remarks else None,
            told={str(row_id): reasons for row_id, reasons in told.items()},
            question=question,
            page=page,
            count=self.listing.count(session(), question, who),
            filters=self.listing.filters,
            sorts=self.listing.sorts,
            kept=kept(args, without=("after", "before")),
            kept_for_sort=kept(args, without=("after", "before", "sort")),
            matching=kept(args, only_filter=True),
            actions=self.actions_here(who, bulk=True),  # type: ignore[attr-defined]
            filter_labels=self._filter_labels(question),
            search_hint=self.listing.search_hint,
        )

    def _filter_labels(self, question: Any) -> dict[str, str]:
        """Labels of the rows that reference filters point at."""
        chosen = {
            each.name: each for each in self.listing.filters if each.control == "ref" and each.name in question.shown
        }
        return {
            name: self.label_of(each.target, search.parse_uuid(question.shown[name][0])) or ""
            for name, each in chosen.items()
        }

    def label_of(self, target: type[Any], row_id: Any, name: str | None = None) -> str | None:
        """The label of a row that this person may see, and choose for `name`; None for any other (ACC-1)."""
        entity: Any = target
        fits = sa.true() if name is None else choosable(target, name)
        found = session().scalar(
            sa.select(label(entity)).where(entity.id == row_id, scope.predicate(target, acting()), fits)
        )
        return None if found is None else str(found)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Response:
        """The rows that match, as CSV, at most 100,000; the request is written to the audit log."""
        if export_type != "csv" or self.access.export is None:
            abort(404)
        who = acting()
        question = self.listing.ask(request.args)
        columns = resolve(self.entity.model, self.access.export or self.access.columns)
        statement = (
            sa.select(*export.selection(columns))
            .select_from(self.entity.model)
            .where(self.access.scope(self.entity.model, who), *question.clauses)
            .order_by(*question.sort.order())
            .limit(export.MAX_ROWS)
        )
        audit.record(
            session(),
            audit.Event.EXPORTED,
            entity=self.entity.model.__tablename__,
            entity_id="list",
            acting=who,
            # What was searched for may be somebody's address, and the log cannot be rewritten (A6).
            after={
                "panel": self.panel.role.value,
                "filter": kept(request.args, without=("q",), only_filter=True),
                "searched": bool(question.text),
                "columns": personal(columns),
            },
        )
        headers = {"Content-Disposition": f'attachment; filename="{self.entity.noun}.csv"'}
        body = export.stream(db.engine, statement)
        return Response(body, mimetype="text/csv", headers=headers)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Response:
        """Rows for a picker: at most 50, only what this person may see."""
        name = request.args.get("name", "")
        target = self.pickers.get(name)  # type: ignore[attr-defined]
        if target is None:
            abort(404)
        text = search.clean(request.args.get("q"))
        limit = request.args.get("limit", "")
        wanted = int(limit) if limit.isdecimal() and len(limit) < 4 else 20
        shown = label(target)
        statement = sa.select(target.id, shown).where(scope.predicate(target, acting()), choosable(target, name))
        if text:
            statement = statement.where(self._lookup_condition(target, text))
        statement = statement.order_by(target.id.desc()).limit(min(max(wanted, 1), LOOKUP_LIMIT))
        return jsonify([{"id": str(row_id), "text": text} for row_id, text in session().execute(statement)])

    def _lookup_condition(self, target: Any, text: str) -> Any:
        """The search of the target's own list, and for small tables the start of the label."""
        entity = self.panel.has(target)
        found = search.condition(target, entity.search if entity is not None else (), text)
        if target in PREFIX_SEARCHED and search.parse_uuid(text) is None:
            return sa.or_(found, label(target).istartswith(text, autoescape=True))
        return found
