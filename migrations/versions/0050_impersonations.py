"""Admins who view as somebody, and both people in every row of the audit log that is written meanwhile.

Revision ID: 0050
Revises: 0049
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_TABLE = "impersonations"
# Whoever writes the log, trigger or application, says nothing of it: the transaction does. The partitions follow.
_ON_BEHALF_OF = "nullif(current_setting('backoffice.on_behalf_of', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _user("viewer_id"),
        _user("user_id"),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        _time("expires_at", nullable=False),
        _time("ended_at", nullable=True),
        sa.Column("ended_reason", sa.String(length=40), nullable=True),
        _check("viewer_is_another", "viewer_id <> user_id"),
        _check("an_hour_at_most", "expires_at > created_at AND expires_at <= created_at + interval '1 hour'"),
        _check("ended_has_reason", "(ended_at IS NULL) = (ended_reason IS NULL)"),
        _check("reason_is_given", "btrim(reason) <> ''"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impersonations")),
    )
    for name in ("viewer_id", "user_id"):
        op.create_index(op.f(f"ix_impersonations_{name}"), _TABLE, [name])
    op.create_index("ix_impersonations_created_at_id", _TABLE, ["created_at", "id"])
    op.create_index(
        "uq_impersonations_open", _TABLE, ["session_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.execute("SELECT audit_table('impersonations', '{}', '{}')")
    op.add_column("audit_log", sa.Column("on_behalf_of", sa.Uuid(), server_default=sa.text(_ON_BEHALF_OF), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_log", "on_behalf_of")
    op.drop_table(_TABLE)
    op.execute("DROP FUNCTION audit_impersonations() CASCADE")


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _user(name: str) -> sa.Column[Any]:
    key = sa.ForeignKey("users.id", name=op.f(f"fk_impersonations_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, nullable=False)


def _check(name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_impersonations_{name}"))
