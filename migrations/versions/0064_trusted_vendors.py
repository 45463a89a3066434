"""Two settings say which vendors are trusted (MOD-6).

Revision ID: 0064
Revises: 0063
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

_SETTINGS = (
    {
        "key": "products.trusted_approvals",
        "type": "number",
        "value": "0",
        "description": "Approvals by a person after which a vendor's products are approved by the system; 0 is never"
        " (MOD-6).",
    },
    {
        "key": "products.trusted_reject_rate",
        "type": "string",
        "value": '"0.050000"',
        "description": "Share of rejected products, at most, with which a vendor is trusted; a fraction (MOD-6).",
    },
)


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for setting in _SETTINGS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO platform_settings (key, type, value, description)"
                " VALUES (:key, :type, cast(:value AS jsonb), :description)"
            ),
            setting,
        )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for setting in _SETTINGS:
        op.execute(sa.text("DELETE FROM platform_settings WHERE key = :key").bindparams(key=setting["key"]))
