"""Checkouts over several vendors' orders, and each order's share of the payments of its group (C3.26, C3.27, MON-6).

Revision ID: 0042
Revises: 0041
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

AGREE = """\
CREATE FUNCTION agree_with_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine jsonb := to_jsonb(NEW);
    theirs jsonb;
BEGIN
    SELECT to_jsonb(order_groups) INTO theirs FROM order_groups WHERE id = NEW.order_group_id;
    FOR n IN 0 .. TG_NARGS - 1 LOOP
        IF mine ->> TG_ARGV[n] IS DISTINCT FROM theirs ->> TG_ARGV[n] THEN
            RAISE EXCEPTION '% of % differs from that of its checkout', TG_ARGV[n], TG_TABLE_NAME
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                COLUMN = TG_ARGV[n], CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""

# The argument is the column that has the payment's id.
CHECK_PARTS = """\
CREATE FUNCTION check_allocations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid uuid := (CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END) ->> TG_ARGV[0];
BEGIN
    IF EXISTS (
        SELECT FROM payments AS payment LEFT JOIN payment_allocations AS part ON part.payment_id = payment.id
        LEFT JOIN orders ON orders.id = part.order_id
        WHERE payment.id = paid GROUP BY payment.id
        HAVING CASE WHEN payment.order_group_id IS NULL THEN count(part.id) > 0
            ELSE coalesce(sum(part.authorized_amount), 0) <> payment.amount
                OR coalesce(sum(part.captured_amount), 0) <> payment.captured_amount
                OR bool_or(orders.order_group_id IS DISTINCT FROM payment.order_group_id) END
    ) THEN
        RAISE EXCEPTION 'the shares of payment % are not those of the orders of its checkout', paid
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_payment_allocations_sum';
    END IF;
    RETURN NULL;
END
$$
"""

