"""The tray in the header: what the person has set going, and how far it is, asked for by the page itself."""

from __future__ import annotations

from collections.abc import Iterator

from flask_admin.base import BaseView, expose

from backoffice.actions import registry
from backoffice.permissions import Permission
from backoffice.security import sessions
from backoffice.services import operations_recent
from models import Operation
from views.access import PANEL_PERMISSIONS
from views.current import acting, session
from views.panel import Panel

NOUN = "tray"


class Tray(BaseView):
    """A piece of a page."""

    noun = NOUN

    def __init__(self, panel: Panel) -> None:
        super().__init__(name="Tray", endpoint=f"{panel.role.value}_{NOUN}", url=f"{panel.path}/{NOUN}")
        self.panel = panel
        # Otherwise a page that is left open would keep its session alive for ever (U4).
        sessions.UNATTENDED.add(f"{self.endpoint}.index")

    @expose("/")
    def index(self) -> str:
        """The newest operations of the person, in one statement."""
        found = operations_recent.recent(session(), acting(), self.panel.role)
        link = self.panel.linker()
        return str(
            self.render(
                "panel/tray.html",
                panel=self.panel,
                recent=[(one, registry.get(one.action).label, link(Operation, one.id)) for one in found],
                running=sum(1 for one in found if one.live),
            )
        )

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Whoever has the panel sees what they have set going in it."""
        yield "GET", f"{self.endpoint}.index", frozenset({PANEL_PERMISSIONS[self.panel.role]})
