"""What each person wants to be told of, by event and channel.

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_TABLE = "notification_preferences"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("event_key", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('email', 'sms', 'push', 'in_app')", name=op.f("ck_notification_preferences_channel")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_preferences_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", "event_key", "channel", name=op.f("pk_notification_preferences")),
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
