"""The currencies in which the provider has a bank account of a vendor (PAY-1, 8).

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

AUDIT = "SELECT audit_table('vendor_profiles', '{bank_fingerprint,bank_last4}', '{}')"


def upgrade() -> None:
    op.add_column("vendor_profiles", sa.Column("payout_currencies", postgresql.JSONB()))
    op.create_check_constraint(
        op.f("ck_vendor_profiles_payout_currencies_list"),
        "vendor_profiles",
        "jsonb_typeof(payout_currencies) = 'array'",
    )
    op.execute(AUDIT)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_vendor_profiles_payout_currencies_list"), "vendor_profiles", type_="check")
    op.drop_column("vendor_profiles", "payout_currencies")
    op.execute(AUDIT)
