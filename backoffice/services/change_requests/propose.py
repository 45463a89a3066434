"""A vendor's edit of a reviewed product: what needs a review becomes a change request, in the same save (MOD-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import settings, transitions
from backoffice.services.change_requests.end import relist
from backoffice.services.imports.values import packed
from backoffice.services.product_content import to_review
from models import Product, ProductChangeRequest
from models.change_request import OPEN, ChangeRequestStatus
from models.product import MATERIAL_FIELDS, ProductStatus

_WAITS: Final = "A change of it waits for review."
_NOTHING_LEFT: Final = "The vendor took back everything that it proposed."


def propose(session: Session, product: Product, changed: Mapping[str, Any], *, acting: Acting) -> frozenset[str]:
    """Keep back what of `changed` needs a review, in the one open change request of `product` (MOD-4).

    `product` is read locked and still as it is in the shop. Returns the names that wait; the others are the caller's to
    write. What is wanted of a field now replaces what was wanted of it before, even when it needs no review. With the
    setting `products.unpublish_while_pending` an active product leaves the shop (MOD-3). Admins need no review.
    """
    if acting.vendor_id is None or not changed.keys() & set(MATERIAL_FIELDS):
        return frozenset()
    waiting = to_review(product, changed)
    request = session.scalars(
        sa.select(ProductChangeRequest)
        .where(ProductChangeRequest.product_id == product.id, ProductChangeRequest.status.in_(OPEN))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    wanted = {name: packed(changed[name]) for name in waiting}
    former = {name: packed(getattr(product, name)) for name in waiting}
    if request is not None:
        _replace(session, request, product, changed.keys() - waiting, wanted, former, acting)
    elif waiting:
        request = ProductChangeRequest(
            product_id=product.id,
            vendor_id=product.vendor_id,
            content_version=product.content_version,
            proposed=wanted,
            former=former,
        )
        session.add(request)
        session.flush()
    if request is not None and waiting:
        _unpublish(session, request, product, acting)
    return waiting


def _replace(
    session: Session,
    request: ProductChangeRequest,
    product: Product,
    dropped: frozenset[str] | set[str],
    wanted: Mapping[str, Any],
    former: Mapping[str, Any],
    acting: Acting,
) -> None:
    """The open request with this edit on top, waiting again; withdrawn when nothing of it is left."""
    proposed = {name: value for name, value in request.proposed.items() if name not in dropped} | dict(wanted)
    if proposed == request.proposed and request.status is ChangeRequestStatus.PENDING:
        return
    if not proposed:
        to = ChangeRequestStatus.CANCELLED
        transitions.move(session, request, to, acting=acting, reason=_NOTHING_LEFT)
        relist(session, [(request, product)], acting=acting)
        return
    request.proposed = proposed
    request.former = {name: value for name, value in {**request.former, **former}.items() if name in proposed}
    if request.status is not ChangeRequestStatus.PENDING:
        transitions.move(session, request, ChangeRequestStatus.PENDING, acting=acting)
    session.flush()


def _unpublish(session: Session, request: ProductChangeRequest, product: Product, acting: Acting) -> None:
    """Take an active product off the shop until the change is decided, where the setting says so (MOD-3)."""
    if product.status is not ProductStatus.ACTIVE or not settings.get(session, "products.unpublish_while_pending"):
        return
    transitions.move(session, product, ProductStatus.INACTIVE, acting=acting, reason=_WAITS)
    request.unpublished = True
    session.flush()
