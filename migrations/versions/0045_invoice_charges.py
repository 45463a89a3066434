"""Charging vendors' cards for plan fees: the card at the provider, and one row an attempt (SUB-7, M3).

Revision ID: 0045
Revises: 0044
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLE = "invoice_charges"
_RUNNING = "status = 'processing'"
_TRIGGERS = (
    "CREATE TRIGGER tr_invoice_charges_status BEFORE UPDATE ON invoice_charges FOR EACH ROW"
    " WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('failed', 'succeeded'),"
    " ('processing', 'failed'), ('processing', 'succeeded'))) EXECUTE FUNCTION refuse_transition('status')",
    "CREATE TRIGGER touch_invoice_charges BEFORE UPDATE ON invoice_charges FOR EACH ROW EXECUTE FUNCTION touch_row()",
    # What was asked for is fixed, because it may have been sent (M3).
    "CREATE TRIGGER tr_invoice_charges_frozen BEFORE UPDATE ON invoice_charges FOR EACH ROW"
    " WHEN ((OLD.invoice_id, OLD.vendor_id, OLD.number, OLD.amount, OLD.currency, OLD.idempotency_key,"
    " OLD.request_params) IS DISTINCT FROM (NEW.invoice_id, NEW.vendor_id, NEW.number, NEW.amount, NEW.currency,"
    " NEW.idempotency_key, NEW.request_params))"
    " EXECUTE FUNCTION refuse_change('what a charge asks for is fixed')",
)
_PROFILES = "SELECT audit_table('vendor_profiles', '{bank_fingerprint,bank_last4}', '{}')"


def upgrade() -> None:
    for name in ("stripe_customer_id", "stripe_payment_method_id"):
        op.add_column("vendor_profiles", sa.Column(name, sa.String(length=64), nullable=True))
    op.create_unique_constraint(
        op.f("uq_vendor_profiles_stripe_customer_id"), "vendor_profiles", ["stripe_customer_id"]
    )
    op.create_check_constraint(
        op.f("ck_vendor_profiles_card_has_customer"),
        "vendor_profiles",
        "stripe_payment_method_id IS NULL OR stripe_customer_id IS NOT NULL",
    )
    op.execute(_PROFILES)
    _charges()


def _charges() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _reference("invoice_id", "subscription_invoices"),
        _reference("vendor_id", "users"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="processing", nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("request_params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        _time("first_sent_at", nullable=False),
        sa.Column("stripe_payment_intent_id", sa.String(length=64), nullable=True),
        sa.Column("failure_code", sa.String(length=64), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("run_after", server_default=sa.text("now()"), nullable=False),
        _time("due_since", server_default=sa.text("now()"), nullable=False),
        _time("leased_until", nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        _check("amount_positive", "amount > 0"),
        _check("number_positive", "number > 0"),
        _check("succeeded_has_provider_id", "status <> 'succeeded' OR stripe_payment_intent_id IS NOT NULL"),
        _check("failed_has_reason", "status <> 'failed' OR num_nulls(failure_code, failure_reason) = 0"),
        _check("currency_known", "currency_exponent(currency) IS NOT NULL"),
        _check("amount_exact", "amount = round(amount, currency_exponent(currency))"),
        _check("status", "status IN ('processing', 'succeeded', 'failed')"),
        _check("queue", "queue IN ('money', 'default', 'bulk')"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f(f"uq_{_TABLE}_invoice_id_number")),
        sa.UniqueConstraint("idempotency_key", name=op.f(f"uq_{_TABLE}_idempotency_key")),
        sa.UniqueConstraint("stripe_payment_intent_id", name=op.f(f"uq_{_TABLE}_stripe_payment_intent_id")),
    )
    running = sa.text(_RUNNING)
    op.create_index("uq_invoice_charges_running", _TABLE, ["invoice_id"], unique=True, postgresql_where=running)
    op.create_index("ix_invoice_charges_due", _TABLE, ["run_after"], postgresql_where=running)
    op.create_index("ix_invoice_charges_status_created_at_id", _TABLE, ["status", "created_at", "id"])
    op.create_index("ix_invoice_charges_vendor_id_created_at_id", _TABLE, ["vendor_id", "created_at", "id"])
    for trigger in _TRIGGERS:
        op.execute(trigger)
    op.execute(f"SELECT audit_table('{_TABLE}', '{{}}', '{{}}')")


def downgrade() -> None:
    op.drop_table(_TABLE)
    op.execute(f"DROP FUNCTION audit_{_TABLE}()")
    op.drop_constraint(op.f("ck_vendor_profiles_card_has_customer"), "vendor_profiles", type_="check")
    op.drop_constraint(op.f("uq_vendor_profiles_stripe_customer_id"), "vendor_profiles", type_="unique")
    for name in ("stripe_payment_method_id", "stripe_customer_id"):
        op.drop_column("vendor_profiles", name)
    op.execute(_PROFILES)


def _reference(name: str, target: str) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_TABLE}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, nullable=False)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _check(name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}"))
