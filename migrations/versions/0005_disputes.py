"""Disputes about orders.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="open", nullable=False),
        sa.Column("priority", sa.String(length=32), server_default="medium", nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("resolution_notes", sa.Text(), nullable=True),
        sa.Column("requested_refund_amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("approved_refund_amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "outcome IN ('refund_full', 'refund_partial', 'replace', 'reject', 'withdrawn')",
            name=op.f("ck_disputes_outcome"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome NOT IN ('refund_full', 'refund_partial') OR approved_refund_amount > 0",
            name=op.f("ck_disputes_refund_outcome_has_amount"),
        ),
        sa.CheckConstraint("priority IN ('low', 'medium', 'high', 'urgent')", name=op.f("ck_disputes_priority")),
        sa.CheckConstraint(
            "status <> 'in_review' OR assigned_to IS NOT NULL", name=op.f("ck_disputes_review_has_assignee")
        ),
        sa.CheckConstraint(
            "status <> 'resolved' OR num_nulls(outcome, resolution_notes, resolved_at) = 0",
            name=op.f("ck_disputes_resolved_has_outcome"),
        ),
        sa.CheckConstraint("status IN ('open', 'in_review', 'resolved', 'closed')", name=op.f("ck_disputes_status")),
        sa.CheckConstraint(
            "type IN ('refund', 'quality_issue', 'shipping_issue', 'fraud', 'other')", name=op.f("ck_disputes_type")
        ),
        sa.CheckConstraint(
            "approved_refund_amount = round(approved_refund_amount, currency_exponent(currency))",
            name=op.f("ck_disputes_approved_refund_amount_exact"),
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_disputes_currency_known")),
        sa.CheckConstraint(
            "least(requested_refund_amount, approved_refund_amount) >= 0", name=op.f("ck_disputes_amounts_not_negative")
        ),
        sa.CheckConstraint(
            "requested_refund_amount = round(requested_refund_amount, currency_exponent(currency))",
            name=op.f("ck_disputes_requested_refund_amount_exact"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["users.id"], name=op.f("fk_disputes_assigned_to"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["users.id"], name=op.f("fk_disputes_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_disputes_opened_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_disputes_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["vendor_id"], ["users.id"], name=op.f("fk_disputes_vendor_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_assigned_to"), "disputes", ["assigned_to"], unique=False)
    op.create_index("ix_disputes_created_at_id", "disputes", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_disputes_customer_id"), "disputes", ["customer_id"], unique=False)
    op.create_index(op.f("ix_disputes_opened_by"), "disputes", ["opened_by"], unique=False)
    op.create_index("ix_disputes_order_id_status", "disputes", ["order_id", "status"], unique=False)
    op.create_index("ix_disputes_status_created_at_id", "disputes", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_disputes_vendor_id_created_at_id", "disputes", ["vendor_id", "created_at", "id"], unique=False)
    op.create_index(
        "uq_disputes_running",
        "disputes",
        ["order_id", "type"],
        unique=True,
        postgresql_where=sa.text("status IN ('open', 'in_review')"),
    )
    op.create_table(
        "dispute_messages",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("attachments", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("is_internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("message <> ''", name=op.f("ck_dispute_messages_message_not_empty")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_dispute_messages_dispute_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_dispute_messages_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_messages")),
    )
    op.create_index("ix_dispute_messages_created_at_id", "dispute_messages", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_dispute_messages_dispute_id"), "dispute_messages", ["dispute_id"], unique=False)
    op.create_index(op.f("ix_dispute_messages_user_id"), "dispute_messages", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("dispute_messages")
    op.drop_table("disputes")
