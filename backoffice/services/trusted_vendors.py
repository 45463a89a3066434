"""Vendors whose products need no person's decision, by rule MOD-6: enough approvals, few rejections, no trouble."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import products, settings
from backoffice.services.change_requests import decide
from models import Chargeback, ModerationDecision, Order, Product, ProductChangeRequest, User
from models.change_request import ChangeRequestStatus
from models.chargeback import CLOSED
from models.moderation_decision import ModerationVerdict
from models.product import ProductStatus
from models.user import UserStatus

#: Under which name the decisions are kept.
RULE: Final = "MOD-6"
_REFUSED: Final = (ModerationVerdict.REJECTED, ModerationVerdict.TAKEN_DOWN)
_ENTITIES: Final = (Product.__tablename__, ProductChangeRequest.__tablename__)


def decide_for(session: Session, *, limit: int) -> int:
    """Approve up to `limit` products, and as many changes, that trusted vendors handed in; returns how many (MOD-6).

    Products that left the shop for their change wait for a person: the system puts nothing on sale (B12).
    """
    needed = int(settings.get(session, "products.trusted_approvals"))
    if needed == 0:
        return 0
    acting, vendors = Acting.system("moderation"), trusted(needed, settings.text("products.trusted_reject_rate"))
    pending = sa.select(Product.id).where(
        Product.status == ProductStatus.PENDING, Product.deleted_at.is_(None), Product.vendor_id.in_(vendors)
    )
    found = session.scalars(pending.order_by(Product.created_at, Product.id).limit(limit))
    outcomes = products.approve(session, dict.fromkeys(found), acting=acting, rule=RULE)
    changes = sa.select(ProductChangeRequest.id).where(
        ProductChangeRequest.status == ChangeRequestStatus.PENDING,
        ProductChangeRequest.unpublished.is_(sa.false()),
        ProductChangeRequest.vendor_id.in_(vendors),
    )
    order = (ProductChangeRequest.created_at, ProductChangeRequest.id)
    waiting = dict.fromkeys(session.scalars(changes.order_by(*order).limit(limit)))
    outcomes += decide.confirm(session, waiting, acting=acting, rule=RULE)
    return sum(outcome.moved for outcome in outcomes)


def trusted(needed: int, reject_rate: Any) -> sa.Select[Any]:
    """The ids of active vendors with `needed` approvals by people, at most that share of refusals, no chargeback open.

    What the system approved counts for nothing: trust must not feed itself.
    """
    refused = sa.func.count().filter(ModerationDecision.verdict.in_(_REFUSED))
    approved = sa.func.count().filter(ModerationDecision.verdict == ModerationVerdict.APPROVED)
    open_chargeback = (
        sa.exists()
        .where(Order.id == Chargeback.order_id, Order.vendor_id == User.id, Chargeback.status.not_in(CLOSED))
        .correlate(User)
    )
    return (
        sa.select(User.id)
        .join(ModerationDecision, ModerationDecision.vendor_id == User.id)
        .where(
            User.status == UserStatus.ACTIVE,
            ~open_chargeback,
            ModerationDecision.entity.in_(_ENTITIES),
            ModerationDecision.rule.is_(None),
        )
        .group_by(User.id)
        .having(approved >= needed, refused <= sa.cast(reject_rate, sa.Numeric()) * (approved + refused))
    )
