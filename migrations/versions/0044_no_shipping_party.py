"""The cost of shipping is the platform's (E1b): the setting that said otherwise had no reader, and goes.

Revision ID: 0044
Revises: 0043
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_KEY = "shipping.revenue_party"


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(sa.text("DELETE FROM platform_settings WHERE key = :key"), {"key": _KEY})


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO platform_settings (key, type, value, description)"
            " VALUES (:key, 'string', cast(:value AS jsonb), :description)"
        ),
        {"key": _KEY, "value": json.dumps("vendor"), "description": "Who keeps the shipping money of new orders."},
    )
