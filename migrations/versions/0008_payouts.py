"""Money to vendors, and the money events that finance reads.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_transfer_id", sa.String(length=64), nullable=True),
        sa.Column("stripe_payout_id", sa.String(length=64), nullable=True),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("payout_method", sa.String(length=32), server_default="bank_account", nullable=False),
        sa.Column("destination_account", sa.String(length=64), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("items_hash", sa.String(length=64), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_person_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("request_params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "NOT second_person_required OR approved_by IS NOT NULL OR status IN ('pending', 'failed', 'cancelled')",
            name=op.f("ck_payouts_second_person_agreed"),
        ),
        sa.CheckConstraint("payout_method IN ('bank_account', 'debit_card')", name=op.f("ck_payouts_payout_method")),
        sa.CheckConstraint(
            "status <> 'completed' OR processed_at IS NOT NULL", name=op.f("ck_payouts_completed_has_processed_at")
        ),
        sa.CheckConstraint(
            "status <> 'completed' OR stripe_transfer_id IS NOT NULL", name=op.f("ck_payouts_completed_has_transfer")
        ),
        sa.CheckConstraint(
            "status <> 'failed' OR (failure_code IS NOT NULL AND failure_reason IS NOT NULL)",
            name=op.f("ck_payouts_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'processing' OR idempotency_key IS NOT NULL", name=op.f("ck_payouts_processing_has_key")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')", name=op.f("ck_payouts_status")
        ),
        sa.CheckConstraint(
            "NOT second_person_required OR approved_by IS NULL OR approved_by <> released_by",
            name=op.f("ck_payouts_second_person"),
        ),
        sa.CheckConstraint("amount = round(amount, currency_exponent(currency))", name=op.f("ck_payouts_amount_exact")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount_positive")),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_payouts_attempt_positive")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_payouts_currency_known")),
        sa.CheckConstraint("num_nulls(approved_by, approved_at) <> 1", name=op.f("ck_payouts_approval_is_whole")),
        sa.CheckConstraint("period_start <= period_end", name=op.f("ck_payouts_period_in_order")),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_payouts_approved_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["users.id"], name=op.f("fk_payouts_released_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["users.id"], name=op.f("fk_payouts_vendor_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payouts_idempotency_key")),
        sa.UniqueConstraint("stripe_payout_id", name=op.f("uq_payouts_stripe_payout_id")),
        sa.UniqueConstraint("stripe_transfer_id", name=op.f("uq_payouts_stripe_transfer_id")),
    )
    op.create_index("ix_payouts_amount_id", "payouts", ["amount", "id"], unique=False)
    op.create_index(op.f("ix_payouts_approved_by"), "payouts", ["approved_by"], unique=False)
    op.create_index("ix_payouts_created_at_id", "payouts", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_payouts_released_by"), "payouts", ["released_by"], unique=False)
    op.create_index("ix_payouts_status_created_at_id", "payouts", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_payouts_vendor_id_created_at_id", "payouts", ["vendor_id", "created_at", "id"], unique=False)
    op.create_table(
        "payout_items",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payout_items_amount_not_zero")),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_payout_items_amount_exact")
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_payout_items_currency_known")),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_payout_items_order_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_payout_items_payout_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_items")),
    )
    op.create_index(op.f("ix_payout_items_order_item_id"), "payout_items", ["order_item_id"], unique=False)
    op.create_index(op.f("ix_payout_items_payout_id"), "payout_items", ["payout_id"], unique=False)
    op.create_index(
        "uq_payout_items_order_item_id",
        "payout_items",
        ["order_item_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "payout_holds",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("order_item_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("source IN ('admin', 'system', 'provider', 'vendor')", name=op.f("ck_payout_holds_source")),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_payout_holds_released_has_releaser")
        ),
        sa.CheckConstraint(
            "num_nonnulls(order_id, order_item_id) <= 1", name=op.f("ck_payout_holds_one_scope_at_most")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_payout_holds_order_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_payout_holds_order_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["users.id"], name=op.f("fk_payout_holds_placed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["users.id"], name=op.f("fk_payout_holds_released_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_payout_holds_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_holds")),
    )
    op.create_index(
        "ix_payout_holds_open",
        "payout_holds",
        ["vendor_id"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(op.f("ix_payout_holds_order_id"), "payout_holds", ["order_id"], unique=False)
    op.create_index(op.f("ix_payout_holds_order_item_id"), "payout_holds", ["order_item_id"], unique=False)
    op.create_index(op.f("ix_payout_holds_placed_by"), "payout_holds", ["placed_by"], unique=False)
    op.create_index(op.f("ix_payout_holds_released_by"), "payout_holds", ["released_by"], unique=False)
    op.create_index(op.f("ix_payout_holds_vendor_id"), "payout_holds", ["vendor_id"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("vendor_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("event_key", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(direction = 'in' AND amount > 0) OR (direction = 'out' AND amount < 0)",
            name=op.f("ck_transactions_sign_is_direction"),
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_transactions_direction")),
        sa.CheckConstraint(
            "status IN ('pending', 'completed', 'failed', 'cancelled')", name=op.f("ck_transactions_status")
        ),
        sa.CheckConstraint(
            "type <> 'payment' OR payment_id IS NOT NULL", name=op.f("ck_transactions_payment_has_payment")
        ),
        sa.CheckConstraint("type <> 'payout' OR payout_id IS NOT NULL", name=op.f("ck_transactions_payout_has_payout")),
        sa.CheckConstraint("type <> 'refund' OR refund_id IS NOT NULL", name=op.f("ck_transactions_refund_has_refund")),
        sa.CheckConstraint(
            "type IN ('payment', 'payout', 'refund', 'fee', 'commission')", name=op.f("ck_transactions_type")
        ),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_transactions_amount_exact")
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_transactions_currency_known")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_transactions_order_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_transactions_payment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_transactions_payout_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_transactions_refund_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_transactions_user_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_transactions_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
    )
    op.create_index("ix_transactions_created_at_id", "transactions", ["created_at", "id"], unique=False)
    op.create_index("ix_transactions_order_id_status", "transactions", ["order_id", "status"], unique=False)
    op.create_index(op.f("ix_transactions_payment_id"), "transactions", ["payment_id"], unique=False)
    op.create_index(op.f("ix_transactions_payout_id"), "transactions", ["payout_id"], unique=False)
    op.create_index(op.f("ix_transactions_refund_id"), "transactions", ["refund_id"], unique=False)
    op.create_index("ix_transactions_type_created_at_id", "transactions", ["type", "created_at", "id"], unique=False)
    op.create_index("ix_transactions_user_id_status", "transactions", ["user_id", "status"], unique=False)
    op.create_index(
        "ix_transactions_vendor_id_created_at_id", "transactions", ["vendor_id", "created_at", "id"], unique=False
    )
    op.create_index("uq_transactions_event_key", "transactions", ["event_key"], unique=True)


def downgrade() -> None:
    op.drop_table("transactions")
    op.drop_table("payout_holds")
    op.drop_table("payout_items")
    op.drop_table("payouts")
