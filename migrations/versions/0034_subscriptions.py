"""Invoices of plan fees, and the terms of a subscription that are its own (SUB-1 to SUB-5, data model C6.61).

Revision ID: 0034
Revises: 0033
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SUBSCRIPTION_CHECKS = (
    ("suspended_has_time", "status <> 'suspended' OR suspended_at IS NOT NULL"),
    ("commission_rate_range", "commission_rate BETWEEN 0 AND 1"),
    ("anchor_is_a_day", "billing_anchor_day BETWEEN 1 AND 31"),
    ("previous_rate_has_end", "(previous_commission_rate IS NULL) = (commission_rate_since IS NULL)"),
    ("next_amount_not_negative", "next_amount >= 0"),
    (
        "next_terms_are_whole",
        "num_nonnulls(next_plan_id, next_billing_cycle, next_amount, next_commission_rate, next_from) IN (0, 5)",
    ),
    ("next_billing_cycle", "next_billing_cycle IN ('monthly', 'yearly')"),
    ("next_amount_exact", "next_amount = round(next_amount, currency_exponent(currency))"),
)
_COLUMNS = (
    ("commission_rate", sa.Numeric(7, 6)),
    ("previous_commission_rate", sa.Numeric(7, 6)),
    ("commission_rate_since", sa.DateTime(timezone=True)),
    ("billing_anchor_day", sa.SmallInteger()),
    ("period_start", sa.DateTime(timezone=True)),
    ("next_plan_id", sa.Uuid()),
    ("next_billing_cycle", sa.String(32)),
    ("next_amount", sa.Numeric(19, 4)),
    ("next_commission_rate", sa.Numeric(7, 6)),
    ("next_from", sa.DateTime(timezone=True)),
    ("suspended_at", sa.DateTime(timezone=True)),
    ("unpaid_since", sa.DateTime(timezone=True)),
)
# The period that runs ends where the next begins, or where the subscription ends.
_COPIED = """
    UPDATE subscriptions AS s
    SET commission_rate = plan.commission_rate,
        suspended_at = CASE s.status WHEN 'suspended' THEN s.updated_at END,
        billing_anchor_day = extract(day FROM s.start_date AT TIME ZONE 'UTC'),
        period_start = greatest(s.start_date, (coalesce(s.next_billing_date, s.end_date) AT TIME ZONE 'UTC'
            - CASE s.billing_cycle WHEN 'monthly' THEN interval '1 month' ELSE interval '1 year' END)
            AT TIME ZONE 'UTC')
    FROM subscription_plans AS plan WHERE plan.id = s.plan_id
