"""Plans and the vendors' subscriptions to them."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from backoffice.services.subscriptions import limits
from models import InvoiceCharge, Subscription, SubscriptionInvoice, SubscriptionPlan, User
from models.searchable_name import NameKind
from views.access import Access, Entity, Named, Related
from views.asked import by_currency
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
           "cancelled_at", "commission_rate", "period_start", "suspended_at", "unpaid_since", "next_plan_id",
           "next_billing_cycle", "next_amount", "next_commission_rate", "next_from", "created_at")  # fmt: skip
_INVOICES = (Related(noun="subscription_invoices", via="subscription_id"),)
_LIMITS = ("Over the plan", limits.remarks)
_SHARED = Access(
    columns=("vendor_id", "plan_id", "status", "billing_cycle", "amount", "next_billing_date", "created_at"),
    detail=("vendor_id", *_DETAIL),
    filters=("status", "vendor_id", "plan_id", "billing_cycle", "created_at", "start_date", "end_date"),
    asked=(by_currency(lambda code: Subscription.currency == code),),
    related=_INVOICES,
    history=True,
    remarks=_LIMITS,
)

ENTITY = Entity(
    noun="subscriptions",
    model=Subscription,
    label="Subscriptions",
    singular="Subscription",
    note="vendor_id",
    group="Money",
    search=(through(Subscription.vendor_id, User.email, lower=True),),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("plan_id", "status", "billing_cycle", "amount", "next_billing_date", "created_at"),
            detail=_DETAIL,
            filters=("status",),
            related=_INVOICES,
            history=True,
            remarks=_LIMITS,
        ),
    },
)
_BILL = ("kind", "status", "amount", "period_start", "period_end", "created_at")
_BILL_DETAIL = ("subscription_id", "kind", "status", "charge", "credit", "amount", "period_start", "period_end",
                "issued_at", "attempts", "next_attempt_at", "last_failure", "paid_at", "paid_by", "settlement",
                "credit_used", "created_at")  # fmt: skip
_CHARGES = (Related(noun="invoice_charges", via="invoice_id"),)
_BILLED = Access(
    columns=("vendor_id", *_BILL),
    detail=("vendor_id", *_BILL_DETAIL, "stripe_payment_intent_id"),
    filters=("status", "kind", "vendor_id", "subscription_id", "created_at"),
    related=_CHARGES,
    history=True,
)
INVOICES = Entity(
    noun="subscription_invoices",
    model=SubscriptionInvoice,
    label="Plan invoices",
    singular="Plan invoice",
    note="vendor_id",
    group="Money",
    search=(through(SubscriptionInvoice.vendor_id, User.email, lower=True),),
    access={
        Role.ADMIN: _BILLED,
        Role.FINANCE: _BILLED,
        Role.VENDOR: Access(
            columns=_BILL, detail=_BILL_DETAIL, filters=("status", "kind"), related=_CHARGES, history=True
        ),
    },
)
_TRY = ("number", "amount", "status", "failure_reason", "created_at")
_TRIED = Access(
    columns=("invoice_id", "vendor_id", *_TRY),
    detail=("invoice_id", "vendor_id", *_TRY, "failure_code", "stripe_payment_intent_id", "first_sent_at", "attempts",
            "last_error"),
    filters=("invoice_id", "vendor_id", "status"),
    sorts=("-id",),
    search=False,
    history=True,
)  # fmt: skip
CHARGES = Entity(
    noun="invoice_charges",
    model=InvoiceCharge,
    label="Plan charges",
    singular="Plan charge",
    group="Money",
    access={
        Role.ADMIN: _TRIED,
        Role.FINANCE: _TRIED,
        Role.VENDOR: Access(
            columns=("invoice_id", *_TRY), filters=("invoice_id", "status"), sorts=("-id",), search=False
        ),
    },
)
PLANS = Entity(
    noun="subscription_plans",
    model=SubscriptionPlan,
    label="Subscription plans",
    singular="Subscription plan",
    group="Money",
    imports=("slug",),
    named=Named(kind=NameKind.PLAN),
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
