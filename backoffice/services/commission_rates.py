"""Changing a commission rate, and what that would do to the products on sale (COM-1, COM-9)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services import settings, subscribed
from backoffice.services.guards import require
from models import PlatformSetting, Product, Subscription, SubscriptionPlan, VendorProfile
from models.product import ProductStatus

#: What names a rate: a product, a vendor's contract, a plan, or the setting of the default.
Holder: TypeAlias = Product | VendorProfile | SubscriptionPlan | PlatformSetting

DEFAULT = "commission.default_rate"
_ADMINS_ONLY = "Only admins change commission rates."


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Numbers of active products: those that a new rate reaches, and what becomes of them."""

    changing: int
    #: A product's own rate, or the vendor's contract, wins before and after.
    keeping: int
    #: A contract would stand before the rate of the plan that the vendor pays for (COM-9).
    shadowed: int


def current(holder: Holder) -> Decimal | None:
    """The rate that `holder` names now; None when it leaves it to the next. Raises `DomainError` for other settings."""
    if isinstance(holder, PlatformSetting):
        if holder.key != DEFAULT:
            raise DomainError("This setting is no commission rate.", code="no_rate")
        return Decimal(holder.value)
    return holder.commission_rate_override if isinstance(holder, Product) else holder.commission_rate


def effect(session: Session, holder: Holder, rate: Decimal | None) -> Effect:
    """What happens to the products on sale when `holder` names `rate`; counted in one statement, changes nothing."""
    default = sa.literal(Decimal(settings.get(session, DEFAULT)), sa.Numeric(7, 6))
    new = sa.literal(rate, sa.Numeric(7, 6))
    levels: list[Any] = [Product.commission_rate_override, VendorProfile.commission_rate, subscribed.RATE, default]
    level, reached = _place(holder)
    changed = [*levels[:level], new, *levels[level + 1 :]]
    before, after = sa.func.coalesce(*levels), sa.func.coalesce(*changed)
    narrower = sa.or_(sa.false(), *(one.is_not(None) for one in levels[:level]))
    hidden = sa.and_(sa.not_(narrower), new.is_not(None), *(one.is_not(None) for one in levels[level + 1 : 3]))
    count = sa.func.count()
    row = session.execute(
        sa.select(
            count.filter(before != after),
            count.filter(narrower),
            count.filter(hidden if isinstance(holder, VendorProfile) else sa.false()),
        )
        .select_from(Product)
        .outerjoin(VendorProfile, VendorProfile.vendor_id == Product.vendor_id)
        .outerjoin(Subscription, sa.and_(Subscription.vendor_id == Product.vendor_id, subscribed.ENTITLED_NOW))
        .where(Product.status == ProductStatus.ACTIVE, Product.deleted_at.is_(None), reached)
    ).one()
    return Effect(changing=row[0], keeping=row[1], shadowed=row[2])


def change(session: Session, holder: Holder, rate: Decimal | None, *, acting: Acting) -> Effect:
    """Give `holder`, read locked, another rate for new orders. Raises `DomainError`."""
    require(acting, Permission.COMMISSION_WRITE, _ADMINS_ONLY)
    current(holder)
    found = effect(session, holder, rate)
    if isinstance(holder, Product):
        holder.commission_rate_override = rate
    elif isinstance(holder, VendorProfile):
        holder.commission_rate = rate
    elif rate is None:
        raise InvalidInputError("This rate cannot be left open.", field="percent")
    elif isinstance(holder, SubscriptionPlan):
        holder.commission_rate = rate
    else:
        holder.value = format(rate, ".6f")
    session.flush()
    return found


def _place(holder: Holder) -> tuple[int, sa.ColumnElement[bool]]:
    """Where `holder` stands among the rates (COM-1), and which products it reaches."""
    holder_id: uuid.UUID = holder.id
    if isinstance(holder, Product):
        return 0, Product.id == holder_id
    if isinstance(holder, VendorProfile):
        return 1, VendorProfile.id == holder_id
    if isinstance(holder, SubscriptionPlan):
        return 2, Subscription.plan_id == holder_id
    return 3, sa.true()
