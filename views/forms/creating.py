"""Making a row that a picker of another form then refers to, in a dialog beside that form."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import abort, request

from views import htmx
from views.current import acting

#: Parameter of a create form in a dialog: the reference that the new row is for, as `noun.attribute`.
FOR = "for"


class Offer(NamedTuple):
    """What a picker offers to make, and where its form is: by itself, and as a dialog."""

    label: str
    page: str
    dialog: str


class CreatingPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    pickers: dict[str, Any]
    get_url: Any
    label_of: Any

    def offers(self) -> dict[str, Offer]:
        """By reference of this view: the entity that the person may make here; nothing for whoever only views."""
        if acting().viewer is not None:
            return {}
        found = {name: self.panel.view_of(target) for name, target in self.pickers.items()}
        return {
            name: Offer(
                label=f"New {view.entity.one}",
                page=self.get_url(f"{view.endpoint}.create_view"),
                dialog=self.get_url(f"{view.endpoint}.create_view", **{FOR: f"{self.entity.noun}.{name}"}),
            )
            for name, view in found.items()
            if view is not None and view.access.create
        }

    def wanted_for(self) -> tuple[Any, str] | None:
        """View and name of the reference for which a row is made; None for a form that is a page of its own.

        A reference that refers to something else, or that this panel does not have, is not found.
        """
        if not htmx.asks() or FOR not in request.args:
            return None
        noun, _, name = request.args[FOR].partition(".")
        view = self.panel.views.get(noun)
        if view is None or view.pickers.get(name) is not self.entity.model:
            abort(404)
        return view, name

    def made_for(self, wanted: tuple[Any, str], row_id: Any) -> str | None:
        """The label of the new row where the reference may point at it; None where it may not."""
        view, name = wanted
        label: str | None = view.label_of(self.entity.model, row_id, name)
        return label