# Deferred, as for payments: the first of several refunds changed in one statement finds the sum of all of them.
CHECK_CAPS = """\
CREATE FUNCTION check_allocation_caps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payment_allocations AS part
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')), 0) AS reserved,
                coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS refunded
            FROM refunds WHERE payment_id = part.payment_id AND order_id = part.order_id
        ) AS given
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS taken FROM chargebacks
            WHERE payment_id = part.payment_id AND order_id = part.order_id
                AND status IN ('needs_response', 'under_review', 'lost')
        ) AS bank
        WHERE part.id = NEW.id AND (part.refund_reserved, part.refunded_amount, part.charged_back_amount)
            IS DISTINCT FROM (given.reserved, given.refunded, bank.taken)
    ) THEN
        RAISE EXCEPTION 'what went back of share % is not that of its refunds and chargebacks', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

# Name of the trigger, table, event, condition, call.
TRIGGERS = (
    ("tr_orders_group", "orders", "AFTER INSERT OR UPDATE OF order_group_id, customer_id, currency",
     "WHEN (NEW.order_group_id IS NOT NULL)", "agree_with_group('customer_id', 'currency')"),
    ("tr_orders_group_fixed", "orders", "BEFORE UPDATE", "WHEN (OLD.order_group_id <> NEW.order_group_id"
     " OR (OLD.order_group_id IS NOT NULL AND NEW.order_group_id IS NULL))",
     "refuse_change('the checkout of an order is fixed')"),
    ("tr_payments_group", "payments", "AFTER INSERT OR UPDATE OF order_group_id, currency",
     "WHEN (NEW.order_group_id IS NOT NULL)", "agree_with_group('currency')"),
    ("tr_payments_subject", "payments", "BEFORE UPDATE", "WHEN ((OLD.order_id, OLD.order_group_id)"
     " IS DISTINCT FROM (NEW.order_id, NEW.order_group_id))", "refuse_change('what a payment is for is fixed')"),
    ("tr_order_groups_frozen", "order_groups", "BEFORE UPDATE",
     "WHEN ((OLD.customer_id, OLD.currency) IS DISTINCT FROM (NEW.customer_id, NEW.currency))",
     "refuse_change('customer and currency of a checkout are fixed')"),
    ("tr_payment_allocations_order", "payment_allocations", "AFTER INSERT OR UPDATE OF order_id, currency", "",
     "agree_with_order('currency')"),
    ("tr_payment_allocations_frozen", "payment_allocations", "BEFORE UPDATE",
     "WHEN ((OLD.payment_id, OLD.order_id) IS DISTINCT FROM (NEW.payment_id, NEW.order_id))",
     "refuse_change('payment and order of a share are fixed')"),
    ("tr_payment_allocations_charged_back", "payment_allocations", "BEFORE UPDATE",
     "WHEN (NEW.refund_reserved + NEW.refunded_amount > OLD.refund_reserved + OLD.refunded_amount"
     " AND NEW.charged_back_amount > 0"
     " AND NEW.refund_reserved + NEW.refunded_amount + NEW.charged_back_amount > NEW.captured_amount)",
     "refuse_change('a refund gives back what was charged back')"),
)  # fmt: skip
DEFERRED = (
    ("tr_payments_allocated", "payments", "AFTER INSERT OR UPDATE OF amount, captured_amount",
     "WHEN (NEW.order_group_id IS NOT NULL)", "check_allocations('id')"),
    ("tr_payment_allocations_sum", "payment_allocations",
     "AFTER INSERT OR DELETE OR UPDATE OF authorized_amount, captured_amount", "", "check_allocations('payment_id')"),
    ("tr_payment_allocations_caps", "payment_allocations",
     "AFTER INSERT OR UPDATE OF refund_reserved, refunded_amount, charged_back_amount", "", "check_allocation_caps()"),
)  # fmt: skip
_AMOUNTS = ("captured_amount", "refund_reserved", "refunded_amount", "charged_back_amount")


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    _groups()
    for table in ("orders", "payments"):
        op.add_column(table, sa.Column("order_group_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_order_group_id"), table, "order_groups", ["order_group_id"], ["id"], ondelete="RESTRICT"
        )
        op.create_index(
            f"ix_{table}_order_group_id",
            table,
            ["order_group_id"],
            postgresql_where=sa.text("order_group_id IS NOT NULL"),
        )
    op.alter_column("payments", "order_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_payments_one_subject"), "payments", "num_nonnulls(order_id, order_group_id) = 1"
    )
    op.execute("DROP TRIGGER tr_payments_order ON payments")
    op.execute(
        "CREATE TRIGGER tr_payments_order AFTER INSERT OR UPDATE OF order_id, currency ON payments FOR EACH ROW"
        " WHEN (NEW.order_id IS NOT NULL) EXECUTE FUNCTION agree_with_order('currency')"
    )
    _allocations()
    for text in (AGREE, CHECK_PARTS, CHECK_CAPS):
        op.execute(text)
    for name, table, event, when, call in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")
    for name, table, event, when, call in DEFERRED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW {when} EXECUTE FUNCTION {call}"
        )
    for text in _sums():
        op.execute(_shared(text))
    _audit()


def _groups() -> None:
    table = "order_groups"
    op.create_table(
        table,
        *_identity(table),
        sa.Column("group_number", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _check(table, "currency_known", "currency_exponent(currency) IS NOT NULL"),
        _key(table, "customer_id", "users"),
        sa.UniqueConstraint("group_number", name=op.f("uq_order_groups_group_number")),
    )
    op.create_index("ix_order_groups_created_at_id", table, ["created_at", "id"])
    op.create_index("ix_order_groups_customer_id_created_at_id", table, ["customer_id", "created_at", "id"])
    _touched(table)


def _allocations() -> None:
    table = "payment_allocations"
    op.create_table(
        table,
        *_identity(table),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("authorized_amount", sa.Numeric(19, 4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *(sa.Column(name, sa.Numeric(19, 4), server_default="0", nullable=False) for name in _AMOUNTS),
        _check(table, "authorized_positive", "authorized_amount > 0"),
        _check(table, "captured_within_authorized", "captured_amount BETWEEN 0 AND authorized_amount"),
        _check(table, "caps_not_negative", "least(refund_reserved, refunded_amount, charged_back_amount) >= 0"),
        _check(table, "refunds_within_captured", "refund_reserved + refunded_amount <= captured_amount"),
        _check(table, "currency_known", "currency_exponent(currency) IS NOT NULL"),
        *(
            _check(table, f"{name}_exact", f"{name} = round({name}, currency_exponent(currency))")
            for name in ("authorized_amount", *_AMOUNTS)
        ),
        _key(table, "payment_id", "payments"),
        _key(table, "order_id", "orders"),
        sa.UniqueConstraint("payment_id", "order_id", name=op.f("uq_payment_allocations_payment_id_order_id")),
    )
    op.create_index("ix_payment_allocations_created_at_id", table, ["created_at", "id"])
    op.create_index("ix_payment_allocations_order_id_created_at_id", table, ["order_id", "created_at", "id"])
    _touched(table)


def _identity(table: str) -> list[sa.Column[Any] | sa.Constraint]:
    moment = sa.DateTime(timezone=True)
    return [
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _touched(table: str) -> None:
    op.execute(f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(f"SELECT audit_table('{table}', '{{}}', '{{}}')")


def _audit() -> None:
    """The audit functions name the columns; those of changed tables are made anew."""
    earlier = {table: (personal, secret) for table, personal, secret in _module("0019_audit").TABLES}
    for table in ("orders", "payments"):
        personal, secret = earlier[table]
        op.execute(f"SELECT audit_table('{table}', '{{{personal}}}', '{{{secret}}}')")


def _sums() -> tuple[str, str]:
    """The functions that keep a payment's sums, as they were before there were shares."""
    return _module("0016_refund_caps").KEEP_SUMS, _module("0037_chargebacks").KEEP_SUM


