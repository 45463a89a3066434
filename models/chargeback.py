"""Chargebacks: what customers' banks take back, and the one answer that the platform may give (DSP-8, DSP-9)."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum, Status, Tone
from models.base import PII, Amount, Base, Currency, HasId, HasVersion, check, enum_column, foreign_key
from models.order import Order
from models.payment import Payment
from models.user import User


class ChargebackStatus(Status):
    """The provider's words (B12). An inquiry (`warning_...`) takes no money; it may become a chargeback."""

    WARNING_NEEDS_RESPONSE = (
        "warning_needs_response",
        "Inquiry to answer",
        Tone.WARNING,
        {"warning_under_review": "P", "needs_response": "P"},
    )
    WARNING_UNDER_REVIEW = (
        "warning_under_review",
        "Inquiry answered",
        Tone.INFO,
        {"warning_closed": "P", "needs_response": "P"},
    )
    WARNING_CLOSED = "warning_closed", "Inquiry closed", Tone.NEUTRAL
    NEEDS_RESPONSE = "needs_response", "Needs an answer", Tone.DANGER, {"under_review": "P", "lost": "P"}
    UNDER_REVIEW = "under_review", "With the bank", Tone.INFO, {"won": "P", "lost": "P"}
    WON = "won", "Won", Tone.SUCCESS, {"lost": "P"}
    LOST = "lost", "Lost", Tone.DANGER, {"won": "P"}


#: What may still be answered, once.
ANSWERABLE = frozenset({ChargebackStatus.WARNING_NEEDS_RESPONSE, ChargebackStatus.NEEDS_RESPONSE})
#: The bank has the money, or keeps it (REF-1).
COUNTED = frozenset({ChargebackStatus.NEEDS_RESPONSE, ChargebackStatus.UNDER_REVIEW, ChargebackStatus.LOST})
#: Undecided: the customer may yet get the money from the bank, so no refund may give it to them too (REF-6).
RUNNING = frozenset({ChargebackStatus.NEEDS_RESPONSE, ChargebackStatus.UNDER_REVIEW})
#: Nothing is owed to the bank any more, so vendors may have their earnings (PAY-1).
HARMLESS = frozenset({ChargebackStatus.WON, ChargebackStatus.WARNING_CLOSED})
CLOSED = HARMLESS | {ChargebackStatus.LOST}


class EvidenceKind(LabelledEnum):
    """Which question of the bank a text answers; the provider's names of them."""

    PRODUCT_DESCRIPTION = "product_description"
    REFUND_POLICY_DISCLOSURE = "refund_policy_disclosure", "How the refund policy was shown"
    REFUND_REFUSAL_EXPLANATION = "refund_refusal_explanation", "Why there was no refund"
    CANCELLATION_POLICY_DISCLOSURE = "cancellation_policy_disclosure", "How the cancellation policy was shown"
    CANCELLATION_REBUTTAL = "cancellation_rebuttal", "Why it was not cancelled"
    DUPLICATE_CHARGE_EXPLANATION = "duplicate_charge_explanation", "Why it was not charged twice"
    ACCESS_ACTIVITY_LOG = "access_activity_log", "Use of what was bought"
    UNCATEGORIZED_TEXT = "uncategorized_text", "Anything else"


class Chargeback(HasId, HasVersion, Base):
    """A payment that the customer's bank disputes, over `amount` in `currency`; `fee` is what the provider kept.

    A dispute about the payment of a checkout is a chargeback of each of its orders, with their parts of both (MON-6).

    It follows the provider and is never decided here. While it counts against the payment a trigger keeps
    `payments.charged_back_amount` (REF-1). `decisions` counts what the bank decided, each with journals of its own
    (DSP-9). `idempotency_key` is committed before the answer is sent, which works once (DSP-8, IDE-1).
    """

    __tablename__ = "chargebacks"
    __table_args__ = (
        sa.UniqueConstraint("stripe_dispute_id", "order_id"),
        sa.UniqueConstraint("idempotency_key"),
        check("amount_positive", "amount > 0"),
        check("counters_in_range", "least(decisions, bookings, attempt - 1) >= 0"),
        check("closed_has_time", "(status IN ('won', 'lost', 'warning_closed')) = (closed_at IS NOT NULL)"),
        check("sending_has_sender", "idempotency_key IS NULL OR evidence_submitted_by IS NOT NULL"),
        check("second_person", "NOT second_person_required OR approved_by <> evidence_submitted_by"),
        check(
            "second_person_agreed",
            "NOT second_person_required OR num_nulls(approved_by, evidence_submitted_by) = 0",
        ),
        sa.Index("ix_chargebacks_created_at_id", "created_at", "id"),
        sa.Index("ix_chargebacks_status_created_at_id", "status", "created_at", "id"),
        sa.Index("ix_chargebacks_order_id_status", "order_id", "status"),
        sa.Index("ix_chargebacks_payment_id_status", "payment_id", "status"),
        sa.Index("ix_chargebacks_evidence_due_at_id", "evidence_due_at", "id"),
    )

    payment_id: Mapped[uuid.UUID] = foreign_key("payments.id", index=False)
    #: Copied from the payment for row scope.
    order_id: Mapped[uuid.UUID] = foreign_key("orders.id", index=False)
    stripe_dispute_id: Mapped[str] = mapped_column(sa.String(64))
    amount: Mapped[Amount]
    currency: Mapped[Currency]
    fee: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    #: The bank's word for why, such as `fraudulent`.
    reason: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[ChargebackStatus] = enum_column(ChargebackStatus)
    decisions: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    #: How many movements of money the provider had booked when we last looked: what knows fewer is older.
    bookings: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    #: What of `amount` the vendor and the commission bear if it is lost; set aside since it was opened (E9b, E10).
    vendor_share: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    commission_share: Mapped[Amount] = mapped_column(default=Decimal(0), server_default="0")
    evidence_due_at: Mapped[dt.datetime | None]
    evidence_submitted_at: Mapped[dt.datetime | None]
    evidence_submitted_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    second_person_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    approved_by: Mapped[uuid.UUID | None] = foreign_key("users.id")
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255))
    request_hash: Mapped[str | None] = mapped_column(sa.String(64))
    request_params: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), info=PII)
    first_sent_at: Mapped[dt.datetime | None]
    failure_reason: Mapped[str | None]
    closed_at: Mapped[dt.datetime | None]

    order: Mapped[Order] = relationship(lazy="raise")
    payment: Mapped[Payment] = relationship(lazy="raise")
    submitter: Mapped[User | None] = relationship(foreign_keys=[evidence_submitted_by], lazy="raise")
    approver: Mapped[User | None] = relationship(foreign_keys=[approved_by], lazy="raise")

    def __str__(self) -> str:
        return self.stripe_dispute_id


class ChargebackEvidence(HasId, Base):
    """A text for the bank. Append-only, and nothing is added once the answer is on its way (DSP-8)."""

    __tablename__ = "chargeback_evidence"
    __table_args__ = (
        check("text_not_empty", "text <> ''"),
        sa.Index("ix_chargeback_evidence_created_at_id", "created_at", "id"),
    )

    chargeback_id: Mapped[uuid.UUID] = foreign_key("chargebacks.id")
    kind: Mapped[EvidenceKind] = enum_column(EvidenceKind)
    text: Mapped[str] = mapped_column(info=PII)
    added_by: Mapped[uuid.UUID] = foreign_key("users.id")

    chargeback: Mapped[Chargeback] = relationship(lazy="raise")
    author: Mapped[User] = relationship(lazy="raise")
