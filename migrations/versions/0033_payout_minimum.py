"""What a payout comes to at least (PAY-2).

Revision ID: 0033
Revises: 0032
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KEY = "payouts.minimum"
AMOUNTS = {"USD": "10.00", "EUR": "10.00", "JPY": "1000", "KWD": "3.000"}


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO platform_settings (key, type, value, description)"
            " VALUES (:key, 'json', cast(:value AS jsonb), :description)"
        ),
        {
            "key": KEY,
            "value": json.dumps(AMOUNTS),
            "description": "What a payout comes to at least; below it the balance carries over (PAY-2).",
        },
    )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(sa.text("DELETE FROM platform_settings WHERE key = :key"), {"key": KEY})
