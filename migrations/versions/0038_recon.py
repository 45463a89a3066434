"""Reconciliation with the payment provider: its bookings, a run a day and currency, and differences.

Revision ID: 0038
Revises: 0037
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_MOVES = {
    "recon_items": "('open', 'resolved')",
    "recon_runs": "('done', 'pending'), ('failed', 'pending'), ('pending', 'running'), ('running', 'done'),"
    " ('running', 'failed')",
}
_RESULTS = "'missing_here', 'missing_there', 'amount_differs', 'currency_differs', 'duplicate'"


def upgrade() -> None:
    op.create_table(
        "provider_bookings",
        *_identity("provider_bookings"),
        sa.Column("booking_id", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        _amount("net", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _time("booked_at", nullable=False),
        _check("provider_bookings", "currency_known", "currency_exponent(currency) IS NOT NULL"),
        _check("provider_bookings", "net_exact", "net = round(net, currency_exponent(currency))"),
        sa.UniqueConstraint("booking_id", name=op.f("uq_provider_bookings_booking_id")),
    )
    op.create_index("ix_provider_bookings_provider_id", "provider_bookings", ["provider_id"])
    op.create_index("ix_provider_bookings_currency_booked_at", "provider_bookings", ["currency", "booked_at"])
    _runs()
    _items()
    for table, moves in _MOVES.items():
        op.execute(
            f"CREATE TRIGGER tr_{table}_status BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({moves}))"
            " EXECUTE FUNCTION refuse_transition('status')"
        )


def _runs() -> None:
    table = "recon_runs"
    op.create_table(
        table,
        *_identity(table),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        _time("started_at"),
        _time("fetched_until"),
        _time("finished_at"),
        _amount("ours"),
        _amount("theirs"),
        sa.Column("counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("unexplained", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("run_after", server_default=sa.text("now()"), nullable=False),
        _time("due_since", server_default=sa.text("now()"), nullable=False),
        _time("leased_until"),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        _check(table, "done_is_counted", "status <> 'done' OR num_nulls(ours, theirs, counts, finished_at) = 0"),
        _check(table, "failed_has_reason", "status <> 'failed' OR last_error IS NOT NULL"),
        _check(table, "currency_known", "currency_exponent(currency) IS NOT NULL"),
        _check(table, "ours_exact", "ours = round(ours, currency_exponent(currency))"),
        _check(table, "theirs_exact", "theirs = round(theirs, currency_exponent(currency))"),
        _check(table, "queue", "queue IN ('money', 'default', 'bulk')"),
        _check(table, "status", "status IN ('pending', 'running', 'done', 'failed')"),
        sa.UniqueConstraint("day", "currency", name=op.f("uq_recon_runs_day_currency")),
    )
    op.create_index("ix_recon_runs_day_id", table, ["day", "id"])
    op.create_index("ix_recon_runs_status_day_id", table, ["status", "day", "id"])
    op.create_index(
        "ix_recon_runs_due", table, ["run_after"], postgresql_where=sa.text("status IN ('pending', 'running')")
    )


def _items() -> None:
    table = "recon_items"
    op.create_table(
        table,
        *_identity(table),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _reference(table, "run_id", "recon_runs", nullable=False),
        _reference(table, "last_run_id", "recon_runs", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("booking_id", sa.String(length=64), nullable=True),
        _reference(table, "journal_id", "journals"),
        sa.Column("result", sa.String(length=32), nullable=False),
        _amount("expected"),
        sa.Column("expected_currency", sa.String(length=3), nullable=True),
        _amount("found"),
        sa.Column("found_currency", sa.String(length=3), nullable=True),
        sa.Column("status", sa.String(length=32), server_default="open", nullable=False),
        _time("gone_at"),
        _reference(table, "assigned_to", "users"),
        sa.Column("resolution_note", sa.Text(), nullable=True),
        _reference(table, "resolved_by", "users"),
        _time("resolved_at"),
        _check(table, "expected_has_currency", "(expected IS NULL) = (expected_currency IS NULL)"),
        _check(table, "found_has_currency", "(found IS NULL) = (found_currency IS NULL)"),
        _check(table, "one_side_at_least", "num_nonnulls(expected, found) > 0"),
        _check(
            table,
            "resolved_is_signed",
            "(status = 'resolved') = (num_nulls(resolution_note, resolved_by, resolved_at) = 0)",
        ),
        _check(table, "result", f"result IN ({_RESULTS})"),
        _check(table, "status", "status IN ('open', 'resolved')"),
    )
    for name in ("run_id", "last_run_id", "journal_id", "assigned_to", "resolved_by"):
        op.create_index(op.f(f"ix_recon_items_{name}"), table, [name])
    op.create_index("ix_recon_items_provider_id", table, ["provider_id"])
    op.create_index("ix_recon_items_created_at_id", table, ["created_at", "id"])
    op.create_index("ix_recon_items_status_created_at_id", table, ["status", "created_at", "id"])
    op.create_index("ix_recon_items_result_created_at_id", table, ["result", "created_at", "id"])
    op.create_index(
        "uq_recon_items_open", table, ["provider_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.execute("CREATE TRIGGER touch_recon_items BEFORE UPDATE ON recon_items FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute("SELECT audit_table('recon_items', '{}', '{}')")


def downgrade() -> None:
    op.drop_table("recon_items")
    op.execute("DROP FUNCTION audit_recon_items() CASCADE")
    op.drop_table("recon_runs")
    op.drop_table("provider_bookings")


def _identity(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _amount(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(precision=19, scale=4), **options)


def _reference(table: str, name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{table}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)


def _check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))
