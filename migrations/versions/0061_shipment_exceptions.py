"""Indexes of the parcels that the clock finds: each holds only the open ones (SHP-6).

Revision ID: 0061
Revises: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_INDEXES = (
    ("shipments", "unscanned", ["created_at", "id"], "status = 'pending' AND voided_at IS NULL"),
    ("shipments", "under_way", ["shipped_at"], "status IN ('picked_up', 'in_transit', 'out_for_delivery')"),
    ("shipments", "due", ["estimated_delivery"], "status <> 'delivered' AND status <> 'returned' AND voided_at IS NULL"),
    ("shipment_events", "failed", ["shipment_id"], "status = 'failed'"),
)


def upgrade() -> None:
    for table, name, columns, where in _INDEXES:
        op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    for table, name, *_ in reversed(_INDEXES):
        op.drop_index(f"ix_{table}_{name}", table)
