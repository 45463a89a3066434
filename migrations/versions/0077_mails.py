"""E-mail as a channel of notifications: a worker takes a pending one by lease, and people count their own channel.

Revision ID: 0077
Revises: 0075
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0075"
branch_labels = None
depends_on = None

_TABLE = "notifications"
_CHECKS = {
    "queue": "queue IN ('money', 'default', 'bulk')",
    "failed_has_reason": "status <> 'failed' OR last_error IS NOT NULL",
}
#: Scheduled reports were told of under the event of all reports; who did not want that does not want this.
_SPLIT = """
    INSERT INTO notification_preferences (user_id, event_key, channel, enabled)
    SELECT user_id, 'report.scheduled', by.channel, enabled
    FROM notification_preferences, (VALUES ('in_app'), ('email')) AS by (channel)
    WHERE event_key = 'report.finished' ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    for column in _leased():
        op.add_column(_TABLE, column)
    op.execute(f"UPDATE {_TABLE} SET last_error = 'Unknown.' WHERE status = 'failed'")
    for name, text in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, text)
    _unread("read_at IS NULL AND channel = 'in_app'")
    for name, first in (("mails", []), ("mails_status", ["status"])):
        mails = sa.text("channel = 'email'")
        op.create_index(f"ix_notifications_{name}", _TABLE, [*first, "created_at", "id"], postgresql_where=mails)
    due = sa.text("channel = 'email' AND status = 'pending'")
    op.create_index("ix_notifications_due", _TABLE, ["run_after"], postgresql_where=due)
    op.execute(_SPLIT)


def downgrade() -> None:
    op.execute(f"DELETE FROM {_TABLE} WHERE channel = 'email'")
    op.execute("DELETE FROM notification_preferences WHERE event_key = 'report.scheduled'")
    op.drop_index("ix_notifications_due", table_name=_TABLE)
    op.drop_index("ix_notifications_mails_status", table_name=_TABLE)
    op.drop_index("ix_notifications_mails", table_name=_TABLE)
    _unread("read_at IS NULL")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE)
    for column in reversed(_leased()):
        op.drop_column(_TABLE, column.name)


def _leased() -> list[sa.Column[Any]]:
    now = sa.text("now()")
    return [
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("due_since", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    ]


def _unread(which: str) -> None:
    op.drop_index("ix_notifications_unread", table_name=_TABLE)
    op.create_index("ix_notifications_unread", _TABLE, ["user_id", "created_at"], postgresql_where=sa.text(which))
