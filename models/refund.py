"""Refunds: asked for, approved by finance, sent to the provider; and the lines they are about."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.order_item import OrderItem
from models.payment import Payment
from models.user import User


class RefundStatus(Status):
    """Life of a refund (REF-4). All before `rejected` and `failed` count against the payment's cap (REF-1)."""

    REQUESTED = "requested", "Requested", Tone.WARNING, {"approved": "F", "rejected": "F"}
    APPROVED = "approved", "Approved", Tone.INFO, {"processing": "S"}
    PROCESSING = "processing", "Processing", Tone.INFO, {"succeeded": "PS", "failed": "PS"}
    SUCCEEDED = "succeeded", "Succeeded", Tone.SUCCESS, {"failed": "P"}
    FAILED = "failed", "Failed", Tone.DANGER, {"approved": "F"}
    REJECTED = "rejected", "Rejected", Tone.NEUTRAL


class RefundKind(LabelledEnum):
    """What is given back (REF-3)."""

    LINES = "lines", "Order lines"
    SHIPPING = "shipping"
    GOODWILL = "goodwill"
    OVERPAYMENT = "overpayment"


class RefundReason(LabelledEnum):
    """Why, for reporting and for the provider."""

    REQUESTED_BY_CUSTOMER = "requested_by_customer", "Requested by the customer"
    NOT_RECEIVED = "not_received", "Not received"
    DEFECTIVE = "defective", "Defective or not as described"
    DUPLICATE = "duplicate", "Paid twice"
    FRAUDULENT = "fraudulent"
    GOODWILL = "goodwill"
    OTHER = "other"


class RefundBearer(LabelledEnum):
    """Whose money it is in the end (REF-8)."""

    VENDOR = "vendor"
    PLATFORM = "platform"
    SPLIT = "split"


class CommissionPolicy(LabelledEnum):
    """Whether the platform gives its commission back with the refund (COM-6)."""

    REVERSE = "reverse"
    KEEP = "keep"


class Refund(HasId, HasVersion, Base):
    """Money back to a customer, in `currency`. Maker is `requested_by`, checker `approved_by` (WHO-1).

    `idempotency_key` and `request_hash` are committed before the first call to the provider and never reused with
    other parameters (IDE-1, M3). `attempt` rises only after a definite failure.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        sa.UniqueConstraint("stripe_refund_id"),
        sa.UniqueConstraint("idempotency_key"),
        check("amount_positive", "amount > 0"),
        check("second_person", "NOT second_person_required OR approved_by <> requested_by"),
        check(
            "decided_has_approver",
            "status NOT IN ('approved', 'processing', 'succeeded') OR num_nulls(approved_by, approved_at) = 0",
        ),
        check("approval_is_whole", "num_nulls(approved_by, approved_at) <> 1"),
        check("processing_has_key", "status NOT IN ('processing', 'succeeded') OR idempotency_key IS NOT NULL"),
        check(
            "succeeded_has_provider_id",
            "status <> 'succeeded' OR (stripe_refund_id IS NOT NULL AND processed_at IS NOT NULL)",
        ),
        check("failed_has_reason", "status <> 'failed' OR failure_code IS NOT NULL"),
        check("rejected_has_reason", "status <> 'rejected' OR rejection_note IS NOT NULL"),
        check("attempt_positive", "attempt > 0"),
        check("shipping_within_amount", "shipping_amount BETWEEN 0 AND amount"),
        check("shipping_is_all", "kind <> 'shipping' OR shipping_amount = amount"),
        check("shipping_where_it_may", "shipping_amount = 0 OR kind IN ('lines', 'shipping')"),
        check("restock_is_of_lines", "NOT restock OR kind = 'lines'"),
        sa.Index("ix_refunds_created_at_id", "created_at", "id"),
        sa.Index("ix_refunds_reason_created_at_id", "reason", "created_at", "id"),
        sa.Index("ix_refunds_kind_created_at_id", "kind", "created_at", "id"),
        sa.Index("ix_refunds_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_refunds_order_id_status", "order_id", "status"),
        sa.Index("ix_refunds_processed_at", "processed_at", postgresql_where=sa.text("processed_at IS NOT NULL")),
        sa.Index("ix_refunds_payment_id_status", "payment_id", "status"),
    )

    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    payment_id: Mapped[uuid.UUID] = foreign_key("payments.id", index=False)
    dispute_id: Mapped[uuid.UUID | None] = foreign_key("disputes.id")
    kind: Mapped[RefundKind] = enum_column(RefundKind)
    amount: Mapped[Amount]
    #: How much of `amount` is shipping cost; the rest of one about lines is their sum, tax included (REF-2).
    shipping_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    currency: Mapped[Currency]
    status: Mapped[RefundStatus] = enum_column(RefundStatus, default=RefundStatus.REQUESTED)
    reason: Mapped[RefundReason] = enum_column(RefundReason)
    note: Mapped[str | None]
    bearer: Mapped[RefundBearer] = enum_column(RefundBearer, default=RefundBearer.VENDOR)
    commission_policy: Mapped[CommissionPolicy] = enum_column(CommissionPolicy, default=CommissionPolicy.REVERSE)
    #: Whether the units of its lines go back into stock when it succeeds (STK-3).
    restock: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    requested_by: Mapped[uuid.UUID] = foreign_key("users.id")
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    approved_at: Mapped[dt.datetime | None]
    second_person_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    rejection_note: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255))
    request_hash: Mapped[str | None] = mapped_column(sa.String(64))
    #: The parameters of the provider call, as sent; a retry sends exactly these (M3).
    request_params: Mapped[dict[str, Any] | None]
    first_sent_at: Mapped[dt.datetime | None]
    stripe_refund_id: Mapped[str | None] = mapped_column(sa.String(64))
    failure_code: Mapped[str | None] = mapped_column(sa.String(64))
    failure_reason: Mapped[str | None]
    processed_at: Mapped[dt.datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")
    payment: Mapped[Payment] = relationship(lazy="raise")
    requester: Mapped[User] = relationship(foreign_keys=[requested_by], lazy="raise")

    def __str__(self) -> str:
        return f"Refund {self.id}"


class RefundItem(HasId, Base):
    """How much of one order line a refund gives back; caps per line are checked by a trigger (REF-2).

    `amount` is of what the customer paid for the goods, `tax_amount` of the tax on them. What it takes from commission
    and vendor is written when the refund succeeded, and is what the ledger posted for it (COM-4, E7).
    """

    __tablename__ = "refund_items"
    __table_args__ = (
        sa.UniqueConstraint("refund_id", "order_item_id"),
        check("quantity_not_negative", "quantity >= 0"),
        check("amount_positive", "amount > 0"),
        check("parts_not_negative", "least(tax_amount, vendor_amount) >= 0"),
    )

    refund_id: Mapped[uuid.UUID] = foreign_key("refunds.id", index=False)
    order_item_id: Mapped[uuid.UUID] = foreign_key("order_items.id")
    quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    amount: Mapped[Amount]
    tax_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    #: Commission, tax on it and the platform discount that came back, and what the vendor bears, of this line. After a
    #: refund that failed late the next one may correct a cent the other way.
    commission_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    commission_tax: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    promotion_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    vendor_amount: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    currency: Mapped[Currency]

    refund: Mapped[Refund] = relationship(lazy="raise")
    order_item: Mapped[OrderItem] = relationship(lazy="raise")
