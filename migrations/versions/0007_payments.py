"""Money from customers, and back to them.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_payment_intent_id", sa.String(length=64), nullable=True),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("provider_status", sa.String(length=40), nullable=True),
        sa.Column("payment_method", sa.String(length=32), nullable=False),
        sa.Column("payment_method_details", sa.String(length=200), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_on", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("refund_reserved", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("refunded_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "payment_method IN ('card', 'bank_transfer', 'wallet', 'crypto')", name=op.f("ck_payments_payment_method")
        ),
        sa.CheckConstraint(
            "status <> 'refunded' OR refunded_amount = captured_amount", name=op.f("ck_payments_refunded_in_full")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'succeeded', 'failed', 'cancelled', 'refunded')", name=op.f("ck_payments_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('succeeded', 'refunded') OR captured_amount > 0",
            name=op.f("ck_payments_succeeded_has_capture"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('succeeded', 'refunded') OR processed_at IS NOT NULL",
            name=op.f("ck_payments_succeeded_has_processed_at"),
        ),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_payments_amount_exact")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint(
            "captured_amount = round(captured_amount, currency_exponent(currency))",
            name=op.f("ck_payments_captured_amount_exact"),
        ),
        sa.CheckConstraint("captured_amount BETWEEN 0 AND amount", name=op.f("ck_payments_captured_within_amount")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_payments_currency_known")),
        sa.CheckConstraint("least(refund_reserved, refunded_amount) >= 0", name=op.f("ck_payments_caps_not_negative")),
        sa.CheckConstraint(
            "refund_reserved + refunded_amount <= captured_amount", name=op.f("ck_payments_refunds_within_captured")
        ),
        sa.CheckConstraint(
            "refund_reserved = round(refund_reserved, currency_exponent(currency))",
            name=op.f("ck_payments_refund_reserved_exact"),
        ),
        sa.CheckConstraint(
            "refunded_amount = round(refunded_amount, currency_exponent(currency))",
            name=op.f("ck_payments_refunded_amount_exact"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("stripe_payment_intent_id", name=op.f("uq_payments_stripe_payment_intent_id")),
    )
    op.create_index("ix_payments_amount_id", "payments", ["amount", "id"], unique=False)
    op.create_index("ix_payments_created_at_id", "payments", ["created_at", "id"], unique=False)
    op.create_index("ix_payments_order_id_status", "payments", ["order_id", "status"], unique=False)
    op.create_index("ix_payments_status_created_at_id", "payments", ["status", "created_at", "id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="requested", nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("bearer", sa.String(length=32), server_default="vendor", nullable=False),
        sa.Column("commission_policy", sa.String(length=32), server_default="reverse", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_person_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rejection_note", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("request_params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stripe_refund_id", sa.String(length=64), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("bearer IN ('vendor', 'platform', 'split')", name=op.f("ck_refunds_bearer")),
        sa.CheckConstraint("commission_policy IN ('reverse', 'keep')", name=op.f("ck_refunds_commission_policy")),
        sa.CheckConstraint("kind IN ('lines', 'shipping', 'goodwill', 'overpayment')", name=op.f("ck_refunds_kind")),
        sa.CheckConstraint(
            "reason IN ('requested_by_customer', 'not_received', 'defective', 'duplicate', 'fraudulent', 'goodwill', 'other')",
            name=op.f("ck_refunds_reason"),
        ),
        sa.CheckConstraint("status <> 'failed' OR failure_code IS NOT NULL", name=op.f("ck_refunds_failed_has_reason")),
        sa.CheckConstraint(
            "status <> 'rejected' OR rejection_note IS NOT NULL", name=op.f("ck_refunds_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "status <> 'succeeded' OR (stripe_refund_id IS NOT NULL AND processed_at IS NOT NULL)",
            name=op.f("ck_refunds_succeeded_has_provider_id"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'approved', 'processing', 'succeeded', 'failed', 'rejected')",
            name=op.f("ck_refunds_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'processing', 'succeeded') OR num_nulls(approved_by, approved_at) = 0",
            name=op.f("ck_refunds_decided_has_approver"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('processing', 'succeeded') OR idempotency_key IS NOT NULL",
            name=op.f("ck_refunds_processing_has_key"),
        ),
        sa.CheckConstraint(
            "NOT second_person_required OR approved_by <> requested_by", name=op.f("ck_refunds_second_person")
        ),
        sa.CheckConstraint("amount = round(amount, currency_exponent(currency))", name=op.f("ck_refunds_amount_exact")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_refunds_attempt_positive")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_refunds_currency_known")),
        sa.CheckConstraint("num_nulls(approved_by, approved_at) <> 1", name=op.f("ck_refunds_approval_is_whole")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_refunds_approved_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_refunds_dispute_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refunds_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_refunds_requested_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refunds_idempotency_key")),
        sa.UniqueConstraint("stripe_refund_id", name=op.f("uq_refunds_stripe_refund_id")),
    )
    op.create_index(op.f("ix_refunds_approved_by"), "refunds", ["approved_by"], unique=False)
    op.create_index("ix_refunds_created_at_id", "refunds", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_refunds_dispute_id"), "refunds", ["dispute_id"], unique=False)
    op.create_index("ix_refunds_order_id_status", "refunds", ["order_id", "status"], unique=False)
    op.create_index("ix_refunds_payment_id_status", "refunds", ["payment_id", "status"], unique=False)
    op.create_index(op.f("ix_refunds_requested_by"), "refunds", ["requested_by"], unique=False)
    op.create_index("ix_refunds_status_created_at_id", "refunds", ["status", "created_at", "id"], unique=False)
    op.create_table(
        "refund_items",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_refund_items_amount_exact")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_items_amount_positive")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_refund_items_currency_known")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_refund_items_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_refund_items_order_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_items_refund_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_items")),
        sa.UniqueConstraint("refund_id", "order_item_id", name=op.f("uq_refund_items_refund_id_order_item_id")),
    )
    op.create_index(op.f("ix_refund_items_order_item_id"), "refund_items", ["order_item_id"], unique=False)


def downgrade() -> None:
    op.drop_table("refund_items")
    op.drop_table("refunds")
    op.drop_table("payments")
