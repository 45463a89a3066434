"""Files that people import, and their rows.

Revision ID: 0056
Revises: 0055
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_DUE = sa.text("status IN ('pending', 'running', 'undoing')")
_STATUSES = "'draft', 'pending', 'running', 'done', 'failed', 'undoing', 'undone'"
_CHECKS = {
    "chosen_before_start": "status = 'draft' OR num_nulls(mapping, key, mode, judged_at) = 0",
    "done_has_time": "status NOT IN ('done', 'undoing', 'undone') OR num_nulls(finished_at, undo_until) = 0",
    "failed_has_reason": "status <> 'failed' OR last_error IS NOT NULL",
    "rows_within_limit": "rows BETWEEN 1 AND 2000",
    "done_within_rows": "done BETWEEN 0 AND rows",
    "panel": "panel IN ('admin', 'vendor', 'logistics', 'finance', 'customer')",
    "mode": "mode IN ('all', 'good')",
    "status": f"status IN ({_STATUSES})",
    "queue": "queue IN ('money', 'default', 'bulk')",
}
_ROW_CHECKS = {
    "bad_has_messages": "verdict <> 'bad' OR messages IS NOT NULL",
    "found_has_version": "verdict NOT IN ('changed', 'unchanged') OR num_nulls(target_id, target_version) = 0",
    "written_was_judged": "result IS NULL OR (verdict IN ('new', 'changed') AND changes IS NOT NULL)",
    "refused_has_reason": "result NOT IN ('refused', 'kept') OR reason IS NOT NULL",
    "written_has_version": "result <> 'written' OR left_version IS NOT NULL",
    "verdict": "verdict IN ('new', 'changed', 'unchanged', 'bad')",
    "result": "result IN ('written', 'refused', 'undone', 'kept')",
}
_MOVES = (
    "('done', 'undoing'), ('draft', 'pending'), ('pending', 'running'), ('running', 'done'), ('running', 'failed'),"
    " ('undoing', 'done'), ('undoing', 'undone')"
)
#: Whose it is and what it is for is never another.
_FIXED = ("user_id", "panel", "noun", "entity", "permission", "headings", "request_id")


def upgrade() -> None:
    owner = sa.ForeignKey("users.id", name=op.f("fk_imports_user_id"), ondelete="RESTRICT")
    op.create_table(
        "imports",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), owner, nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("permission", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("headings", _json(), nullable=False),
        sa.Column("mapping", _json(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("mode", sa.String(length=32), nullable=True),
        _time("judged_at"),
        sa.Column("status", sa.String(length=32), server_default="draft", nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        _time("finished_at"),
        _time("undo_until"),
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _time("run_after", server_default=sa.text("now()"), nullable=False),
        _time("due_since", server_default=sa.text("now()"), nullable=False),
        _time("leased_until"),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_imports_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_user_id_created_at_id", "imports", ["user_id", "created_at", "id"])
    op.create_index("ix_imports_due", "imports", ["run_after"], postgresql_where=_DUE)
    op.create_index("ix_imports_created_at", "imports", ["created_at"])
    _rows()
    op.execute(
        "CREATE TRIGGER tr_imports_status BEFORE UPDATE ON imports FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute(
        "CREATE TRIGGER tr_imports_fixed BEFORE UPDATE ON imports FOR EACH ROW"
        f" WHEN (({_each('OLD')}) IS DISTINCT FROM ({_each('NEW')})) EXECUTE FUNCTION refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("import_rows")
    op.drop_table("imports")


def _rows() -> None:
    whole = sa.ForeignKey("imports.id", name=op.f("fk_import_rows_import_id"), ondelete="RESTRICT")
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.Uuid(), whole, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cells", _json(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=True),
        sa.Column("messages", _json(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("target_version", sa.Integer(), nullable=True),
        sa.Column("changes", _json(), nullable=True),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("left_version", sa.Integer(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_import_rows_{name}")) for name, text in _ROW_CHECKS.items()),
        sa.PrimaryKeyConstraint("import_id", "position", name=op.f("pk_import_rows")),
    )


def _each(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in _FIXED)


def _json() -> Any:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
