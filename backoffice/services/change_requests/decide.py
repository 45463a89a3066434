"""Deciding about change requests, each as the version that was seen (MOD-1, MOD-2); vendors may withdraw them.

`seen` maps request ids to the version on the person's screen (None: whatever it is now). Products are locked before
requests, as vendors' edits do.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.permissions import Permission
from backoffice.services import moderation, scope, transitions
from backoffice.services.change_requests.end import relist
from backoffice.services.guards import require, required_text
from backoffice.services.imports.values import unpacked
from backoffice.services.product_news import tell_vendors
from backoffice.services.transitions import Outcome
from models import Product, ProductChangeRequest
from models.change_request import ChangeRequestStatus
from models.moderation_decision import ModerationVerdict
from models.product import RejectionReason

_MODERATORS_ONLY: Final = "Only admins decide about changes."
_VENDORS_ONLY: Final = "Only the vendor withdraws a change."
_GONE: Final = "The product was deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """What becomes of the requests, and what is kept of it with each of them."""

    to: ChangeRequestStatus
    values: Mapping[str, Any]
    reason: str | None = None
    #: Whether the products get the new values.
    applies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """One way to turn a change down: where it goes, what is kept, and how the vendor is told."""

    to: ChangeRequestStatus
    verdict: ModerationVerdict
    event: str
    verb: str


_DECLINED: Final = _Refusal(
    to=ChangeRequestStatus.DECLINED,
    verdict=ModerationVerdict.REJECTED,
    event="product.change_declined",
    verb="not changed",
)
_RETURNED: Final = _Refusal(
    to=ChangeRequestStatus.CHANGES_REQUESTED,
    verdict=ModerationVerdict.CHANGES_REQUESTED,
    event="product.change_returned",
    verb="not changed yet",
)


def confirm(
    session: Session, seen: Mapping[uuid.UUID, int | None], *, acting: Acting, rule: str | None = None
) -> list[Outcome]:
    """Make the changes to the products, which are reviewed by that; `rule` names why the system may (MOD-6)."""
    require(acting, Permission.PRODUCTS_MODERATE, _MODERATORS_ONLY)
    values = {"decided_by": acting.user_id, "decided_at": NOW, "reason": None, "message": None}
    decision = _Decision(to=ChangeRequestStatus.CONFIRMED, values=values, applies=True)
    outcomes = _decide(session, seen, decision, acting)
    _record(session, outcomes, ModerationVerdict.APPROVED, acting, rule=rule)
    tell_vendors(
        session, outcomes, event="product.change_confirmed", verb="changed as you asked", decided=ProductChangeRequest
    )
    return outcomes


def decline(
    session: Session,
    seen: Mapping[uuid.UUID, int | None],
    *,
    reason: RejectionReason,
    message: str,
    note: str | None = None,
    acting: Acting,
) -> list[Outcome]:
    """Turn changes down with a reason code and a message to the vendor (MOD-2); the products stay as they are."""
    return _refuse(session, seen, _DECLINED, reason=reason, message=message, note=note, acting=acting)


def ask_for_changes(
    session: Session,
    seen: Mapping[uuid.UUID, int | None],
    *,
    reason: RejectionReason,
    message: str,
    note: str | None = None,
    acting: Acting,
) -> list[Outcome]:
    """Give changes back to the vendors, who edit the product again or withdraw (MOD-2)."""
    return _refuse(session, seen, _RETURNED, reason=reason, message=message, note=note, acting=acting)


def cancel(session: Session, seen: Mapping[uuid.UUID, int | None], *, acting: Acting) -> list[Outcome]:
    """Withdraw own changes that were not decided."""
    require(acting, Permission.PRODUCTS_SELL, _VENDORS_ONLY)
    return _decide(session, seen, _Decision(to=ChangeRequestStatus.CANCELLED, values={}), acting)


def _refuse(
    session: Session,
    seen: Mapping[uuid.UUID, int | None],
    refusal: _Refusal,
    *,
    reason: RejectionReason,
    message: str,
    note: str | None,
    acting: Acting,
) -> list[Outcome]:
    """Move, keep the decision with the note apart, and tell the vendors."""
    require(acting, Permission.PRODUCTS_MODERATE, _MODERATORS_ONLY)
    text = required_text(message, "Tell the vendor why.", field="message")
    values = {"decided_by": acting.user_id, "decided_at": NOW, "reason": reason, "message": text}
    outcomes = _decide(session, seen, _Decision(to=refusal.to, values=values, reason=reason.label), acting)
    _record(session, outcomes, refusal.verdict, acting, reason=reason, message=text, note=_plain(note))
    why = f"{reason.label}. {text}"
    tell_vendors(session, outcomes, event=refusal.event, verb=refusal.verb, why=why, decided=ProductChangeRequest)
    return outcomes


def _plain(note: str | None) -> str | None:
    return (note or "").strip() or None


def _decide(
    session: Session, seen: Mapping[uuid.UUID, int | None], decision: _Decision, acting: Acting
) -> list[Outcome]:
    """Move each request that may, then its product; a request that may not is left alone and reported."""
    pairs = _locked(session, seen, acting)
    outcomes = [_outcome(key, version, pairs.get(key), decision, acting) for key, version in seen.items()]
    moved = [pairs[outcome.id] for outcome in outcomes if outcome.moved]
    for request, _ in moved:
        transitions.move(
            session, request, decision.to, acting=acting, reason=decision.reason, values=decision.values, flush=False
        )
    # Before the products: their trigger follows the requests that are still open.
    session.flush()
    if decision.applies:
        _apply(session, moved, acting)
    if decision.to is not ChangeRequestStatus.CHANGES_REQUESTED:
        relist(session, moved, acting=acting, flush=False)
        session.flush()
    return outcomes


def _locked(
    session: Session, seen: Mapping[uuid.UUID, int | None], acting: Acting
) -> dict[uuid.UUID, tuple[ProductChangeRequest, Product]]:
    visible = sa.and_(scope.predicate(ProductChangeRequest, acting), ProductChangeRequest.id.in_(list(seen)))
    products = (
        sa.select(Product)
        .where(Product.id.in_(sa.select(ProductChangeRequest.product_id).where(visible)))
        .order_by(Product.id)
    )
    requests = sa.select(ProductChangeRequest).where(visible).order_by(ProductChangeRequest.id)
    fresh = {"populate_existing": True}
    by_id = {row.id: row for row in session.scalars(products.with_for_update().execution_options(**fresh))}
    rows = session.scalars(requests.with_for_update().execution_options(**fresh)).all()
    return {row.id: (row, by_id[row.product_id]) for row in rows}


def _outcome(
    key: uuid.UUID,
    version: int | None,
    pair: tuple[ProductChangeRequest, Product] | None,
    decision: _Decision,
    acting: Acting,
) -> Outcome:
    if pair is None:
        return Outcome(id=key, before=None, fresh=False, moved=False)
    request, product = pair
    fresh = version is None or version == request.version
    refusal = _GONE if decision.applies and product.deleted_at is not None else None
    moved = fresh and refusal is None and request.status.allows(decision.to, acting.actor)
    owner = request.vendor_id
    return Outcome(id=key, before=request.status, fresh=fresh, moved=moved, owner=owner, refusal=refusal)


def _apply(session: Session, moved: list[tuple[ProductChangeRequest, Product]], acting: Acting) -> None:
    """Write what was proposed; what the products are then is what was reviewed."""
    for request, product in moved:
        for name, value in request.proposed.items():
            setattr(product, name, unpacked(Product, name, value))
    session.flush()
    table = Product.__table__.c
    session.execute(
        sa.update(Product)
        .where(Product.id.in_([product.id for _, product in moved]))
        .values(reviewed_by=acting.user_id, reviewed_at=NOW, reviewed_version=table.content_version)
    )


def _record(
    session: Session, outcomes: list[Outcome], verdict: ModerationVerdict, acting: Acting, **said: str | None
) -> None:
    """Keep the decisions; the version that was seen is the one before this decision."""
    moderation.record(
        session,
        ProductChangeRequest,
        outcomes,
        verdict,
        vendor=ProductChangeRequest.vendor_id,
        seen=ProductChangeRequest.version - 1,
        acting=acting,
        **said,
    )
