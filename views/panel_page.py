"""Base of the pages of a panel that are about no entity: where they are, and who reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flask_admin.base import BaseView

from backoffice.permissions import Permission
from backoffice.security import sessions
from views.access import PANEL_PERMISSIONS
from views.panel import Panel


class PanelPage(BaseView):
    """A page, or a piece of one, for whoever has the panel; its methods by the verb that they answer."""

    #: Its part of the address; the menu finds the page by it, as it finds an entity's.
    noun: ClassVar[str]
    label: ClassVar[str]
    gets: ClassVar[tuple[str, ...]] = ("index",)
    posts: ClassVar[tuple[str, ...]] = ()
    #: What an open page asks for by itself, which must not keep its session alive for ever (U4).
    unattended: ClassVar[tuple[str, ...]] = ()

    def __init__(self, panel: Panel) -> None:
        super().__init__(name=self.label, endpoint=f"{panel.role.value}_{self.noun}", url=f"{panel.path}/{self.noun}")
        self.panel = panel
        sessions.UNATTENDED.update(f"{self.endpoint}.{name}" for name in self.unattended)

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Method, endpoint and permissions of every route."""
        needed = frozenset({PANEL_PERMISSIONS[self.panel.role]})
        for method, names in (("GET", self.gets), ("POST", self.posts)):
            for name in names:
                yield method, f"{self.endpoint}.{name}", needed
