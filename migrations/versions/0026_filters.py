"""Every filter that a list offers has an index.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_FILTERS = (
    ("operations", "status"),
    ("approvals", "status"),
    ("disputes", "type"),
    ("disputes", "priority"),
    ("refunds", "kind"),
    ("refunds", "reason"),
    ("transactions", "status"),
    ("subscriptions", "billing_cycle"),
    ("users", "status"),
)
_PROFILES = ("verification_status", "payouts_enabled")


def upgrade() -> None:
    for table, column in _FILTERS:
        op.create_index(f"ix_{table}_{column}_created_at_id", table, [column, "created_at", "id"])
    for column in _PROFILES:
        op.create_index(f"ix_vendor_profiles_{column}", "vendor_profiles", [column])
    op.create_index(
        "ix_audit_log_events",
        "audit_log",
        ["action", "id"],
        postgresql_where=sa.text("action NOT IN ('insert', 'update', 'delete')"),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_log_events", table_name="audit_log")
    for column in _PROFILES:
        op.drop_index(f"ix_vendor_profiles_{column}", table_name="vendor_profiles")
    for table, column in _FILTERS:
        op.drop_index(f"ix_{table}_{column}_created_at_id", table_name=table)
