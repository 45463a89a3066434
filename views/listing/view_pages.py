"""Saving a list as a view, arranging the views, and choosing the columns of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from backoffice.errors import DomainError, ForbiddenError, NotFoundError
from backoffice.services import saved_view_changes as changes
from backoffice.services import saved_views
from views import htmx
from views.actions.choice import came_from
from views.current import acting, session
from views.ids import wanted_id
from views.listing.opening import parameters
from views.listing.query import DEFAULT_SIZE, PAGE_SIZES, ListQuery, kept, page_size

#: What can be done with a view: the parameter `do`, and the use case.
_SIMPLE: Mapping[str, Callable[..., Any]] = {
    "share": lambda *given, acting: changes.share(*given, shared=True, acting=acting),
    "unshare": lambda *given, acting: changes.share(*given, shared=False, acting=acting),
    "pin": lambda *given, acting: changes.pin(*given, shown=True, acting=acting),
    "unpin": lambda *given, acting: changes.pin(*given, shown=False, acting=acting),
    "default": lambda *given, acting: changes.set_default(*given, on=True, acting=acting),
    "no-default": lambda *given, acting: changes.set_default(*given, on=False, acting=acting),
    "delete": changes.delete,
}
_DONE = {
    "share": "Everybody in this panel sees the view now.",
    "unshare": "Only you see the view now.",
    "pin": "The view is in the menu.",
    "unpin": "The view is out of the menu.",
    "default": "This list opens with the view now.",
    "no-default": "This list opens with all rows now.",
    "delete": "View deleted.",
    "rename": "View renamed.",
    "move": "View moved.",
    "overwrite": "View saved.",
}


class ViewPages:
    """Mixin of `EntityView`: nothing here concerns rows, only how this person sees them."""

    entity: Any
    panel: Any
    listing: ListQuery
    render: Any
    get_url: Any

    @expose("/views/", methods=("GET", "POST"))
    def views_view(self) -> str | Response:
        """GET shows the views of this list to arrange; POST saves the list as it is asked as a new one."""
        if request.method != "POST":
            return self._views_page(request.args.get("query", ""))
        query, sort = self._asked()
        columns = self.listing.layouts.known(request.form.getlist("columns")) or None
        try:
            made = changes.create(
                session(),
                panel=self.panel.role,
                noun=self.entity.noun,
                name=request.form.get("name", ""),
                query=query,
                columns=columns,
                sort=sort,
                acting=acting(),
            )
        except DomainError as refusal:
            return self._refused(refusal)
        flash("View saved.", "success")
        return redirect(self.get_url(".index_view", view=made))

    @expose("/views/change/", methods=("POST",))
    def change_view(self) -> str | Response:
        """One change of one view, named by `do`."""
        view_id = wanted_id("view")
        wanted = request.form.get("do", "")
        try:
            self._change(wanted, view_id)
        except DomainError as refusal:
            return self._refused(refusal)
        flash(_DONE[wanted], "success")
        if wanted == "overwrite":
            return redirect(self.get_url(".index_view", view=view_id))
        arranging = self.get_url(".views_view")
        back = came_from(arranging)
        # A view that is gone is in no address, and a page that was refused has one that nobody can open.
        return redirect(arranging if wanted == "delete" or "/views/change/" in back else back)

    def _change(self, wanted: str, view_id: Any) -> None:
        given, who = (session(), self.panel.role, view_id), acting()
        if wanted in _SIMPLE:
            _SIMPLE[wanted](*given, acting=who)
        elif wanted == "rename":
            changes.rename(*given, request.form.get("name", ""), acting=who)
        elif wanted == "move":
            place = request.form.get("position", "")
            changes.move(*given, int(place) if place.isdecimal() and len(place) < 5 else -1, acting=who)
        elif wanted == "overwrite":
            query, sort = self._asked()
            columns = self.listing.layouts.known(request.form.getlist("columns")) or None
            changes.overwrite(*given, query=query, columns=columns, sort=sort, acting=who)
        else:
            abort(404)

    def _asked(self) -> tuple[str, str | None]:
        """Filters and order of the posted query, as the list itself would read them."""
        args = parameters(request.form.get("query", "")[: changes.LONGEST_QUERY + 1])
        sort = args.get("sort")
        return kept(args, only_filter=True), sort if self.listing.sort(sort) else None

    def _refused(self, refusal: DomainError) -> Any:
        """The page again with the reason; what was typed is still there."""
        if isinstance(refusal, NotFoundError | ForbiddenError):
            raise refusal
        session().rollback()
        page = self._views_page(request.form.get("query", ""), problem=refusal.message, name=request.form.get("name"))
        return page, refusal.status

    def _views_page(self, query: str, problem: str | None = None, name: str | None = None) -> str:
        _, views = saved_views.of_list(session(), self.panel.role, self.entity.noun, acting())
        return self.render(
            "list/views.html" if htmx.asks() else "list/views_page.html",
            views=views,
            query=query,
            problem=problem,
            name=name or "",
            columns=self.listing.layouts.known(request.values.getlist("columns")),
        )

    @expose("/settings/", methods=("GET", "POST"))
    def settings_view(self) -> str | Response:
        """Columns, their order, the order of rows and the page size, as this person wants them here."""
        layouts, who = self.listing.layouts, acting()
        if request.method != "POST":
            preference, _ = saved_views.of_list(session(), self.panel.role, self.entity.noun, who)
            chosen = layouts.known(preference.columns or ()) or tuple(one.key for one in layouts.usual.columns)
            return self.render(
                "list/settings.html" if htmx.asks() else "list/settings_page.html",
                columns=[layouts.offered[key] for key in (*chosen, *(k for k in layouts.offered if k not in chosen))],
                chosen=chosen,
                sorts=self.listing.sorts,
                sort=preference.sort or "",
                sizes=PAGE_SIZES,
                size=preference.size or DEFAULT_SIZE,
                back=request.args.get("back", ""),
            )
        form = request.form
        usual = "usual" in form
        sort = form.get("sort")
        saved_views.prefer(
            session(),
            self.panel.role,
            self.entity.noun,
            columns=None if usual else layouts.known(_ordered(form)) or None,
            sort=sort if not usual and self.listing.sort(sort) else None,
            size=None if usual else page_size(form.get("size")),
            acting=who,
        )
        flash("The list looks as it did at first." if usual else "The list is as you chose.", "success")
        back = form.get("back", "")
        query = kept(parameters(back), without=("sort", "size")) if back else ""
        return redirect(self.get_url(".index_view") + (f"?{query}" if query else ""))


def _ordered(form: MultiDict[str, str]) -> list[str]:
    """The ticked columns, by the number beside each, then as they were shown."""

    def place(key: str) -> int:
        text = form.get(f"place_{key}", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 9999

    return sorted(form.getlist("columns"), key=place)
