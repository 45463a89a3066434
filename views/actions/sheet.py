"""The sheet beside a page, in which an action is asked for and watched; without a script each step is a page."""

from __future__ import annotations

from typing import Final

from views import htmx

#: Where the sheet takes its parts in; `templates/admin/base.html` has it on every page.
BODY: Final = "sheet-body"


def wanted() -> bool:
    """Whether the answer goes into the sheet of a page that is there already."""
    return htmx.asks_for(BODY)
