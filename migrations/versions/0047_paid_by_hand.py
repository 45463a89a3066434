"""Vendors whom the platform's own bank pays.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_AUDIT = "SELECT audit_table('vendor_profiles', '{bank_fingerprint,bank_last4}', '{}')"


def upgrade() -> None:
    op.add_column(
        "vendor_profiles", sa.Column("paid_by_hand", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.execute(_AUDIT)


def downgrade() -> None:
    op.drop_column("vendor_profiles", "paid_by_hand")
    op.execute(_AUDIT)
