"""Plans that vendors subscribe to, and their subscriptions."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasDeletedAt, HasId, HasVersion, Rate, check, enum_column, foreign_key
from models.schemas import FACTS, written_as
from models.user import User


class SubscriptionPlan(HasId, HasVersion, HasDeletedAt, Base):
    """ERD `SUBSCRIPTION_PLANS`. Prices are in `currency`; null limits mean "no limit"."""

    __tablename__ = "subscription_plans"
    __table_args__ = (
        sa.Index("uq_subscription_plans_slug", "slug", unique=True, postgresql_where=sa.text("deleted_at IS NULL")),
        check("prices_not_negative", "least(monthly_price, yearly_price) >= 0"),
        check("limits_not_negative", "least(max_products, max_orders_per_month) >= 0"),
        check("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
        sa.Index("ix_subscription_plans_created_at_id", "created_at", "id"),
    )

    name: Mapped[str] = mapped_column(sa.String(80))
    slug: Mapped[str] = mapped_column(sa.String(80))
    description: Mapped[str | None]
    monthly_price: Mapped[Amount]
    yearly_price: Mapped[Amount]
    currency: Mapped[Currency]
    max_products: Mapped[int | None]
    max_orders_per_month: Mapped[int | None]
    #: Fraction with six places, 0.080000 is 8 % (COM-7).
    commission_rate: Mapped[Decimal] = mapped_column(sa.Numeric(7, 6))
    features: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=written_as(FACTS))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())

    def __str__(self) -> str:
        return self.name


class SubscriptionStatus(Status):
    """Life of a subscription (B12)."""

    ACTIVE = "active", "Active", Tone.SUCCESS, {"cancelled": "VA", "suspended": "SA", "expired": "S"}
    CANCELLED = "cancelled", "Cancelled", Tone.WARNING, {"active": "V", "expired": "S"}
    EXPIRED = "expired", "Expired", Tone.NEUTRAL
    SUSPENDED = "suspended", "Suspended", Tone.DANGER, {"active": "SA", "expired": "S", "cancelled": "VA"}


class BillingCycle(LabelledEnum):
    """How often the plan is paid."""

    MONTHLY = "monthly"
    YEARLY = "yearly"


class Subscription(HasId, HasVersion, Base):
    """ERD `SUBSCRIPTIONS`. One that is not expired a vendor (SUB-1); price and rate are copied at start.

    The period that runs is `period_start` to `next_billing_date`, or to `end_date` when it will not renew. The `next_*`
    columns are the terms that a later renewal brings: a downgrade, or an edit of the plan that the vendor was told of.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        check("amount_not_negative", "amount >= 0"),
        check("dates_in_order", "start_date <= end_date"),
        check("cancelled_has_time", "status <> 'cancelled' OR cancelled_at IS NOT NULL"),
        check("suspended_has_time", "status <> 'suspended' OR suspended_at IS NOT NULL"),
        check("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
        check("anchor_is_a_day", "billing_anchor_day BETWEEN 1 AND 31"),
        check("previous_rate_has_end", "(previous_commission_rate IS NULL) = (commission_rate_since IS NULL)"),
        check("next_amount_not_negative", "next_amount >= 0"),
        check(
            "next_terms_are_whole",
            "num_nonnulls(next_plan_id, next_billing_cycle, next_amount, next_commission_rate, next_from) IN (0, 5)",
        ),
        sa.Index(
            "ix_subscriptions_next_billing_date", "next_billing_date", postgresql_where=sa.text("status = 'active'")
        ),
        sa.Index("uq_subscriptions_running", "vendor_id", unique=True, postgresql_where=sa.text("status <> 'expired'")),
        sa.Index("ix_subscriptions_created_at_id", "created_at", "id"),
        sa.Index("ix_subscriptions_start_date", "start_date"),
        sa.Index("ix_subscriptions_end_date", "end_date"),
        sa.Index("ix_subscriptions_billing_cycle_created_at_id", "billing_cycle", "created_at", "id"),
        sa.Index("ix_subscriptions_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        sa.Index("ix_subscriptions_status_created_at_id", "status", "created_at", "id"),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    plan_id: Mapped[uuid.UUID] = foreign_key("subscription_plans.id")
    status: Mapped[SubscriptionStatus] = enum_column(SubscriptionStatus, default=SubscriptionStatus.ACTIVE)
    billing_cycle: Mapped[BillingCycle] = enum_column(BillingCycle)
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    start_date: Mapped[dt.datetime]
    end_date: Mapped[dt.datetime | None]
    next_billing_date: Mapped[dt.datetime | None]
    cancelled_at: Mapped[dt.datetime | None]
    #: A fraction; what orders placed while the subscription runs pay (SUB-1, COM-1).
    commission_rate: Mapped[Rate]
    #: What orders pay that were placed before `commission_rate_since`.
    previous_commission_rate: Mapped[Rate | None]
    commission_rate_since: Mapped[dt.datetime | None]
    #: Day of the month on which periods begin, where the month has it (SUB-2).
    billing_anchor_day: Mapped[int] = mapped_column(sa.SmallInteger)
    period_start: Mapped[dt.datetime | None]
    next_plan_id: Mapped[uuid.UUID | None] = foreign_key("subscription_plans.id")
    next_billing_cycle: Mapped[BillingCycle | None] = enum_column(BillingCycle, nullable=True)
    next_amount: Mapped[Amount | None]
    next_commission_rate: Mapped[Rate | None]
    #: The first renewal at or after this moment brings them.
    next_from: Mapped[dt.datetime | None]
    suspended_at: Mapped[dt.datetime | None]
    #: Since when the last attempt to collect a fee has failed (SUB-5).
    unpaid_since: Mapped[dt.datetime | None]
    extra: Mapped[dict[str, Any] | None] = mapped_column("metadata")

    vendor: Mapped[User] = relationship(lazy="raise")
    plan: Mapped[SubscriptionPlan] = relationship(foreign_keys=[plan_id], lazy="raise")

    @property
    def period_end(self) -> dt.datetime | None:
        """The end of the period that runs."""
        return self.next_billing_date or self.end_date

    def __str__(self) -> str:
        return f"Subscription {self.id}"
