"""Lists as files, made by a worker.

Revision ID: 0055
Revises: 0054
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TABLE = "exports"
_DUE = sa.text("status IN ('pending', 'running', 'done')")
_CHECKS = {
    "done_is_whole": "status <> 'done' OR num_nulls(file_name, finished_at, expires_at) = 0",
    "failed_has_reason": "status <> 'failed' OR last_error IS NOT NULL",
    "rows_within_limit": "rows BETWEEN 0 AND 100000",
    "panel": "panel IN ('admin', 'vendor', 'logistics', 'finance', 'customer')",
    "format": "format IN ('csv', 'xlsx', 'json')",
    "status": "status IN ('pending', 'running', 'done', 'failed', 'expired')",
    "queue": "queue IN ('money', 'default', 'bulk')",
}
_MOVES = "('done', 'expired'), ('pending', 'running'), ('running', 'done'), ('running', 'failed')"
#: What was asked for, and by whom, is never another.
_FIXED = ("user_id", "panel", "noun", "label", "format", "query", "columns", "heads", "statement", "request_id")


def upgrade() -> None:
    owner = sa.ForeignKey("users.id", name=op.f("fk_exports_user_id"), ondelete="RESTRICT")
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), owner, nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("query", sa.Text(), server_default="", nullable=False),
        sa.Column("columns", _json(), nullable=True),
        sa.Column("heads", _json(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("file_name", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        _time("started_at"),
        _time("finished_at"),
        _time("expires_at"),
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("run_after", server_default=sa.text("now()"), nullable=False),
        _time("due_since", server_default=sa.text("now()"), nullable=False),
        _time("leased_until"),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_user_id_created_at_id", _TABLE, ["user_id", "created_at", "id"])
    op.create_index("ix_exports_due", _TABLE, ["run_after"], postgresql_where=_DUE)
    op.create_index("ix_exports_created_at", _TABLE, ["created_at"])
    op.execute(
        f"CREATE TRIGGER tr_{_TABLE}_status BEFORE UPDATE ON {_TABLE} FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute(
        f"CREATE TRIGGER tr_{_TABLE}_fixed BEFORE UPDATE ON {_TABLE} FOR EACH ROW"
        f" WHEN (({_each('OLD')}) IS DISTINCT FROM ({_each('NEW')})) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table(_TABLE)


def _each(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in _FIXED)


def _json() -> Any:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
