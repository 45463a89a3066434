"""Reports are files that a worker makes, once or on a schedule.

Revision ID: 0074
Revises: 0072
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0074"
down_revision = "0072"
branch_labels = None
depends_on = None

_SCHEDULES, _REPORTS = "report_schedules", "reports"
_TYPES = "'revenue', 'orders', 'products', 'users', 'logistics', 'payouts', 'disputes', 'tax', 'moderation'"
_PANELS = "'admin', 'vendor', 'logistics', 'finance', 'customer'"
_FORMATS = "'csv', 'xlsx', 'pdf'"
_CHECKS = {
    _SCHEDULES: {
        "panel": f"panel IN ({_PANELS})",
        "type": f"type IN ({_TYPES})",
        "format": f"format IN ({_FORMATS})",
        "rhythm": "rhythm IN ('weekly', 'monthly')",
    },
    _REPORTS: {
        "completed_is_whole": "status <> 'completed' OR num_nulls(file_name, expires_at) = 0",
        "failed_has_reason": "status <> 'failed' OR last_error IS NOT NULL",
        "rows_within_limit": "rows BETWEEN 0 AND 100000",
        "schedule_is_whole": "num_nulls(schedule_id, scheduled_for) <> 1",
        "panel": f"panel IN ({_PANELS})",
        "format": f"format IN ({_FORMATS})",
        "queue": "queue IN ('money', 'default', 'bulk')",
    },
}
_STATUSES = "'generating', 'completed', 'failed'"
_MOVES = "('completed', 'expired'), ('failed', 'generating'), ('generating', 'completed'), ('generating', 'failed')"
_OLD_MOVES = "('failed', 'generating'), ('generating', 'completed'), ('generating', 'failed')"
#: What was asked for, and by whom, is never another.
_FIXED = ("user_id", "panel", "type", "format", "filters", "schedule_id", "scheduled_for")


def upgrade() -> None:
    owner = sa.ForeignKey("users.id", name=op.f(f"fk_{_SCHEDULES}_user_id"), ondelete="RESTRICT")
    op.create_table(
        _SCHEDULES,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _time("deleted_at"),
        sa.Column("user_id", sa.Uuid(), owner, nullable=False),
        _word("panel"),
        _word("type"),
        _word("format"),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        _word("rhythm"),
        _time("next_run_at", nullable=False),
        _time("paused_at"),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_SCHEDULES}_{name}")) for name, text in _CHECKS[_SCHEDULES].items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_SCHEDULES}")),
    )
    op.create_index(f"ix_{_SCHEDULES}_created_at_id", _SCHEDULES, ["created_at", "id"])
    op.create_index(f"ix_{_SCHEDULES}_user_id_created_at_id", _SCHEDULES, ["user_id", "created_at", "id"])
    due = sa.text("deleted_at IS NULL AND paused_at IS NULL")
    op.create_index(f"ix_{_SCHEDULES}_due", _SCHEDULES, ["next_run_at"], postgresql_where=due)
    op.execute(f"CREATE TRIGGER touch_{_SCHEDULES} BEFORE UPDATE ON {_SCHEDULES} FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(f"SELECT audit_table('{_SCHEDULES}', '{{}}', '{{}}')")
    _reports()


def _reports() -> None:
    for column in (
        _word("panel", nullable=True),
        _word("format", server_default="csv"),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=True),
        _time("expires_at"),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        _time("scheduled_for"),
        _word("queue", server_default="default"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("run_after", server_default=sa.text("now()"), nullable=False),
        _time("due_since", server_default=sa.text("now()"), nullable=False),
        _time("leased_until"),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    ):
        op.add_column(_REPORTS, column)
    op.create_foreign_key(
        op.f("fk_reports_schedule_id"), _REPORTS, _SCHEDULES, ["schedule_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_unique_constraint(op.f("uq_reports_schedule_id_scheduled_for"), _REPORTS, ["schedule_id", "scheduled_for"])
    op.drop_constraint(op.f("ck_reports_status"), _REPORTS)
    op.create_check_constraint(op.f("ck_reports_status"), _REPORTS, f"status IN ({_STATUSES}, 'expired')")
    op.execute(f"SELECT audit_table('{_REPORTS}', '{{}}', '{{}}')")
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    _machine(_MOVES)
    # No report has had a file until now.
    op.execute(
        "UPDATE reports SET panel = users.role, status = CASE reports.status WHEN 'completed' THEN 'expired' ELSE"
        " reports.status END, last_error = CASE reports.status WHEN 'failed' THEN 'It could not be made.' END"
        " FROM users WHERE users.id = reports.user_id"
    )
    op.alter_column(_REPORTS, "panel", nullable=False)
    op.alter_column(_REPORTS, "format", server_default=None)
    for name, text in _CHECKS[_REPORTS].items():
        op.create_check_constraint(op.f(f"ck_{_REPORTS}_{name}"), _REPORTS, text)
    waiting = sa.text("status IN ('generating', 'completed')")
    op.create_index("ix_reports_due", _REPORTS, ["run_after"], postgresql_where=waiting)
    op.execute(
        f"CREATE TRIGGER tr_{_REPORTS}_fixed BEFORE UPDATE ON {_REPORTS} FOR EACH ROW"
        f" WHEN (({_each('OLD')}) IS DISTINCT FROM ({_each('NEW')})) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute(f"DROP TRIGGER tr_{_REPORTS}_fixed ON {_REPORTS}")
    op.drop_index("ix_reports_due", table_name=_REPORTS)
    for name in _CHECKS[_REPORTS]:
        op.drop_constraint(op.f(f"ck_{_REPORTS}_{name}"), _REPORTS)
    op.execute(f"DROP TRIGGER tr_{_REPORTS}_status ON {_REPORTS}")
    op.execute("UPDATE reports SET status = 'completed' WHERE status = 'expired'")
    op.drop_constraint(op.f("ck_reports_status"), _REPORTS)
    op.create_check_constraint(op.f("ck_reports_status"), _REPORTS, f"status IN ({_STATUSES})")
    _status_trigger(_OLD_MOVES)
    for name in ("panel", "format", "rows", "file_name", "expires_at", "schedule_id", "scheduled_for", "queue",
                 "attempts", "run_after", "due_since", "leased_until", "lease_token", "last_error"):
        op.drop_column(_REPORTS, name)
    op.execute(f"SELECT audit_table('{_REPORTS}', '{{}}', '{{}}')")
    op.drop_table(_SCHEDULES)
    op.execute(f"DROP FUNCTION audit_{_SCHEDULES}() CASCADE")


def _machine(moves: str) -> None:
    op.execute(f"DROP TRIGGER tr_{_REPORTS}_status ON {_REPORTS}")
    _status_trigger(moves)


def _status_trigger(moves: str) -> None:
    op.execute(
        f"CREATE TRIGGER tr_{_REPORTS}_status BEFORE UPDATE ON {_REPORTS} FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({moves}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )


def _each(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in _FIXED)


def _word(name: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=32), nullable=nullable, **options)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
