"""What the end of a change request leaves behind: the product where it was, and no request of a product taken down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.services import transitions
from models import Product, ProductChangeRequest
from models.change_request import OPEN, ChangeRequestStatus
from models.product import ProductStatus

TAKEN_OFF = "It left the shop while a change of it waits for review; it comes back with the decision."
_DECIDED = "The change that it waited for is over."
_TAKEN_DOWN = "The product was taken down."


def relist(
    session: Session, over: Iterable[tuple[ProductChangeRequest, Product]], *, acting: Acting, flush: bool = True
) -> None:
    """Put the products back into the shop that these requests took off it; both are read locked (MOD-3)."""
    for request, product in over:
        if request.unpublished and product.status is ProductStatus.INACTIVE:
            values = {"published_at": product.published_at or NOW}
            transitions.move(
                session, product, ProductStatus.ACTIVE, acting=acting, reason=_DECIDED, values=values, flush=flush
            )


def supersede(session: Session, products: Sequence[uuid.UUID], *, acting: Acting) -> None:
    """End the open requests of products that were taken down: what they were compared with is no more."""
    if not products:
        return
    open_ = sa.select(ProductChangeRequest.id).where(
        ProductChangeRequest.product_id.in_(products), ProductChangeRequest.status.in_(OPEN)
    )
    system = Acting.system(request_id=acting.request_id)
    seen = dict.fromkeys(session.scalars(open_))
    if seen:
        to = ChangeRequestStatus.SUPERSEDED
        transitions.move_many(session, ProductChangeRequest, seen, to, acting=system, reason=_TAKEN_DOWN)


def taken_off(session: Session, products: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Which of these products left the shop until a change of theirs is decided (MOD-3)."""
    found = sa.select(ProductChangeRequest.product_id).where(
        ProductChangeRequest.product_id.in_(list(products)),
        ProductChangeRequest.status.in_(OPEN),
        ProductChangeRequest.unpublished,
    )
    return frozenset(session.scalars(found))
