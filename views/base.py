"""`EntityView`: one entity in one panel, closing every pitfall of Flask-Admin's `ModelView` once for all of them.

What differs from the stock view: every row is read through the scope of `backoffice.services.scope`; lists and exports
are column-only SELECTs; forms write only what was touched; nothing commits; routes that the table of access does not
grant are never registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint
from flask_admin.contrib.sqla import ModelView

from backoffice.database import db
from backoffice.permissions import Permission
from views.access import PANEL_PERMISSIONS, Access, Entity
from views.actions.pages import ActionPages
from views.choosable import choosable
from views.columns import attribute_column, referred_model
from views.current import acting
from views.forms.convert import RowForm
from views.forms.creating import CreatingPages
from views.forms.pages import FormPages
from views.ids import parse_uuid
from views.imports.pages import ROUTES as IMPORT_ROUTES
from views.imports.pages import ImportPages
from views.listing.pages import ListPages
from views.listing.query import ListQuery
from views.panel import Panel
from views.records.pages import RecordPages
from views.records.query import RecordQuery
from views.records.restoring import RestorePages


class EntityView(ListPages, RecordPages, RestorePages, FormPages, CreatingPages, ImportPages, ActionPages, ModelView):
    """The pages of one entity in one panel, made from its access."""

    #: More routes of a subclass: method name -> permission, None for the panel's own.
    extra_routes: dict[str, Permission | None] = {}  # noqa: RUF012 - overridden by subclasses, never changed

    #: Papers about ticked rows: text of the button, and the page that makes the file.
    papers: tuple[tuple[str, str], ...] = ()

    def __init__(self, entity: Entity, access: Access, panel: Panel) -> None:
        self.entity = entity
        self.access = access
        self.panel = panel
        self.listing = ListQuery(entity, access)
        self.record = RecordQuery(entity, access)
        self.pickers = self._pickers()
        self.build_forms()
        self.build_cell_forms()
        super().__init__(
            entity.model,
            db,
            name=entity.label,
            category=entity.group,
            endpoint=f"{panel.role.value}_{entity.noun}",
            url=f"{panel.path}/{entity.noun}",
        )

    def _refresh_cache(self) -> None:
        """Nothing is scaffolded: lists, filters and forms are made from the table of access."""
        self._create_form_class: type[RowForm] = self.create_form_class
        self._edit_form_class: type[RowForm] = self.edit_form_class

    def scaffold_auto_joins(self) -> list[Any]:
        """Nothing is joined behind our back: lists select columns."""
        return []

    def _pickers(self) -> dict[str, type[Any]]:
        """The entity behind each reference that a form or a filter of this view chooses.

        Raises `KeyError` for a reference to people of which nobody said who fits: at start, not when somebody picks.
        """
        names = {*self.access.create, *self.access.edit, *self.access.filters}
        found = {name: referred_model(attribute_column(self.entity.model, name)) for name in names}
        pickers = {name: target for name, target in found.items() if target is not None}
        for name, target in pickers.items():
            choosable(target, name)
        return pickers

    def routes(self) -> dict[str, tuple[bool, Permission]]:
        """Every page of this class: whether the access grants it, and the permission that its POST needs."""
        access, panel = self.access, PANEL_PERMISSIONS[self.panel.role]
        write = access.write or panel
        own = {name: (True, permission or panel) for name, permission in self.extra_routes.items()}
        return {
            "index_view": (True, panel),
            "details_view": (True, panel),
            "next_view": (True, panel),
            "restore_view": (bool(access.edit), write),
            "export": (access.export is not None, panel),
            **dict.fromkeys(IMPORT_ROUTES, (self.imports, write)),
            "filters_view": (bool(access.filters), panel),
            "views_view": (True, panel),
            "change_view": (True, panel),
            "settings_view": (True, panel),
            "peek_view": (True, panel),
            "cell_view": (bool(self.inline_names), write),
            "ajax_lookup": (bool(self.pickers), panel),
            "create_view": (bool(access.create), write),
            "edit_view": (bool(access.edit), write),
            "delete_view": (access.delete, write),
            **own,
        }

    def create_blueprint(self, admin: Any) -> Blueprint:
        """Register the granted routes only: the others do not exist."""
        granted = {name for name, (allowed, _) in self.routes().items() if allowed}
        self._urls = [url for url in self._urls if url[1] in granted]
        blueprint = super().create_blueprint(admin)
        for path, endpoint, _, view in self.action_endpoints():
            blueprint.add_url_rule(path, endpoint, view, methods=["GET", "POST"])
        return blueprint

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Method, endpoint and permissions of every route of this view.

        The panel's own is always among them, because several roles hold the permission to write the same noun.
        """
        permissions, panel = self.routes(), PANEL_PERMISSIONS[self.panel.role]
        for _, name, methods in self._urls:
            for method in methods or ("GET",):
                yield method, f"{self.endpoint}.{name}", frozenset({panel, permissions[name][1]})
        for _, endpoint, action, _ in self.action_endpoints():
            for method in ("GET", "POST"):
                yield method, f"{self.endpoint}.{endpoint}", frozenset({panel, action.permission})

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the view once; the stock one calls again after any `TypeError`, hiding it."""
        return fn(self, *args, **kwargs)

    def handle_view_exception(self, exc: Exception) -> bool:
        """Nothing is turned into a flash: refusals and crashes go to the application's handlers."""
        raise exc

    def get_query(self) -> Any:
        """The scoped query, for whatever of Flask-Admin still asks for one."""
        return self.session.query(self.model).filter(self.access.scope(self.model, acting()))

    def get_count_query(self) -> Any:
        """As `get_query`."""
        return self.get_query()

    def get_one(self, id: Any) -> Any:  # noqa: A002 - the name is Flask-Admin's
        """The row with this id that the person may see; None for a foreign, missing or bogus one."""
        row_id = parse_uuid(str(id))
        return None if row_id is None else self.get_query().filter(self.model.id == row_id).one_or_none()

    def render(self, template: str, **kwargs: Any) -> str:
        """The template with the panel around it."""
        return str(super().render(template, panel=self.panel, entity=self.entity, access=self.access, **kwargs))
