"""The records that a person opened last.

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_TABLE = "recent_records"
_ROLES = "'admin', 'vendor', 'logistics', 'finance', 'customer'"


def upgrade() -> None:
    key = sa.ForeignKey("users.id", name=op.f(f"fk_{_TABLE}_user_id"), ondelete="RESTRICT")
    op.create_table(
        _TABLE,
        sa.Column("user_id", sa.Uuid(), key, nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"panel IN ({_ROLES})", name=op.f(f"ck_{_TABLE}_panel")),
        sa.PrimaryKeyConstraint("user_id", "panel", "noun", "record_id", name=op.f(f"pk_{_TABLE}")),
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
