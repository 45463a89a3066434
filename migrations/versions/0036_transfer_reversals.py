"""Taking transfers back, from a returned payout or against a debt (REC-2, PAY-9).

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


REFUSE = (
    "CREATE TRIGGER tr_transfer_reversals_status BEFORE UPDATE ON transfer_reversals FOR EACH ROW"
    " WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('processing', 'failed'),"
    " ('processing', 'succeeded'))) EXECUTE FUNCTION refuse_transition('status')"
)
TOUCH = (
    "CREATE TRIGGER touch_transfer_reversals BEFORE UPDATE ON transfer_reversals FOR EACH ROW"
    " EXECUTE FUNCTION touch_row()"
)
# What was asked for is fixed, because it may have been sent (M3).
FROZEN = (
    "CREATE TRIGGER tr_transfer_reversals_frozen BEFORE UPDATE ON transfer_reversals FOR EACH ROW"
    " WHEN ((OLD.payout_id, OLD.vendor_id, OLD.amount, OLD.currency, OLD.idempotency_key) IS DISTINCT FROM"
    " (NEW.payout_id, NEW.vendor_id, NEW.amount, NEW.currency, NEW.idempotency_key))"
    " EXECUTE FUNCTION refuse_change('what a reversal asks for is fixed')"
)


def upgrade() -> None:
    op.create_table(
        "transfer_reversals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_transfer_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="processing", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("request_params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stripe_reversal_id", sa.String(length=64), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("reason IN ('bank_return', 'debt')", name=op.f("ck_transfer_reversals_reason")),
        sa.CheckConstraint(
            "status <> 'failed' OR num_nulls(failure_code, failure_reason) = 0",
            name=op.f("ck_transfer_reversals_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'succeeded' OR stripe_reversal_id IS NOT NULL",
            name=op.f("ck_transfer_reversals_succeeded_has_provider_id"),
        ),
        sa.CheckConstraint(
            "status IN ('processing', 'succeeded', 'failed')", name=op.f("ck_transfer_reversals_status")
        ),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_transfer_reversals_amount_exact")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfer_reversals_amount_positive")),
        sa.CheckConstraint(
            "currency_exponent(currency) IS NOT NULL", name=op.f("ck_transfer_reversals_currency_known")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_transfer_reversals_approved_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payouts.id"], name=op.f("fk_transfer_reversals_payout_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_transfer_reversals_requested_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_transfer_reversals_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_reversals")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_transfer_reversals_idempotency_key")),
        sa.UniqueConstraint("stripe_reversal_id", name=op.f("uq_transfer_reversals_stripe_reversal_id")),
    )
    op.create_index(op.f("ix_transfer_reversals_approved_by"), "transfer_reversals", ["approved_by"], unique=False)
    op.create_index(op.f("ix_transfer_reversals_payout_id"), "transfer_reversals", ["payout_id"], unique=False)
    op.create_index(op.f("ix_transfer_reversals_requested_by"), "transfer_reversals", ["requested_by"], unique=False)
    op.create_index(
        "ix_transfer_reversals_status_created_at_id", "transfer_reversals", ["status", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_transfer_reversals_vendor_id_created_at_id",
        "transfer_reversals",
        ["vendor_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_transfer_reversals_running",
        "transfer_reversals",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("status = 'processing'"),
    )
    op.add_column(
        "payouts", sa.Column("reversed_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_payouts_reversed_within_amount"), "payouts", "reversed_amount BETWEEN 0 AND amount"
    )
    op.create_check_constraint(
        op.f("ck_payouts_reversed_amount_exact"),
        "payouts",
        "reversed_amount = round(reversed_amount, currency_exponent(currency))",
    )
    for trigger in (REFUSE, TOUCH, FROZEN):
        op.execute(trigger)
    op.execute("SELECT audit_table('transfer_reversals', '{}', '{}')")
    op.execute("SELECT audit_table('payouts', '{}', '{}')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_payouts_reversed_amount_exact"), "payouts", type_="check")
    op.drop_constraint(op.f("ck_payouts_reversed_within_amount"), "payouts", type_="check")
    op.drop_column("payouts", "reversed_amount")
    op.execute("SELECT audit_table('payouts', '{}', '{}')")
    op.drop_index(
        "uq_transfer_reversals_running",
        table_name="transfer_reversals",
        postgresql_where=sa.text("status = 'processing'"),
    )
    op.drop_index("ix_transfer_reversals_vendor_id_created_at_id", table_name="transfer_reversals")
    op.drop_index("ix_transfer_reversals_status_created_at_id", table_name="transfer_reversals")
    op.drop_index(op.f("ix_transfer_reversals_requested_by"), table_name="transfer_reversals")
    op.drop_index(op.f("ix_transfer_reversals_payout_id"), table_name="transfer_reversals")
    op.drop_index(op.f("ix_transfer_reversals_approved_by"), table_name="transfer_reversals")
    op.drop_table("transfer_reversals")
    op.execute("DROP FUNCTION audit_transfer_reversals()")