def _shared(text: str) -> str:
    """`text`, with the same sums kept of the order's share, and a share being as good as a payment of its own."""
    head, rest = text.split("        UPDATE payments", maxsplit=1)
    update, tail = rest.split("WHERE id = target.payment_id;\n", maxsplit=1)
    mine = "WHERE payment_id = target.payment_id AND order_id = target.order_id;\n"
    tail = tail.replace(
        "AND order_id = target.order_id AND",
        "AND (order_id = target.order_id OR EXISTS (\n            SELECT FROM payment_allocations AS part"
        "\n            WHERE part.payment_id = payments.id AND part.order_id = target.order_id\n        )) AND",
    )
    both = (
        f"        UPDATE payments{update}WHERE id = target.payment_id;\n"
        f"        UPDATE payment_allocations{update}{mine}"
    )
    return f"{head}{both}{tail}".replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _module(name: str) -> ModuleType:
    """An earlier migration; their names begin with a digit, so that `import` cannot say them."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:  # pragma: no cover - the file is beside this one
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for text in _sums():
        op.execute(text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    for name, table, *_ in reversed((*TRIGGERS, *DEFERRED)):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for function in ("check_allocation_caps", "check_allocations", "agree_with_group"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("payment_allocations")
    op.execute("DROP TRIGGER tr_payments_order ON payments")
    op.execute(
        "CREATE TRIGGER tr_payments_order AFTER INSERT OR UPDATE OF order_id, currency ON payments"
        " FOR EACH ROW EXECUTE FUNCTION agree_with_order('currency')"
    )
    op.drop_constraint(op.f("ck_payments_one_subject"), "payments", type_="check")
    op.alter_column("payments", "order_id", nullable=False)
    for table in ("payments", "orders"):
        op.drop_column(table, "order_group_id")
    op.drop_table("order_groups")
    for table in ("payment_allocations", "order_groups"):
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")
    _audit()
