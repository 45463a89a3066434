"""The bell in the header: how much is unread, and the newest of it, asked for again and again by the page itself."""

from __future__ import annotations

from flask import redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.services import notifications, scope
from models import Notification
from views import htmx
from views.current import acting, session
from views.ids import wanted_id
from views.panel_page import PanelPage

NOUN = "bell"
NEWEST = 8


class Bell(PanelPage):
    """A piece of a page."""

    noun = NOUN
    label = "Bell"
    posts = ("read", "read_all")
    unattended = ("index",)

    @expose("/")
    def index(self) -> str | Response:
        """Count and newest, in one statement; 204 when that is what the page shows already."""
        found = notifications.unread(session(), acting(), newest=NEWEST)
        if request.args.get("seen") == found.state:
            return Response(status=204)
        return self._piece(found)

    @expose("/read/", methods=("POST",))
    def read(self) -> str | Response:
        """Take one off; 404 for what somebody else was told."""
        row_id = wanted_id("rowid")
        scope.get_visible(session(), Notification, row_id, acting())
        notifications.mark_read(session(), row_id, acting())
        return self._answer()

    @expose("/read-all/", methods=("POST",))
    def read_all(self) -> str | Response:
        """Take all off."""
        notifications.mark_all_read(session(), acting())
        return self._answer()

    def _answer(self) -> str | Response:
        if not htmx.asks():
            return redirect(self.get_url(f"{self.panel.role.value}_notifications.index_view"))
        return self._piece(notifications.unread(session(), acting(), newest=NEWEST))

    def _piece(self, found: notifications.Unread) -> str:
        link = self.panel.linker()
        return str(
            self.render(
                "panel/bell.html",
                panel=self.panel,
                unread=found,
                limit=notifications.COUNTED,
                told=[(one, link(Notification, one.id)) for one in found.newest],
            )
        )
