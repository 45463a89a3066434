"""What the platform knows and agreed about a vendor: verification, contract rate, payout account."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Base, HasId, HasVersion, check, enum_column, foreign_key
from models.user import User, UserStatus


class VerificationStatus(Status):
    """Vetting of a vendor, apart from the user's own status (B12)."""

    PENDING = "pending", "Pending", Tone.WARNING, {"under_review": "V"}
    UNDER_REVIEW = "under_review", "Under review", Tone.INFO, {"approved": "A", "rejected": "A", "pending": "A"}
    APPROVED = "approved", "Approved", Tone.SUCCESS, {"under_review": "S"}
    REJECTED = "rejected", "Rejected", Tone.DANGER, {"pending": "V"}


class PayoutSchedule(LabelledEnum):
    """How often a vendor's payouts are put together (PAY-3)."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    MANUAL = "manual", "By hand only"


class VendorProfile(HasId, HasVersion, Base):
    """One row a vendor. Account numbers are never stored: only the provider's ids and what a person may see."""

    __tablename__ = "vendor_profiles"
    __table_args__ = (
        sa.UniqueConstraint("vendor_id"),
        sa.UniqueConstraint("stripe_account_id"),
        sa.UniqueConstraint("stripe_customer_id"),
        check("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
        check("hold_days_range", "hold_days BETWEEN 0 AND 365"),
        check("bank_country_format", "bank_country ~ '^[A-Z]{2}$'"),
        check("payout_currencies_list", "jsonb_typeof(payout_currencies) = 'array'"),
        check("payouts_need_account", "NOT payouts_enabled OR stripe_account_id IS NOT NULL"),
        check("card_has_customer", "stripe_payment_method_id IS NULL OR stripe_customer_id IS NOT NULL"),
        sa.Index("ix_vendor_profiles_verification_status", "verification_status"),
        sa.Index("ix_vendor_profiles_payouts_enabled", "payouts_enabled"),
    )

    vendor_id: Mapped[uuid.UUID] = foreign_key("users.id", index=False)
    verification_status: Mapped[VerificationStatus] = enum_column(
        VerificationStatus, default=VerificationStatus.PENDING
    )
    #: Contract rate as a fraction with six places; null means "not agreed", 0 is a value (COM-1).
    commission_rate: Mapped[Decimal | None] = mapped_column(sa.Numeric(7, 6))
    #: Days after delivery before a line may be paid out; null means the platform's setting (PAY-1).
    hold_days: Mapped[int | None]
    #: Null means the platform's setting.
    payout_schedule: Mapped[PayoutSchedule | None] = enum_column(PayoutSchedule, nullable=True)
    #: The platform's own bank pays, not the provider; somebody settles each payout by hand (PAY-13).
    paid_by_hand: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    stripe_account_id: Mapped[str | None] = mapped_column(sa.String(64))
    #: Who pays plan fees at the provider, and with which card; the shop makes the one, the provider tells the other.
    stripe_customer_id: Mapped[str | None] = mapped_column(sa.String(64))
    stripe_payment_method_id: Mapped[str | None] = mapped_column(sa.String(64))
    payouts_enabled: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    requirements_past_due: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    bank_name: Mapped[str | None] = mapped_column(sa.String(100))
    bank_last4: Mapped[str | None] = mapped_column(sa.String(4), info=PII)
    bank_country: Mapped[str | None] = mapped_column(sa.String(2))
    bank_fingerprint: Mapped[str | None] = mapped_column(sa.String(64), info=PII)
    bank_changed_at: Mapped[dt.datetime | None]
    #: Currencies of the vendor's bank accounts at the provider; null while it has not told (PAY-1, 8).
    payout_currencies: Mapped[list[Any] | None]
    #: Since when the vendor is gone for good (VEN-2).
    terminated_at: Mapped[dt.datetime | None]

    #: The status of the vendor's user, which says whether the vendor may sell.
    standing: Mapped[UserStatus] = column_property(
        sa.select(User.status).where(User.id == vendor_id).correlate_except(User).scalar_subquery()
    )

    vendor: Mapped[User] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"Vendor profile {self.id}"
