"""Chargebacks with their evidence, and what they take of a payment (DSP-8, DSP-9, REF-1).

Revision ID: 0037
Revises: 0036
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_STATUSES = (
    "status IN ('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review',"
    " 'won', 'lost')"
)
_STEPS = (
    ("lost", "won"), ("needs_response", "lost"), ("needs_response", "under_review"), ("under_review", "lost"),
    ("under_review", "won"), ("warning_needs_response", "needs_response"),
    ("warning_needs_response", "warning_under_review"), ("warning_under_review", "needs_response"),
    ("warning_under_review", "warning_closed"), ("won", "lost"),
)  # fmt: skip
_KINDS = (
    "kind IN ('product_description', 'refund_policy_disclosure', 'refund_refusal_explanation',"
    " 'cancellation_policy_disclosure', 'cancellation_rebuttal', 'duplicate_charge_explanation',"
    " 'access_activity_log', 'uncategorized_text')"
)
_EVENTS = (
    "event IN ('payment_captured', 'provider_fee', 'earning_available', 'payout_assembled', 'payout_dissolved',"
    " 'transfer_executed', 'transfer_returned', 'refund_succeeded', 'refund_returned', 'chargeback_opened',"
    " 'chargeback_reserved', 'chargeback_released', 'chargeback_lost', 'chargeback_won',{more} 'transfer_reversed',"
    " 'debt_written_off', 'plan_fee_charged', 'adjustment')"
)
# Table, name of the CHECK, before, now.
_CHECKS = (
    ("journals", "event", _EVENTS.format(more=""), _EVENTS.format(more=" 'chargeback_reopened', 'chargeback_fee',")),
    (
        "transactions",
        "type",
        "type IN ('payment', 'payout', 'refund', 'fee', 'commission')",
        "type IN ('payment', 'payout', 'refund', 'fee', 'commission', 'chargeback')",
    ),
    (
        "payments",
        "caps_not_negative",
        "least(refund_reserved, refunded_amount) >= 0",
        "least(refund_reserved, refunded_amount, charged_back_amount) >= 0",
    ),
)
_SETTING = {
    "key": "chargebacks.second_person_threshold",
    "value": json.dumps({"USD": "1000.00", "EUR": "1000.00", "JPY": "150000", "KWD": "300.000"}),
    "description": "From this amount on the answer to a chargeback needs a second person; unlisted currencies always"
    " do (DSP-8).",
}

# As for refunds: adding the difference takes the payment's row lock, so that a refund and a chargeback take turns.
KEEP_SUM = """\
CREATE FUNCTION keep_charged_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counted CONSTANT text[] := '{needs_response,under_review,lost}';
    taken numeric := 0;
    target chargebacks := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        taken := taken - CASE WHEN OLD.status = ANY (counted) THEN OLD.amount ELSE 0 END;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        taken := taken + CASE WHEN NEW.status = ANY (counted) THEN NEW.amount ELSE 0 END;
    END IF;
    IF taken <> 0 THEN
        UPDATE payments SET charged_back_amount = charged_back_amount + taken WHERE id = target.payment_id;
    END IF;
    IF NOT EXISTS (
        SELECT FROM payments
        WHERE id = target.payment_id AND order_id = target.order_id AND currency = target.currency
    ) THEN
        RAISE EXCEPTION 'order and currency of a chargeback are those of its payment'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_chargebacks_payment';
    END IF;
    RETURN NULL;
END
$$
"""

# Deferred, because the first of several chargebacks changed in one statement finds the sum of all of them.
CHECK_SUM = """\
CREATE FUNCTION check_charged_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payments AS payment
        WHERE payment.id = NEW.id AND payment.charged_back_amount <> (
            SELECT coalesce(sum(amount), 0) FROM chargebacks
            WHERE payment_id = payment.id AND status IN ('needs_response', 'under_review', 'lost')
        )
    ) THEN
        RAISE EXCEPTION 'what was charged back of payment % is not what its chargebacks come to', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

