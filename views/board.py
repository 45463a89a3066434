"""The board of logistics: parcels that are not done, a column a status, the oldest first."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_admin.base import expose

from backoffice.services import shipment_board
from backoffice.services.shipment_board import Column
from models import Order, Shipment
from views import cells
from views.current import acting, form, session
from views.inbox.reading import capped
from views.panel_page import PanelPage


class ShipmentBoard(PanelPage):
    """All parcels, or those of the person who looks; each column leads to the list of its rows."""

    noun = "board"
    label = "Board"

    @expose("/")
    def index(self) -> str:
        """The board as it is now."""
        who, mine = acting(), request.args.get("mine") == "1"
        columns = shipment_board.read(session(), who, mine=mine)
        return str(
            self.render(
                "shipments/board.html",
                panel=self.panel,
                entity=self,
                columns=[(one, capped(one.count), self._rows(one, mine=mine)) for one in columns],
                mine=mine,
                everybody=self.get_url(".index"),
                own=self.get_url(".index", mine=1),
                link=self.panel.linker(),
                models={"shipment": Shipment, "order": Order},
                age=lambda moment: cells.time_cell(moment, form()),
            )
        )

    def _rows(self, column: Column, *, mine: bool) -> str:
        """The list of the parcels that the column counts, the oldest first."""
        lane = column.lane
        asked: dict[str, Any] = {"f_clock": lane.kind} if lane.kind else {"f_status": lane.status, "f_label": "valid"}
        if mine:
            asked["f_assigned_to"] = acting().user_id
        query = urlencode({**asked, "sort": "created_at"})
        return f"{self.get_url(f'{self.panel.role.value}_shipments.index_view')}?{query}"
