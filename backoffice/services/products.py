"""Moderation and sale of products (B12, MOD-1 to MOD-5). Every decision takes many products in a few statements.

`seen` is what the person decided about: product ids with the `content_version` on their screen (None: whatever it is
now). Each function returns an outcome for each of them; a product that cannot follow is left alone and reported.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission
from backoffice.services import moderation
from backoffice.services.change_requests import end
from backoffice.services.guards import require, require_person, required_text
from backoffice.services.product_content import REVIEWED
from backoffice.services.product_news import tell_vendors
from backoffice.services.subscriptions import limits
from backoffice.services.transitions import Outcome, move_many
from models import Product
from models.moderation_decision import ModerationVerdict
from models.product import ProductStatus, RejectionReason

Seen: TypeAlias = Mapping[uuid.UUID, int | None]

_MODERATORS_ONLY = "Only admins moderate products."
_NOT_YOURS = "You may not change products."


def approve(session: Session, seen: Seen, *, acting: Acting, rule: str | None = None) -> list[Outcome]:
    """Approve pending products whose content is still what was seen (MOD-1); their vendors are told.

    `rule` names why the system may decide, where no person does (MOD-6).
    """
    require(acting, Permission.PRODUCTS_MODERATE, _MODERATORS_ONLY)
    values = {**_decision(acting, rule), "rejection_reason": None, "rejection_message": None}
    outcomes = _move(session, seen, ProductStatus.APPROVED, acting=acting, values=values)
    _record(session, outcomes, ModerationVerdict.APPROVED, acting, rule=rule)
    tell_vendors(session, outcomes, event="product.approved", verb="approved")
    return outcomes


def reject(
    session: Session,
    seen: Seen,
    *,
    reason: RejectionReason,
    message: str,
    note: str | None = None,
    acting: Acting,
) -> list[Outcome]:
    """Reject pending products with a reason code and a message to the vendor (MOD-2), as the version seen (MOD-1).

    `note` stays in the house.
    """
    outcomes = _turn_down(
        session, seen, (ProductStatus.PENDING,), "product.rejected", "rejected", reason, message, acting=acting
    )
    _record(session, outcomes, ModerationVerdict.REJECTED, acting, reason=reason, message=message, note=note)
    return outcomes


def take_down(
    session: Session,
    seen: Seen,
    *,
    reason: RejectionReason,
    message: str,
    note: str | None = None,
    acting: Acting,
) -> list[Outcome]:
    """Take products that had passed review out of the shop, with reason and message (MOD-2).

    What their vendors wanted to change of them is superseded.
    """
    outcomes = _turn_down(session, seen, REVIEWED, "product.taken_down", "taken down", reason, message, acting=acting)
    end.supersede(session, [outcome.id for outcome in outcomes if outcome.moved], acting=acting)
    _record(session, outcomes, ModerationVerdict.TAKEN_DOWN, acting, reason=reason, message=message, note=note)
    return outcomes


def activate(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """List approved or inactive products in the shop; `published_at` is set the first time only (MOD-5).

    What left the shop while a change of it waits for review stays off it until then (MOD-3).
    """
    require(acting, Permission.PRODUCTS_WRITE, _NOT_YOURS)
    values = {"published_at": sa.func.coalesce(Product.__table__.c.published_at, sa.func.now())}
    off = end.taken_off(session, seen)
    fit = {key: version for key, version in seen.items() if key not in off}
    outcomes = _move(session, fit, ProductStatus.ACTIVE, acting=acting, values=values)
    if acting.vendor_id is None:
        tell_vendors(session, outcomes, event="product.activated", verb="listed in the shop")
    return [*outcomes, *(_left(key, end.TAKEN_OFF) for key in off)]


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
    left = [_left(key, limits.TOO_MANY) for key in over]
    return [*_move(session, fit, ProductStatus.PENDING, acting=acting), *left]


def withdraw(session: Session, seen: Seen, *, acting: Acting) -> list[Outcome]:
    """Take products back from review, or a rejected one up again, as drafts."""
    require(acting, Permission.PRODUCTS_SELL, "Only the vendor withdraws a product.")
    return _move(session, seen, ProductStatus.DRAFT, acting=acting)


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


def _decision(acting: Acting, rule: str | None = None) -> dict[str, Any]:
    """Who decided, when, and about which content (MOD-1)."""
    return {
        "reviewed_by": require_person(acting) if rule is None else None,
        "reviewed_at": sa.func.now(),
        "reviewed_version": Product.__table__.c.content_version,
    }


def _left(key: uuid.UUID, refusal: str) -> Outcome:
    return Outcome(id=key, before=None, fresh=True, moved=False, refusal=refusal)


def _record(
    session: Session, outcomes: list[Outcome], verdict: ModerationVerdict, acting: Acting, **said: str | None
) -> None:
    """Keep the decisions about the content that was seen (MOD-1); what was said is kept without blanks around it."""
    moderation.record(
        session,
        Product,
        outcomes,
        verdict,
        vendor=Product.vendor_id,
        seen=Product.content_version,
        acting=acting,
        **{name: (text or "").strip() or None for name, text in said.items()},
    )


def _move(session: Session, seen: Seen, to: ProductStatus, *, acting: Acting, **options: Any) -> list[Outcome]:
    return move_many(session, Product, seen, to, acting=acting, version="content_version", owner="vendor_id", **options)
