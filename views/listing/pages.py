"""Pages of a list: the table, and the search behind pickers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Response, abort, jsonify, redirect, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from backoffice.services import saved_views, scope
from views import htmx
from views.choosable import choosable
from views.current import acting, form, session
from views.ids import parse_uuid
from views.labels import PREFIX_SEARCHED, label
from views.listing import search
from views.listing.cells import CellPages
from views.listing.chips import chips, cleared, labels_and_count
from views.listing.export_pages import ExportPages
from views.listing.filter_pages import FilterPages
from views.listing.heads import heads
from views.listing.layout import Layout
from views.listing.opening import asked, open_list
from views.listing.peek import PeekPages
from views.listing.query import PAGE_SIZES, PLACE, ListQuery, Page, count_text, kept
from views.listing.view_pages import ViewPages
from views.records.query import pin

LOOKUP_LIMIT = 50


class ListPages(FilterPages, ViewPages, PeekPages, ExportPages, CellPages):
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    listing: ListQuery
    render: Any
    get_url: Any

    @expose("/")
    def index_view(self) -> str | WerkzeugResponse:
        """The list, in five statements at most with its views and the labels of its filters, whatever its size."""
        who = acting()
        preference, views = saved_views.of_list(session(), self.panel.role, self.entity.noun, who)
        opened = open_list(request.args, views)
        if opened.moved:
            return redirect(f"{self.get_url('.index_view')}?{kept(opened.args)}")
        question = asked(self.listing, opened, preference)
        page = self.listing.page(session(), question, who)
        names, found = labels_and_count(session(), question.conditions, who, self.listing.count(question, who))
        return self.render(
            "list/list.html",
            alone=_list_alone(),
            **self._rows(page, question.layout),
            question=question,
            page=page,
            problems=[*opened.problems, *question.problems],
            count=count_text(found),
            chips=chips(question, opened.args, names),
            cleared=cleared(opened.args),
            opened=opened,
            views=views,
            sorts=self.listing.sorts,
            search_hint=self.listing.search_hint,
            **self._addresses(opened.args),
            actions=self.actions_here(who, bulk=True),  # type: ignore[attr-defined]
            sizes=PAGE_SIZES,
        )

    def _rows(self, page: Page, layout: Layout) -> dict[str, Any]:
        """The rows of a page as cells, what a rule says of each, and which columns can be changed in place."""
        width = len(self.listing.pins)
        link, shape = self.panel.linker(), form()
        rows = [(pin(row[0], row[1 : 1 + width]), row[0], layout.cells(row, link, shape)) for row in page.rows]
        remarks = self.access.remarks
        told = remarks[1](session(), [UUID(row[0]) for row in page.rows]) if remarks else {}
        return {
            "rows": rows,
            "columns": layout.columns,
            "named": layout.named is not None,
            # What a saved view keeps: nothing while the list shows its own.
            "chosen": [] if layout is self.listing.layouts.usual else [column.key for column in layout.columns],
            "heads": heads(layout.columns, self.inline_names),
            "remarks": remarks[0] if remarks else None,
            "told": {str(row_id): reasons for row_id, reasons in told.items()},
        }

    def _addresses(self, args: MultiDict[str, str]) -> dict[str, Any]:
        """What the links of a list keep of its address."""
        return {
            "kept": kept(args, without=PLACE),
            "kept_for_sort": kept(args, without=(*PLACE, "sort")),
            "kept_for_search": [
                (name, value) for name, value in args.items(multi=True) if value and name not in {*PLACE, "q"}
            ],
            "matching": kept(args, only_filter=True),
        }

    def label_of(self, target: type[Any], row_id: Any, name: str | None = None) -> str | None:
        """The label of a row that this person may see, and choose for `name`; None for any other (ACC-1)."""
        entity: Any = target
        fits = sa.true() if name is None else choosable(target, name)
        found = session().scalar(
            sa.select(label(entity)).where(entity.id == row_id, scope.predicate(target, acting()), fits)
        )
        return None if found is None else str(found)

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
        if target in PREFIX_SEARCHED and parse_uuid(text) is None:
            return sa.or_(found, label(target).istartswith(text, autoescape=True))
        return found


def _list_alone() -> bool:
    """Whether the page is there already and wants its list for another question."""
    return htmx.asks_for("list") and "HX-History-Restore-Request" not in request.headers
