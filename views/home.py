"""The home page of a panel: the inbox, what came in, and what was told."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Response, jsonify, request
from flask_admin.base import AdminIndexView, expose
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.security import sessions
from backoffice.services import saved_views
from backoffice.services.guards import require_person
from backoffice.services.payouts.outlook import outlook
from models import Notification
from views import cells, htmx
from views.current import acting, form, session
from views.inbox import reading
from views.inbox.queues import Queue
from views.inbox.reading import LIMIT, Waiting, capped
from views.listing.moment import moment
from views.listing.opening import parameters
from views.panel import Panel
from views.trends import trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What waits behind the entries of the menu, and how many rows each view in it has, as text."""

    queues: list[tuple[Queue, str]]
    #: View, address, count.
    pinned: list[tuple[saved_views.View, str, str]]


def counts(session: Session, panel: Panel, acting: Acting) -> Counts:
    """Everything that the pages of a panel count beside themselves, in two statements; none beyond a hundred."""
    at, queues = moment(), reading.menu(panel)
    pinned = [view for view in saved_views.pinned(session, panel.role, acting) if panel.shows(view.noun)]
    asked = [(queue.noun, queue.rows(require_person(acting))) for queue in queues]
    asked += [(view.noun, view.query) for view in pinned]
    listings = [(panel.views[noun].listing, parameters(query)) for noun, query in asked]
    parts = [listing.counted(listing.where(args, at), acting, LIMIT) for listing, args in listings]
    found = [capped(count) for count in session.execute(sa.select(*parts)).one()]
    root = request.script_root + panel.path
    return Counts(
        queues=list(zip(queues, found, strict=False)),
        pinned=[
            (view, f"{root}/{view.noun}/?view={view.id}", text)
            for view, text in zip(pinned, found[len(queues) :], strict=True)
        ],
    )


class PanelHome(AdminIndexView):
    """The first page of a panel."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(name="Home", endpoint=panel.role.value, url=panel.path)
        self.panel = panel
        # The page asks for it by itself, which keeps nobody signed in.
        sessions.UNATTENDED.add(f"{panel.role.value}.inbox_view")
        # Flask-Admin's own scripts and styles are not used, so they are not served.
        self.static_folder = None

    @expose("/counts/")
    def counts_view(self) -> str | Response:
        """Counts for the menu and the queues: as parts of the page for htmx, else as JSON."""
        found = counts(session(), self.panel, acting())
        if htmx.asks():
            return str(self.render("panel/counts.html", panel=self.panel, found=found))
        return jsonify(
            queues=[{"label": one.label, "count": text} for one, text in found.queues],
            pinned=[{"noun": one.noun, "name": one.name, "href": href, "count": text}
                    for one, href, text in found.pinned],
        )  # fmt: skip

    @expose("/trend/")
    def trend_view(self) -> str:
        """What came in lately, as a part of the home page."""
        found = trend(session(), self.panel.role, acting(), form())
        return str(self.render("panel/trend.html", panel=self.panel, trend=found))

    @expose()
    def index(self) -> str:
        """The inbox, in one statement, the newest unread notifications, in another, and a vendor's money."""
        who = acting()
        unread = session().scalars(
            sa.select(Notification)
            .where(Notification.shown_to(who.user_id), Notification.read_at.is_(None))
            .order_by(Notification.created_at.desc())
            .limit(10)
        )
        link = self.panel.linker()
        told = [(one, link(Notification, one.id), cells.time_cell(one.created_at, form())) for one in unread]
        return str(
            self.render(
                "admin/index.html",
                panel=self.panel,
                inbox=self._inbox(),
                outlook=outlook(session(), who.vendor_id, now().date()) if who.vendor_id else None,
                form=form(),
                notifications=told,
            )
        )

    @expose("/inbox/")
    def inbox_view(self) -> str:
        """The inbox alone, for the page that is open all day."""
        return str(self.render("panel/inbox.html", panel=self.panel, inbox=self._inbox()))

    def _inbox(self) -> list[tuple[Waiting, cells.Cell]]:
        """The queues, each with the age of its oldest row."""
        found = reading.read(session(), self.panel, acting(), moment())
        return [(one, cells.time_cell(one.oldest, form()) if one.oldest else cells.BLANK) for one in found]