CHECK_OPEN = """\
CREATE FUNCTION check_evidence_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM chargebacks WHERE id = NEW.chargeback_id
            AND (idempotency_key IS NOT NULL OR evidence_submitted_at IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'the answer to this chargeback is on its way'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    ("chargebacks", "tr_chargebacks_sum", "AFTER INSERT OR DELETE OR UPDATE OF status, amount", "",
     "keep_charged_back()"),
    (
        "chargebacks",
        "tr_chargebacks_frozen",
        "BEFORE UPDATE",
        "WHEN ((OLD.payment_id, OLD.order_id, OLD.amount, OLD.currency, OLD.stripe_dispute_id)"
        " IS DISTINCT FROM (NEW.payment_id, NEW.order_id, NEW.amount, NEW.currency, NEW.stripe_dispute_id))",
        "refuse_change('payment and amount of a chargeback are fixed')",
    ),
    # What the bank took is taken; only refunds can stay within what is left (REF-1).
    (
        "payments",
        "tr_payments_charged_back",
        "BEFORE UPDATE",
        "WHEN (NEW.refund_reserved + NEW.refunded_amount > OLD.refund_reserved + OLD.refunded_amount"
        " AND NEW.charged_back_amount > 0"
        " AND NEW.refund_reserved + NEW.refunded_amount + NEW.charged_back_amount > NEW.captured_amount)",
        "refuse_change('a refund gives back what was charged back')",
    ),
    ("chargeback_evidence", "tr_chargeback_evidence_open", "AFTER INSERT", "", "check_evidence_open()"),
)  # fmt: skip


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.add_column(
        "payments", sa.Column("charged_back_amount", sa.Numeric(19, 4), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_payments_charged_back_amount_exact"),
        "payments",
        "charged_back_amount = round(charged_back_amount, currency_exponent(currency))",
    )
    for table, name, _, text in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
    op.execute("SELECT audit_table('payments', '{metadata,payment_method_details}', '{}')")
    _create_chargebacks()
    _create_evidence()
    for function in (KEEP_SUM, CHECK_SUM, CHECK_OPEN):
        op.execute(function)
    for table, name, event, when, call in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER tr_payments_charged_back_sum AFTER INSERT OR UPDATE OF charged_back_amount"
        " ON payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_charged_back()"
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO platform_settings (key, type, value, description)"
            " VALUES (:key, 'json', cast(:value AS jsonb), :description)"
        ),
        _SETTING,
    )


def _create_chargebacks() -> None:
    op.create_table(
        "chargebacks",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_dispute_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Numeric(19, 4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee", sa.Numeric(19, 4), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("decisions", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("bookings", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("vendor_share", sa.Numeric(19, 4), server_default="0", nullable=False),
        sa.Column("commission_share", sa.Numeric(19, 4), server_default="0", nullable=False),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_submitted_by", sa.Uuid(), nullable=True),
        sa.Column("second_person_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("request_hash", sa.String(length=64), nullable=True),
        sa.Column("request_params", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *_checks(
            "chargebacks",
            amount_positive="amount > 0",
            counters_in_range="least(decisions, bookings, attempt - 1) >= 0",
            closed_has_time="(status IN ('won', 'lost', 'warning_closed')) = (closed_at IS NOT NULL)",
            sending_has_sender="idempotency_key IS NULL OR evidence_submitted_by IS NOT NULL",
            second_person="NOT second_person_required OR approved_by <> evidence_submitted_by",
            second_person_agreed="NOT second_person_required OR num_nulls(approved_by, evidence_submitted_by) = 0",
            status=_STATUSES,
            currency_known="currency_exponent(currency) IS NOT NULL",
            **{
                f"{name}_exact": f"{name} = round({name}, currency_exponent(currency))"
                for name in ("amount", "fee", "vendor_share", "commission_share")
            },
        ),
        *_keys(
            "chargebacks",
            payment_id="payments",
            order_id="orders",
            evidence_submitted_by="users",
            approved_by="users",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("stripe_dispute_id", name=op.f("uq_chargebacks_stripe_dispute_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_chargebacks_idempotency_key")),
    )
    for name, columns in (
        ("created_at_id", ["created_at", "id"]),
        ("status_created_at_id", ["status", "created_at", "id"]),
        ("order_id_status", ["order_id", "status"]),
        ("payment_id_status", ["payment_id", "status"]),
        ("evidence_due_at_id", ["evidence_due_at", "id"]),
        ("evidence_submitted_by", ["evidence_submitted_by"]),
        ("approved_by", ["approved_by"]),
    ):
        op.create_index(f"ix_chargebacks_{name}", "chargebacks", columns)
    op.execute(
        "CREATE TRIGGER touch_chargebacks BEFORE UPDATE ON chargebacks FOR EACH ROW EXECUTE FUNCTION touch_row()"
    )
    pairs = ", ".join(f"('{before}', '{after}')" for before, after in _STEPS)
    op.execute(
        "CREATE TRIGGER tr_chargebacks_status BEFORE UPDATE ON chargebacks FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({pairs}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute("SELECT audit_table('chargebacks', '{request_params}', '{}')")


def _create_evidence() -> None:
    op.create_table(
        "chargeback_evidence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("chargeback_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_checks("chargeback_evidence", text_not_empty="text <> ''", kind=_KINDS),
        *_keys("chargeback_evidence", chargeback_id="chargebacks", added_by="users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargeback_evidence")),
    )
    op.create_index("ix_chargeback_evidence_created_at_id", "chargeback_evidence", ["created_at", "id"])
    op.create_index("ix_chargeback_evidence_chargeback_id", "chargeback_evidence", ["chargeback_id"])
    op.create_index("ix_chargeback_evidence_added_by", "chargeback_evidence", ["added_by"])
    op.execute(
        "CREATE TRIGGER tr_chargeback_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chargeback_evidence"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute("SELECT audit_table('chargeback_evidence', '{text}', '{}')")


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute(sa.text("DELETE FROM platform_settings WHERE key = :key").bindparams(key=_SETTING["key"]))
    op.execute("DROP TRIGGER tr_payments_charged_back_sum ON payments")
    op.execute("DROP TRIGGER tr_payments_charged_back ON payments")
    for table in ("chargeback_evidence", "chargebacks"):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")
    for function in ("check_evidence_open", "check_charged_back", "keep_charged_back"):
        op.execute(f"DROP FUNCTION {function}()")
    for table, name, text, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
    op.drop_constraint(op.f("ck_payments_charged_back_amount_exact"), "payments", type_="check")
    op.drop_column("payments", "charged_back_amount")
    op.execute("SELECT audit_table('payments', '{metadata,payment_method_details}', '{}')")


def _checks(table: str, **texts: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in texts.items()]


def _keys(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT"
        )
        for column, target in targets.items()
    ]
