"""The home page of a panel: what waits for this person, counted no further than a hundred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Response, jsonify, request
from flask_admin.base import AdminIndexView, expose
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Role
from backoffice.services import saved_views, scope
from models import Chargeback, Dispute, Notification, Operation, Order, Payout, Product, ProductReview, Refund, Shipment
from models.base import Base
from models.chargeback import ChargebackStatus
from models.dispute import DisputeStatus
from models.operation import OperationStatus
from models.order import OrderStatus
from models.payout import PayoutStatus
from models.product import ProductStatus
from models.product_review import ReviewStatus
from models.refund import RefundStatus
from models.shipment import ShipmentStatus
from views import cells
from views.current import acting, form, session
from views.listing.moment import moment
from views.listing.opening import parameters
from views.panel import Panel
from views.trends import trend

LIMIT = 100
_TO_ANSWER = ChargebackStatus.NEEDS_RESPONSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Rows in one status that wait for the people of a panel."""

    label: str
    noun: str
    model: type[Base]
    status: Any


_AWAITING = Queue(
    label="Operations awaiting approval", noun="operations", model=Operation, status=OperationStatus.AWAITING_APPROVAL
)
QUEUES: dict[Role, tuple[Queue, ...]] = {
    Role.ADMIN: (
        Queue(label="Products to review", noun="products", model=Product, status=ProductStatus.PENDING),
        Queue(label="Open disputes", noun="disputes", model=Dispute, status=DisputeStatus.OPEN),
        Queue(label="Reviews to moderate", noun="reviews", model=ProductReview, status=ReviewStatus.PENDING),
        _AWAITING,
    ),
    Role.FINANCE: (
        Queue(label="Refunds to approve", noun="refunds", model=Refund, status=RefundStatus.REQUESTED),
        Queue(label="Chargebacks to answer", noun="chargebacks", model=Chargeback, status=_TO_ANSWER),
        Queue(label="Failed refunds", noun="refunds", model=Refund, status=RefundStatus.FAILED),
        Queue(label="Payouts to release", noun="payouts", model=Payout, status=PayoutStatus.PENDING),
        Queue(label="Failed payouts", noun="payouts", model=Payout, status=PayoutStatus.FAILED),
        _AWAITING,
    ),
    Role.LOGISTICS: (
        Queue(label="Shipments to pick up", noun="shipments", model=Shipment, status=ShipmentStatus.PENDING),
        Queue(label="Failed deliveries", noun="shipments", model=Shipment, status=ShipmentStatus.FAILED),
    ),
    Role.VENDOR: (
        Queue(label="Orders to process", noun="orders", model=Order, status=OrderStatus.CONFIRMED),
        Queue(label="Rejected products", noun="products", model=Product, status=ProductStatus.REJECTED),
        Queue(label="Open disputes", noun="disputes", model=Dispute, status=DisputeStatus.OPEN),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What waits in the queues, and how many rows each view in the menu has, as text."""

    queues: list[tuple[Queue, str]]
    #: View, address, count.
    pinned: list[tuple[saved_views.View, str, str]]

    def waiting(self, panel: Panel) -> list[tuple[Queue, str]]:
        """The first queue of each entry of the menu, when something is in it."""
        first: dict[str, tuple[Queue, str]] = {}
        for queue, text in self.queues:
            if text != "0" and panel.shows(queue.noun):
                first.setdefault(queue.noun, (queue, text))
        return list(first.values())


def counts(session: Session, panel: Panel, acting: Acting) -> Counts:
    """Everything that the pages of a panel count beside themselves, in two statements; none beyond a hundred."""
    queues, at = QUEUES[panel.role], moment()
    pinned = [view for view in saved_views.pinned(session, panel.role, acting) if panel.shows(view.noun)]
    asked = [_count(queue, acting) for queue in queues]
    for view in pinned:
        listing = panel.views[view.noun].listing
        asked.append(listing.counted(listing.where(parameters(view.query), at), acting, LIMIT))
    found = [_capped(count) for count in session.execute(sa.select(*asked)).one()] if asked else []
    root = request.script_root + panel.path
    return Counts(
        queues=list(zip(queues, found, strict=False)),
        pinned=[
            (view, f"{root}/{view.noun}/?view={view.id}", text)
            for view, text in zip(pinned, found[len(queues) :], strict=True)
        ],
    )


def _capped(count: int) -> str:
    return f"{LIMIT}+" if count > LIMIT else str(count)


class PanelHome(AdminIndexView):
    """The first page of a panel."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(name="Home", endpoint=panel.role.value, url=panel.path)
        self.panel = panel
        # Flask-Admin's own scripts and styles are not used, so they are not served.
        self.static_folder = None

    @expose("/counts/")
    def counts_view(self) -> str | Response:
        """Counts for the menu and the queues: as parts of the page for htmx, else as JSON."""
        found = counts(session(), self.panel, acting())
        if request.headers.get("HX-Request"):
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
        """The work queues, in one statement, and the newest unread notifications, in another."""
        who = acting()
        queues = QUEUES[self.panel.role]
        found = session().execute(sa.select(*(_count(queue, who) for queue in queues))).one()
        unread = session().scalars(
            sa.select(Notification)
            .where(Notification.user_id == who.user_id, Notification.read_at.is_(None))
            .order_by(Notification.created_at.desc())
            .limit(10)
        )
        shown = [(queue.label, _capped(count), self._href(queue)) for queue, count in zip(queues, found, strict=True)]
        link = self.panel.linker()
        told = [(one, link(Notification, one.id), cells.time_cell(one.created_at, form())) for one in unread]
        return str(self.render("admin/index.html", panel=self.panel, queues=shown, notifications=told))

    def _href(self, queue: Queue) -> str:
        return str(self.get_url(f"{self.panel.role.value}_{queue.noun}.index_view", f_status=queue.status.value))


def _count(queue: Queue, who: Acting) -> Any:
    model: Any = queue.model
    inner = sa.select(sa.literal_column("1")).select_from(model).where(scope.predicate(model, who))
    if model is Operation:
        inner = inner.where(Operation.actor_id != who.user_id)
    rows = inner.where(model.status == queue.status).limit(LIMIT + 1).subquery()
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()
