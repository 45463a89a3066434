"""Plans and the vendors' subscriptions to them."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import Subscription, SubscriptionPlan, User
from views.access import Access, Entity
from views.listing.search import through

_PLAN = (
    "name", "slug", "description", "monthly_price", "yearly_price", "currency", "max_products",
    "max_orders_per_month", "commission_rate", "features", "is_active",
)  # fmt: skip
_PLAN_SEEN = tuple(name for name in _PLAN if name != "currency")
#: The rate is changed by an action that shows first what changes (COM-9).
_PLAN_EDITED = tuple(name for name in _PLAN_SEEN if name != "commission_rate")
_PLAN_COLUMNS = ("name", "monthly_price", "yearly_price", "commission_rate", "max_products", "is_active")
_DETAIL = ("plan_id", "status", "billing_cycle", "amount", "start_date", "end_date", "next_billing_date",
           "cancelled_at", "created_at")  # fmt: skip
_SHARED = Access(
    columns=("vendor_id", "plan_id", "status", "billing_cycle", "amount", "next_billing_date", "created_at"),
    detail=("vendor_id", *_DETAIL),
    filters=("status", "vendor_id", "plan_id", "billing_cycle", "created_at"),
    history=True,
)

ENTITY = Entity(
    noun="subscriptions",
    model=Subscription,
    label="Subscriptions",
    singular="Subscription",
    group="Money",
    search=(through(Subscription.vendor_id, User.email, lower=True),),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("plan_id", "status", "billing_cycle", "amount", "next_billing_date", "created_at"),
            detail=_DETAIL,
            filters=("status",),
            history=True,
        ),
    },
)
PLANS = Entity(
    noun="subscription_plans",
    model=SubscriptionPlan,
    label="Subscription plans",
    singular="Subscription plan",
    group="Money",
    access={
        Role.ADMIN: Access(
            columns=_PLAN_COLUMNS,
            detail=(*_PLAN_SEEN, "created_at", "updated_at"),
            filters=("is_active",),
            create=_PLAN,
            edit=_PLAN_EDITED,
            delete=True,
            write=Permission.PLANS_WRITE,
        ),
        Role.FINANCE: Access(columns=_PLAN_COLUMNS, detail=_PLAN_SEEN, filters=("is_active",)),
        Role.VENDOR: Access(columns=_PLAN_COLUMNS, detail=_PLAN_SEEN, export=None),
    },
)
