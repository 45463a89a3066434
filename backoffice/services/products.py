"""Moderation and sale of products (B12, MOD-1 to MOD-5). Every decision takes many products in a few statements.

`seen` is what the person decided about: product ids with the `content_version` on their screen (None: whatever it is
now). Each function returns an outcome for each of them; a product that cannot follow is left alone and reported.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.product_news import tell_vendors
from backoffice.services.subscriptions import limits
from backoffice.services.transitions import Outcome, move_many
from models import Product
from models.product import MATERIAL_FIELDS, ProductStatus, RejectionReason

Seen: TypeAlias = Mapping[uuid.UUID, int | None]

#: Statuses in which the shop shows, or may at any moment show, what was reviewed (MOD-3).
REVIEWED = frozenset({ProductStatus.APPROVED, ProductStatus.ACTIVE, ProductStatus.INACTIVE})
#: A vendor changes the price by this share at most without a new review (MOD-3).
SMALL_PRICE_CHANGE = Decimal("0.30")
_MODERATORS_ONLY = "Only admins moderate products."
_NOT_YOURS = "You may not change products."


def approve(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """Approve pending products whose content is still what was seen (MOD-1); their vendors are told."""
    require(acting, Permission.PRODUCTS_MODERATE, _MODERATORS_ONLY)
    values = {**_decision(acting), "rejection_reason": None, "rejection_message": None}
    outcomes = _move(session, seen, ProductStatus.APPROVED, acting=acting, values=values)
    tell_vendors(session, outcomes, event="product.approved", verb="approved")
    return outcomes


def reject(session: Session, seen: Seen, *, reason: RejectionReason, message: str, acting: Acting) -> list[Outcome]:
    """Reject pending products with a reason code and a message to the vendor (MOD-2), as the version seen (MOD-1)."""
    return _turn_down(
        session, seen, (ProductStatus.PENDING,), "product.rejected", "rejected", reason, message, acting=acting
    )


def take_down(session: Session, seen: Seen, *, reason: RejectionReason, message: str, acting: Acting) -> list[Outcome]:
    """Take products that had passed review out of the shop, with reason and message (MOD-2)."""
    return _turn_down(session, seen, REVIEWED, "product.taken_down", "taken down", reason, message, acting=acting)


def activate(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """List approved or inactive products in the shop; `published_at` is set the first time only (MOD-5)."""
    require(acting, Permission.PRODUCTS_WRITE, _NOT_YOURS)
    values = {"published_at": sa.func.coalesce(Product.__table__.c.published_at, sa.func.now())}
    outcomes = _move(session, seen, ProductStatus.ACTIVE, acting=acting, values=values)
    if acting.vendor_id is None:
        tell_vendors(session, outcomes, event="product.activated", verb="listed in the shop")
    return outcomes


def deactivate(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """Take active products off the shop for now; they can be listed again without a review."""
    require(acting, Permission.PRODUCTS_WRITE, _NOT_YOURS)
    outcomes = _move(session, seen, ProductStatus.INACTIVE, acting=acting)
    if acting.vendor_id is None:
        tell_vendors(session, outcomes, event="product.deactivated", verb="taken off the shop for now")
    return outcomes


def submit(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """Hand drafts, or rejected products that were improved, in for review; as many as the plan allows (SUB-6)."""
    require(acting, Permission.PRODUCTS_WRITE, _NOT_YOURS)
    over = limits.too_many(session, seen, lock=True)
    fit = {key: version for key, version in seen.items() if key not in over}
    left = [Outcome(id=key, before=None, fresh=True, moved=False, refusal=limits.TOO_MANY) for key in over]
    return [*_move(session, fit, ProductStatus.PENDING, acting=acting), *left]


def withdraw(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """Take products back from review, or a rejected one up again, as drafts."""
    require(acting, Permission.PRODUCTS_SELL, "Only the vendor withdraws a product.")
    return _move(session, seen, ProductStatus.DRAFT, acting=acting)


def check_vendor_edit(product: Product, changed: Mapping[str, Any]) -> None:
    """Refuse a vendor's change of material fields once a review has passed (MOD-3); others apply at once.

    `changed` are the new values by name. A price is material beyond `SMALL_PRICE_CHANGE`. Raises `DomainError` with
    code `material_edit`.
    """
    if product.status not in REVIEWED:
        return
    material = sorted(
        name
        for name, value in changed.items()
        if name in MATERIAL_FIELDS and not (name == "price" and _is_small(product.price, value))
    )
    if material:
        names = ", ".join(name.removesuffix("_id").replace("_", " ") for name in material)
        raise DomainError(
            f"This product has passed review, so you cannot change: {names}. Other fields can be changed at any time,"
            " and the price by up to 30 %.",
            code="material_edit",
        )


def _is_small(price: Decimal, new: Decimal | None) -> bool:
    return new is not None and abs(new - price) <= price * SMALL_PRICE_CHANGE


def _turn_down(
    session: Session,
    seen: Seen,
    sources: Sequence[ProductStatus] | frozenset[ProductStatus],
    event: str,
    verb: str,
    reason: RejectionReason,
    message: str,
    *,
    acting: Acting,
) -> list[Outcome]:
    require(acting, Permission.PRODUCTS_MODERATE, _MODERATORS_ONLY)
    text = required_text(message, "Tell the vendor why.", field="message")
    values = {**_decision(acting), "rejection_reason": reason, "rejection_message": text}
    outcomes = _move(
        session, seen, ProductStatus.REJECTED, acting=acting, sources=sources, values=values, reason=reason.label
    )
    tell_vendors(session, outcomes, event=event, verb=verb, why=f"{reason.label}. {text}")
    return outcomes


def _decision(acting: Acting) -> dict[str, Any]:
    """Who decided, when, and about which content (MOD-1)."""
    return {
        "reviewed_by": require_person(acting),
        "reviewed_at": sa.func.now(),
        "reviewed_version": Product.__table__.c.content_version,
    }


def _move(session: Session, seen: Seen, to: ProductStatus, *, acting: Acting, **options: Any) -> list[Outcome]:
    return move_many(session, Product, seen, to, acting=acting, version="content_version", owner="vendor_id", **options)
