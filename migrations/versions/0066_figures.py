"""Figures of each day, and the days whose facts were touched since they were summed.

Revision ID: 0066
Revises: 0065
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_MEASURES = (
    "orders", "commission", "cancelled", "delivered", "late", "refunds", "disputes", "ratings", "decisions",
    "subscriptions_begun", "subscriptions_ended",
)  # fmt: skip
#: Table, the times that say to which days a row counts, and what else its figures are made of.
FACTS = (
    ("disputes", ("created_at",), ("requested_refund_amount",)),
    ("orders", ("created_at", "cancelled_at", "delivered_at"), ("payment_status", "status", "total_amount")),
    ("product_reviews", ("created_at",), ("status", "rating")),
    ("refunds", ("processed_at",), ("status", "amount")),
    ("shipments", ("delivered_at",), ("estimated_delivery",)),
    ("subscriptions", ("start_date", "end_date"), ("status", "amount", "billing_cycle")),
)
INDEXES = (
    ("orders", "delivered_at", "delivered_at IS NOT NULL"),
    ("orders", "cancelled_at", "cancelled_at IS NOT NULL"),
    ("shipments", "delivered_at", "delivered_at IS NOT NULL"),
    ("refunds", "processed_at", "processed_at IS NOT NULL"),
)
_DECISION = "entity = 'products' AND from_status = 'pending'"
# A mark has no key, so that writers never wait for each other; the job takes many of a day at once.
MARK = """\
CREATE FUNCTION mark_figures() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    times text := TG_ARGV[0];
    given text := times || ', ' || TG_ARGV[1];
    touched text := CASE TG_OP WHEN 'INSERT' THEN format('SELECT %s FROM new_rows', given) ELSE format(
        '(SELECT id, %1$s FROM new_rows EXCEPT SELECT id, %1$s FROM old_rows) UNION ALL '
        '(SELECT id, %1$s FROM old_rows EXCEPT SELECT id, %1$s FROM new_rows)', given) END;
BEGIN
    EXECUTE format('INSERT INTO figure_marks (day) SELECT DISTINCT moment::date FROM (%s) AS touched '
        'CROSS JOIN LATERAL unnest(ARRAY[%s]) AS moment WHERE moment IS NOT NULL', touched, times);
    RETURN NULL;
END
$$
"""
DECISION = f"""\
CREATE FUNCTION mark_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_marks (day) SELECT DISTINCT created_at::date FROM new_rows WHERE {_DECISION};
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    vendor = sa.ForeignKey("users.id", name=op.f("fk_daily_figures_vendor_id"), ondelete="RESTRICT")
    op.create_table(
        "daily_figures",
        *_id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), vendor, nullable=True),
        sa.Column("measure", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_daily_figures_number_positive")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_daily_figures_currency_known")),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_daily_figures_amount_exact")
        ),
        sa.CheckConstraint(f"measure IN {_MEASURES}", name=op.f("ck_daily_figures_measure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daily_figures")),
    )
    op.create_index(
        "uq_daily_figures_day",
        "daily_figures",
        ["day", "measure", "vendor_id", "currency"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_daily_figures_vendor_id_day", "daily_figures", ["vendor_id", "day"])
    op.create_table(
        "figure_marks",
        *_id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_marks")),
    )
    op.create_index("ix_figure_marks_day", "figure_marks", ["day"])
    for table, column, where in INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column], postgresql_where=sa.text(where))
    op.create_index("ix_status_history_decisions", "status_history", ["created_at"], postgresql_where=sa.text(_DECISION))
    op.execute(MARK)
    op.execute(DECISION)
    for table, *given in FACTS:
        named = ", ".join(f"'{', '.join(names)}'" for names in given)
        _mark(table, "INSERT", "NEW TABLE AS new_rows", f"mark_figures({named})")
        _mark(table, "UPDATE", "NEW TABLE AS new_rows OLD TABLE AS old_rows", f"mark_figures({named})")
    _mark("status_history", "INSERT", "NEW TABLE AS new_rows", "mark_decisions()")
    # The days that are there already are summed by the first looks of the job.
    op.execute(
        "INSERT INTO figure_marks (day) SELECT DISTINCT day::date FROM ("
        "SELECT unnest(ARRAY[created_at, cancelled_at, delivered_at]) AS day FROM orders UNION ALL"
        " SELECT unnest(ARRAY[start_date, end_date]) FROM subscriptions UNION ALL SELECT processed_at FROM refunds"
        " UNION ALL SELECT delivered_at FROM shipments"
        " UNION ALL SELECT created_at FROM disputes UNION ALL SELECT created_at FROM product_reviews"
        f" UNION ALL SELECT created_at FROM status_history WHERE {_DECISION}) AS facts WHERE day IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_status_history_figures_insert ON status_history")
    for table, _, _ in FACTS:
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER tr_{table}_figures_{event} ON {table}")
    op.execute("DROP FUNCTION mark_decisions()")
    op.execute("DROP FUNCTION mark_figures()")
    op.drop_index("ix_status_history_decisions", table_name="status_history")
    for table, column, _ in INDEXES:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
    op.drop_table("figure_marks")
    op.drop_table("daily_figures")


def _id() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )


def _mark(table: str, event: str, rows: str, function: str) -> None:
    op.execute(
        f"CREATE TRIGGER tr_{table}_figures_{event.lower()} AFTER {event} ON {table} REFERENCING {rows}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    )
