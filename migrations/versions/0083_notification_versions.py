"""A version for notifications: whoever sends a mail again is held to what they saw (I8).

Revision ID: 0083
Revises: 0081
"""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0081"
branch_labels = None
depends_on = None

_TABLE = "notifications"


def upgrade() -> None:
    # Neither default is computed for a row, so a large table is not rewritten.
    updated_at = sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    op.add_column(_TABLE, updated_at)
    op.add_column(_TABLE, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.execute(f"CREATE TRIGGER touch_{_TABLE} BEFORE UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION touch_row()")


def downgrade() -> None:
    op.execute(f"DROP TRIGGER touch_{_TABLE} ON {_TABLE}")
    op.drop_column(_TABLE, "version")
    op.drop_column(_TABLE, "updated_at")
