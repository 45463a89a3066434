"""The tray in the header: what the person has set going, and how far it is, asked for by the page itself."""

from __future__ import annotations

from flask_admin.base import expose

from backoffice.actions import registry
from backoffice.services import operations_recent
from models import Operation
from views.current import acting, session
from views.panel_page import PanelPage

NOUN = "tray"


class Tray(PanelPage):
    """A piece of a page."""

    noun = NOUN
    label = "Tray"
    unattended = ("index",)

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
