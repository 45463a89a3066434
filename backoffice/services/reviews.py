"""Moderation of customer reviews; only admins do it, never the vendor of the product (RVW-1, B12).

`seen` maps review ids to the row version on the person's screen (None: whatever it is now).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission
from backoffice.services import moderation
from backoffice.services.guards import require, require_person
from backoffice.services.notifications import Note, send
from backoffice.services.transitions import Outcome, move_many
from models import Product, ProductReview
from models.moderation_decision import ModerationVerdict
from models.product_review import ReviewRejectionReason, ReviewStatus

_ADMINS_ONLY = "Only admins moderate reviews."
_WAS = {True: "was", False: "were"}


def approve(session: Session, seen: Mapping[uuid.UUID, int | None], *, acting: Acting) -> list[Outcome]:
    """Show pending reviews in the shop, or rejected ones after an appeal."""
    require(acting, Permission.REVIEWS_MODERATE, _ADMINS_ONLY)
    values = {**_decision(acting), "rejection_reason": None, "moderation_note": None}
    outcomes = move_many(session, ProductReview, seen, ReviewStatus.APPROVED, acting=acting, values=values)
    _record(session, outcomes, ModerationVerdict.APPROVED, acting)
    _tell_vendors(session, outcomes, event="review.approved", verb="published")
    return outcomes


def reject(
    session: Session,
    seen: Mapping[uuid.UUID, int | None],
    *,
    reason: ReviewRejectionReason,
    note: str | None = None,
    acting: Acting,
) -> list[Outcome]:
    """Hide pending or approved reviews with a reason code; `note` stays inside the house (MOD-2)."""
    require(acting, Permission.REVIEWS_MODERATE, _ADMINS_ONLY)
    values = {**_decision(acting), "rejection_reason": reason, "moderation_note": (note or "").strip() or None}
    outcomes = move_many(
        session, ProductReview, seen, ReviewStatus.REJECTED, acting=acting, values=values, reason=reason.label
    )
    _record(session, outcomes, ModerationVerdict.REJECTED, acting, reason=reason, note=(note or "").strip() or None)
    # Vendors have seen published reviews only, so only the end of those is news to them.
    shown = [outcome for outcome in outcomes if outcome.before is ReviewStatus.APPROVED]
    _tell_vendors(session, shown, event="review.rejected", verb="taken down")
    return outcomes


def _record(
    session: Session, outcomes: Sequence[Outcome], verdict: ModerationVerdict, acting: Acting, **said: str | None
) -> None:
    """Keep the decisions; the version that was seen is the one before this decision."""
    vendor = sa.select(Product.vendor_id).where(Product.id == ProductReview.product_id).scalar_subquery()
    seen = ProductReview.version - 1
    moderation.record(session, ProductReview, outcomes, verdict, vendor=vendor, seen=seen, acting=acting, **said)


def _decision(acting: Acting) -> dict[str, Any]:
    return {"moderated_by": require_person(acting), "moderated_at": sa.func.now()}


def _tell_vendors(session: Session, outcomes: Sequence[Outcome], *, event: str, verb: str) -> None:
    """Tell each vendor how many reviews of their products were `verb`, in one message."""
    moved = [outcome.id for outcome in outcomes if outcome.moved]
    counts = session.execute(
        sa.select(Product.vendor_id, sa.func.count(), sa.func.min(sa.cast(ProductReview.id, sa.Text())))
        .join(ProductReview, ProductReview.product_id == Product.id)
        .where(ProductReview.id.in_(moved))
        .group_by(Product.vendor_id)
    )
    send(
        session,
        [
            Note(
                user_id=vendor,
                title=f"Reviews {verb}",
                message=f"{count} review{'' if count == 1 else 's'} of your products {_WAS[count == 1]} {verb}.",
                subject=("product_reviews", uuid.UUID(first)),
            )
            for vendor, count, first in counts
        ],
        event=event,
    )
