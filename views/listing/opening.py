"""With which filters a list opens: those of its address, of a saved view, or of the panel's default view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from backoffice.services.saved_views import Preference, View
from views.listing.conditions import is_condition
from views.listing.moment import moment
from views.listing.query import ListQuery, Question, kept

VIEW = "view"
#: The list without any view, also where the panel has a default one.
NO_VIEW = "none"


@dataclass(slots=True, kw_only=True)
class Opened:
    """What is really asked, the view it comes from, and whether it was changed since."""

    args: MultiDict[str, str]
    view: View | None = None
    changed: bool = False
    #: Whether the view adds something that the address does not say yet.
    moved: bool = False
    problems: list[str] = field(default_factory=list)


def asked(listing: ListQuery, opened: Opened, preference: Preference) -> Question:
    """The question of a list as it was opened: its address, then the view, then what the person likes."""
    view = opened.view
    return listing.ask(
        opened.args,
        moment(),
        columns=(view.columns if view else None) or preference.columns,
        sort=(view.sort if view else None) or preference.sort,
        size=preference.size,
    )


def parameters(query: str) -> MultiDict[str, str]:
    """A kept query as parameters; more than anybody writes are left out."""
    try:
        return MultiDict(parse_qsl(query, max_num_fields=200))
    except ValueError:
        return MultiDict()


def open_list(args: MultiDict[str, str], views: Sequence[View]) -> Opened:
    """A list without parameters opens with the default view; `?view=<id>` alone stands for what the view has kept.

    Both move on to the address that says it all, which can be linked, and which the pages that come after understand.
    """
    wanted = args.get(VIEW)
    if not args:
        view = next((one for one in views if one.is_default), None)
    else:
        view = next((one for one in views if str(one.id) == wanted), None)
    opened = Opened(args=MultiDict(args), view=view)
    if view is None:
        if wanted and wanted != NO_VIEW:
            opened.problems.append("There is no such view any more; all rows are shown.")
            opened.args.poplist(VIEW)
        return opened
    if any(name == "q" or is_condition(name) for name in args):
        opened.changed = kept(args, only_filter=True) != view.query or args.get("sort", view.sort) != view.sort
        return opened
    opened.args = parameters(view.query)
    if view.sort:
        opened.args["sort"] = view.sort
    for name in args:
        if name != VIEW:
            opened.args.setlist(name, args.getlist(name))
    opened.args[VIEW] = str(view.id)
    opened.moved = sorted(opened.args.items(multi=True)) != sorted(args.items(multi=True))
    opened.changed = args.get("sort", view.sort) != view.sort
    return opened
