"""Telling vendors what was decided about their products: one message a vendor, however many products."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from backoffice.services import rows
from backoffice.services.notifications import send_all
from backoffice.services.transitions import Outcome
from models import Product, ProductChangeRequest
from models.notification import NotificationType


def tell_vendors(
    session: Session,
    outcomes: Iterable[Outcome],
    *,
    event: str,
    verb: str,
    why: str | None = None,
    decided: type[Product | ProductChangeRequest] = Product,
) -> None:
    """Tell each vendor how many products were `verb` ("approved"), and `why` when it was against their wish.

    The outcomes are of rows of `decided`: products, or changes of them.
    """
    moved = [outcome.id for outcome in outcomes if outcome.moved]
    if not moved:
        return
    count = sa.func.count()
    several = sa.cast(count, sa.Text()) + f" of your products were {verb}."
    sentence = sa.case((count == 1, f"One of your products was {verb}."), else_=several)
    product = Product.id if decided is Product else ProductChangeRequest.product_id
    first = sa.func.array_agg(aggregate_order_by(product, product), type_=sa.ARRAY(sa.Uuid()))[1]
    told = sa.select(
        decided.vendor_id.label("user_id"),
        sa.literal(f"Products {verb}").label("title"),
        (sentence + (f" {why}" if why else "")).label("message"),
        sa.literal("products").label("subject_type"),
        first.label("subject_id"),
    )
    send_all(
        session,
        told.where(rows.among(decided.id, moved)).group_by(decided.vendor_id).subquery(),
        event=event,
        severity=NotificationType.WARNING if why else NotificationType.INFO,
    )
