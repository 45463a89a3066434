"""Payouts that people pay from the platform's own bank: reference, day, an account and two events (PAY-13).

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

AUDIT = "SELECT audit_table('payouts', '{}', '{}')"
_EVENTS = (
    "event IN ('payment_captured', 'provider_fee', 'earning_available', 'payout_assembled', 'payout_dissolved',"
    " 'transfer_executed', 'transfer_returned',{more} 'refund_succeeded', 'refund_returned', 'chargeback_opened',"
    " 'chargeback_reserved', 'chargeback_released', 'chargeback_lost', 'chargeback_won', 'chargeback_reopened',"
    " 'chargeback_fee', 'transfer_reversed', 'debt_written_off', 'plan_fee_charged', 'adjustment')"
)
_KINDS = (
    "kind IN ('psp_clearing',{more} 'vendor_pending', 'vendor_available', 'vendor_reserved', 'payout_in_transit',"
    " 'commission_revenue', 'commission_tax_payable', 'tax_payable', 'shipping_revenue', 'subscription_revenue',"
    " 'psp_fees', 'goodwill_expense', 'promotion_expense', 'chargeback_receivable', 'chargeback_loss',"
    " 'chargeback_fees', 'vendor_writeoff', 'fx_clearing', 'suspense')"
)
_TRANSFER = "status <> 'completed' OR stripe_transfer_id IS NOT NULL"
_KEY = "status <> 'processing' OR idempotency_key IS NOT NULL"
# Table, name of the CHECK, before, now.
_CHECKS = (
    ("journals", "event", _EVENTS.format(more=""), _EVENTS.format(more=" 'payout_settled', 'settlement_returned',")),
    ("ledger_accounts", "kind", _KINDS.format(more=""), _KINDS.format(more=" 'bank_clearing',")),
    (
        "payouts",
        "payout_method",
        "payout_method IN ('bank_account', 'debit_card')",
        "payout_method IN ('bank_account', 'debit_card', 'by_hand')",
    ),
    ("payouts", "completed_has_transfer", _TRANSFER, f"{_TRANSFER} OR payout_method = 'by_hand'"),
    ("payouts", "processing_has_key", _KEY, f"{_KEY} OR payout_method = 'by_hand'"),
)
_NEW = {
    "by_hand_is_whole": "num_nulls(bank_reference, paid_on) = CASE payout_method WHEN 'by_hand' THEN 0 ELSE 2 END",
    "by_hand_is_settled": "payout_method <> 'by_hand' OR status <> 'pending'",
    "by_hand_is_not_sent": "payout_method <> 'by_hand' OR num_nonnulls(destination_account, stripe_transfer_id,"
    " stripe_payout_id, idempotency_key, request_params, first_sent_at) = 0",
    "bank_reference_not_blank": "btrim(bank_reference) <> ''",
    "paid_not_in_future": "paid_on <= (processed_at AT TIME ZONE 'UTC')::date",
}


def upgrade() -> None:
    op.add_column("payouts", sa.Column("bank_reference", sa.String(140)))
    op.add_column("payouts", sa.Column("paid_on", sa.Date()))
    for table, name, _, text in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
    for name, text in _NEW.items():
        op.create_check_constraint(op.f(f"ck_payouts_{name}"), "payouts", text)
    op.create_index(
        "ix_payouts_bank_reference",
        "payouts",
        ["bank_reference"],
        postgresql_where=sa.text("bank_reference IS NOT NULL"),
    )
    op.execute(AUDIT)


def downgrade() -> None:
    op.drop_index("ix_payouts_bank_reference", table_name="payouts")
    for name in _NEW:
        op.drop_constraint(op.f(f"ck_payouts_{name}"), "payouts", type_="check")
    for table, name, text, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
    op.drop_column("payouts", "paid_on")
    op.drop_column("payouts", "bank_reference")
    op.execute(AUDIT)