"""
_STEPS = (
    ("draft", "open"), ("open", "paid"), ("open", "uncollectible"), ("open", "void"), ("uncollectible", "paid"),
)  # fmt: skip
# Key, type, value, description.
_SETTINGS = (
    (
        "subscriptions.dunning_days",
        "json",
        [0, 1, 3, 5, 7],
        "Days after an invoice on which its collection is tried; after the last the plan is suspended (SUB-5).",
    ),
    ("subscriptions.expire_after_days", "number", 30, "Days of suspension after which an unpaid plan ends (SUB-5)."),
    ("subscriptions.notice_days", "number", 14, "Days between telling of a new price or rate and its renewal (SUB-1)."),
    (
        "subscriptions.pay_from_balance",
        "boolean",
        True,
        "Whether a fee is taken from the vendor's balance where that covers it (SUB-7).",
    ),
)


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for name, column_type in _COLUMNS:
        op.add_column("subscriptions", sa.Column(name, column_type))
    op.execute("SELECT audit_table('subscriptions', '{}', '{}')")
    op.execute(_COPIED)
    for name in ("commission_rate", "billing_anchor_day"):
        op.alter_column("subscriptions", name, nullable=False)
    for name, text in _SUBSCRIPTION_CHECKS:
        op.create_check_constraint(op.f(f"ck_subscriptions_{name}"), "subscriptions", text)
    op.create_index(
        "ix_subscriptions_next_billing_date",
        "subscriptions",
        ["next_billing_date"],
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(op.f("ix_subscriptions_next_plan_id"), "subscriptions", ["next_plan_id"])
    op.create_foreign_key(
        op.f("fk_subscriptions_next_plan_id"),
        "subscriptions",
        "subscription_plans",
        ["next_plan_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    _create_invoices()
    for key, kind, value, description in _SETTINGS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO platform_settings (key, type, value, description)"
                " VALUES (:key, :type, cast(:value AS jsonb), :description)"
            ),
            {"key": key, "type": kind, "value": json.dumps(value), "description": description},
        )


def _create_invoices() -> None:
    op.create_table('subscription_invoices',
    sa.Column('id', sa.Uuid(), server_default=sa.text('uuid7()'), nullable=False),
    sa.Column('subscription_id', sa.Uuid(), nullable=False),
    sa.Column('vendor_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), server_default='draft', nullable=False),
    sa.Column('period_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('period_end', sa.DateTime(timezone=True), nullable=False),
    sa.Column('charge', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('credit', sa.Numeric(precision=19, scale=4), server_default='0', nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('credit_used', sa.Numeric(precision=19, scale=4), server_default='0', nullable=False),
    sa.Column('settlement', sa.String(length=32), nullable=True),
    sa.Column('issued_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('dunning_step', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_failure', sa.String(length=200), nullable=True),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_by', sa.String(length=32), nullable=True),
    sa.Column('stripe_payment_intent_id', sa.String(length=64), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f('ck_subscription_invoices_paid_has_time')),
    sa.CheckConstraint("kind <> 'credit' OR (charge = 0 AND credit > 0 AND settlement IS NOT NULL)", name=op.f('ck_subscription_invoices_credit_note_is_credit')),
    sa.CheckConstraint("kind = 'credit' OR amount >= 0", name=op.f('ck_subscription_invoices_only_credit_notes_owe')),
    sa.CheckConstraint("kind IN ('renewal', 'proration', 'credit')", name=op.f('ck_subscription_invoices_kind')),
    sa.CheckConstraint("paid_by IN ('card', 'balance')", name=op.f('ck_subscription_invoices_paid_by')),
    sa.CheckConstraint("settlement IN ('credit', 'refund', 'offset', 'skip')", name=op.f('ck_subscription_invoices_settlement')),
    sa.CheckConstraint("status IN ('draft', 'open', 'paid', 'void', 'uncollectible')", name=op.f('ck_subscription_invoices_status')),
    sa.CheckConstraint('amount = charge - credit', name=op.f('ck_subscription_invoices_amount_is_net')),
    sa.CheckConstraint('amount = round(amount, currency_exponent(currency))', name=op.f('ck_subscription_invoices_amount_exact')),
    sa.CheckConstraint('charge = round(charge, currency_exponent(currency))', name=op.f('ck_subscription_invoices_charge_exact')),
    sa.CheckConstraint('credit = round(credit, currency_exponent(currency))', name=op.f('ck_subscription_invoices_credit_exact')),
    sa.CheckConstraint('credit_used = round(credit_used, currency_exponent(currency))', name=op.f('ck_subscription_invoices_credit_used_exact')),
    sa.CheckConstraint('credit_used BETWEEN 0 AND credit', name=op.f('ck_subscription_invoices_used_within_credit')),
    sa.CheckConstraint('currency_exponent(currency) IS NOT NULL', name=op.f('ck_subscription_invoices_currency_known')),
    sa.CheckConstraint('least(attempts, dunning_step) >= 0', name=op.f('ck_subscription_invoices_attempts_not_negative')),
    sa.CheckConstraint('least(charge, credit) >= 0', name=op.f('ck_subscription_invoices_sides_not_negative')),
    sa.CheckConstraint('period_start < period_end', name=op.f('ck_subscription_invoices_period_in_order')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscriptions.id'], name=op.f('fk_subscription_invoices_subscription_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['vendor_id'], ['users.id'], name=op.f('fk_subscription_invoices_vendor_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription_invoices')),
    sa.UniqueConstraint('stripe_payment_intent_id', name=op.f('uq_subscription_invoices_stripe_payment_intent_id'))
    )
    op.create_index('ix_subscription_invoices_created_at_id', 'subscription_invoices', ['created_at', 'id'], unique=False)
    op.create_index('ix_subscription_invoices_due', 'subscription_invoices', ['next_attempt_at'], unique=False, postgresql_where=sa.text('next_attempt_at IS NOT NULL'))
    op.create_index('ix_subscription_invoices_kind_created_at_id', 'subscription_invoices', ['kind', 'created_at', 'id'], unique=False)
    op.create_index('ix_subscription_invoices_status_created_at_id', 'subscription_invoices', ['status', 'created_at', 'id'], unique=False)
    op.create_index('ix_subscription_invoices_subscription_id_created_at_id', 'subscription_invoices', ['subscription_id', 'created_at', 'id'], unique=False)
    op.create_index('ix_subscription_invoices_vendor_id_created_at_id', 'subscription_invoices', ['vendor_id', 'created_at', 'id'], unique=False)
    op.create_index('uq_subscription_invoices_period', 'subscription_invoices', ['subscription_id', 'period_start'], unique=True, postgresql_where=sa.text("kind = 'renewal'"))
    op.execute(
        "CREATE TRIGGER touch_subscription_invoices BEFORE UPDATE ON subscription_invoices"
        " FOR EACH ROW EXECUTE FUNCTION touch_row()"
    )
    pairs = ", ".join(f"('{before}', '{after}')" for before, after in _STEPS)
    op.execute(
        "CREATE TRIGGER tr_subscription_invoices_status BEFORE UPDATE ON subscription_invoices FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({pairs}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute("SELECT audit_table('subscription_invoices', '{}', '{}')")


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text("DELETE FROM platform_settings WHERE key = ANY (:keys)"), {"keys": [key for key, *_ in _SETTINGS]}
    )
    op.drop_table("subscription_invoices")
    op.execute("DROP FUNCTION audit_subscription_invoices() CASCADE")
    op.drop_index("ix_subscriptions_next_billing_date", table_name="subscriptions")
    for name, _ in _SUBSCRIPTION_CHECKS:
        op.drop_constraint(op.f(f"ck_subscriptions_{name}"), "subscriptions", type_="check")
    for name, _ in reversed(_COLUMNS):
        op.drop_column("subscriptions", name)
    op.execute("SELECT audit_table('subscriptions', '{}', '{}')")
