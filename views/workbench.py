"""The payout workbench: what is due to whom, what holds it, and from here to putting together and releasing."""

from __future__ import annotations

import uuid

from flask import abort, request
from flask_admin.base import expose

from backoffice.clock import now
from backoffice.permissions import Permission
from backoffice.services.payouts import workbench
from models import Order, OrderItem, Payout, User
from views.current import acting, session
from views.ids import parse_uuid
from views.panel_page import PanelPage


class Workbench(PanelPage):
    """One row a vendor and currency; the lines behind a row on a page of their own."""

    noun = "workbench"
    label = "Payout workbench"
    gets = ("index", "lines")

    @expose("/")
    def index(self) -> str:
        """Every pile, and the payouts of it that wait to be released."""
        rows = workbench.piles(session())
        return str(
            self.render(
                "payouts/workbench.html",
                panel=self.panel,
                entity=self,
                piles=rows,
                now=now(),
                link=self.panel.linker(),
                models={"vendor": User, "payout": Payout},
                lines=lambda vendor, currency: self.get_url(".lines", vendor=vendor, currency=currency),
                release=self.get_url(f"{self.panel.role.value}_payouts.act_release"),
                settle=self._settle if acting().may(Permission.PAYOUTS_RELEASE) else None,
            )
        )

    def _settle(self, payout_id: uuid.UUID) -> str:
        """Where a payout is settled by hand (PAY-13)."""
        return str(self.get_url(f"{self.panel.role.value}_payouts.act_settle", one=1, rowid=payout_id))

    @expose("/lines/")
    def lines(self) -> str:
        """The order lines of one pile, each with everything that holds it."""
        vendor_id = parse_uuid(request.args.get("vendor", ""))
        vendor = session().get(User, vendor_id or uuid.UUID(int=0))
        currency = request.args.get("currency", "")
        if vendor is None or len(currency) != 3:
            abort(404)
        return str(
            self.render(
                "payouts/lines.html",
                panel=self.panel,
                entity=self,
                vendor=vendor,
                currency=currency,
                lines=workbench.lines(session(), vendor.id, currency),
                limit=workbench.LIMIT,
                link=self.panel.linker(),
                models={"order": Order, "line": OrderItem},
                back=self.get_url(".index"),
            )
        )
