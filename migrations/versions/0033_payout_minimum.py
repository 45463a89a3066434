"""What a payout comes to at least, and how often payouts are put together (PAY-2, PAY-3).

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

AUDIT = "SELECT audit_table('vendor_profiles', '{bank_fingerprint,bank_last4}', '{}')"

SETTINGS = (
    (
        "payouts.assemble",
        "string",
        "weekly",
        "How often payouts are put together for vendors without a schedule of their own (PAY-3).",
    ),
    (
        "payouts.minimum",
        "json",
        {"USD": "10.00", "EUR": "10.00", "JPY": "1000", "KWD": "3.000"},
        "What a payout comes to at least; below it the balance carries over (PAY-2).",
    ),
)


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for key, kind, value, description in SETTINGS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO platform_settings (key, type, value, description)"
                " VALUES (:key, :type, cast(:value AS jsonb), :description)"
            ),
            {"key": key, "type": kind, "value": json.dumps(value), "description": description},
        )
    op.add_column("vendor_profiles", sa.Column("payout_schedule", sa.String(32)))
    op.create_check_constraint(
        op.f("ck_vendor_profiles_payout_schedule"),
        "vendor_profiles",
        "payout_schedule IN ('daily', 'weekly', 'monthly', 'manual')",
    )
    op.execute(AUDIT)


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.drop_constraint(op.f("ck_vendor_profiles_payout_schedule"), "vendor_profiles", type_="check")
    op.drop_column("vendor_profiles", "payout_schedule")
    op.execute(AUDIT)
    for key, *_ in SETTINGS:
        op.get_bind().execute(sa.text("DELETE FROM platform_settings WHERE key = :key"), {"key": key})
