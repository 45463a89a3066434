"""Changing one cell of a list where it stands: the form's own field, rules and audit, for one attribute."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin.base import expose

from backoffice.errors import InvalidInputError
from backoffice.services import scope
from models.base import Base
from views.columns import Kind, column, personal
from views.current import acting, session
from views.current import form as shape
from views.forms.convert import RowForm, make_form
from views.forms.saving import waits
from views.ids import wanted_id
from views.listing.query import ListQuery
from views.records import reading
from views.records.query import pin

#: Kinds whose field fits into a cell.
_SMALL = frozenset(
    {Kind.TEXT, Kind.CODE, Kind.EMAIL, Kind.LINK, Kind.MONEY, Kind.NUMBER, Kind.RATE, Kind.BOOL, Kind.TIME, Kind.ENUM}
)


class CellPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    listing: ListQuery
    label_of: Any
    render: Any
    inline_names: frozenset[str] = frozenset()
    _cell_forms: dict[str, type[RowForm]]

    def build_cell_forms(self) -> None:
        """Make a form for each attribute that can be changed in the list; called once, at start."""
        model, offered = self.entity.model, self.listing.layouts.offered
        names = [name for name in self.access.edit if name in offered and column(model, name).kind in _SMALL]
        self._cell_forms = {name: make_form(model, [name], self.label_of) for name in names}
        self.inline_names = frozenset(names)

    @expose("/cell/", methods=("GET", "POST"))
    def cell_view(self) -> Any:
        """GET is the cell as a field with the row's version; POST saves it if nobody else did, and is the cell again.

        Refused input and another person's change answer with the field, what was typed, and the reason.
        """
        # In the address, because an attribute may be called "name" too.
        name = request.args.get("name", "")
        if name not in self.inline_names:
            abort(404)
        posted = request.method == "POST"
        row: Base = scope.get_visible(session(), self.entity.model, wanted_id(), acting(), lock=posted)
        form = self._cell_forms[name](request.form if posted else None, obj=row)
        if not posted:
            seen = personal([column(self.entity.model, name)])
            reading.note(session(), self.entity.model, self._id(row), seen, acting())
            return self._plain(row, name) if "plain" in request.args else self._field(row, form, name, [])
        if request.form.get("row_version") != str(getattr(row, "version", "")):
            theirs = form[name].text(form[name].object_data) or "empty"
            told = f"Somebody else changed this record. This is now: {theirs}. Save again to replace it."
            return self._field(row, form, name, [told]), 409
        problems: list[str] = []
        row_id = self._id(row)
        # Rules see what the form page shows them: the touched attribute and nothing else.
        if form.validate() and self.update_model(form, row, problems, names=(name,)):  # type: ignore[attr-defined]
            return self._plain(row, name, waits(form))
        version = request.form["row_version"]
        return self._field_of(row_id, version, form, name, [*problems, *form[name].errors]), 422

    def _id(self, row: Any) -> Any:
        return row.id

    def _field(self, row: Any, form: Any, name: str, problems: list[str]) -> str:
        return self._field_of(row.id, str(row.version), form, name, problems)

    def _field_of(self, row_id: Any, version: str, form: Any, name: str, problems: list[str]) -> str:
        return self.render(
            "list/cell_field.html", row_id=row_id, version=version, one=form[name], name=name, problems=problems
        )

    def _plain(self, row: Any, name: str, waiting: str | None = None) -> str:
        """The cell as the list shows it, read back from the database, with the version that ticks carry now.

        `waiting` says that what was typed waits for a review.
        """
        session().flush()
        layout = self.listing.layouts.of([name])
        model = self.entity.model
        sort = next(iter(self.listing.sorts))
        found = (
            session()
            .execute(layout.selects[sort].where(self.access.scope(model, acting()), model.id == row.id))
            .first()
        )
        if found is None:
            raise InvalidInputError("The record is no longer in this list.")
        width = len(self.listing.pins)
        (cell,) = layout.cells(found, self.panel.linker(), shape())
        return self.render(
            "list/cell.html",
            cell=cell,
            column=layout.columns[0],
            name=name,
            waiting=waiting,
            pin=pin(found[0], found[1 : 1 + width]),
        )
