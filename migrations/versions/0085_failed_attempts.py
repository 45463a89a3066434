"""How often the delivery of a parcel failed is kept with it, so that the inbox need not count events (SHP-6).

Revision ID: 0085
Revises: 0084
"""

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_OPEN = "failed_attempts >= 2 AND status <> 'delivered' AND status <> 'returned' AND voided_at IS NULL"
_AUDIT = "SELECT audit_table('shipments', '{tracking_events}', '{}')"
_FAILED = sa.text("status = 'failed'")


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.add_column("shipments", sa.Column("failed_attempts", sa.SmallInteger(), server_default="0", nullable=False))
    op.execute(
        "UPDATE shipments SET failed_attempts = e.times FROM (SELECT shipment_id, count(DISTINCT occurred_at) AS times"
        " FROM shipment_events WHERE status = 'failed' GROUP BY shipment_id) AS e WHERE e.shipment_id = shipments.id"
    )
    op.create_check_constraint(op.f("ck_shipments_attempts_not_negative"), "shipments", "failed_attempts >= 0")
    op.create_index("ix_shipments_failed_twice", "shipments", ["created_at", "id"], postgresql_where=sa.text(_OPEN))
    op.drop_index("ix_shipment_events_failed", "shipment_events")
    op.execute(_AUDIT)


def downgrade() -> None:
    op.create_index("ix_shipment_events_failed", "shipment_events", ["shipment_id"], postgresql_where=_FAILED)
    op.drop_index("ix_shipments_failed_twice", "shipments")
    op.drop_constraint(op.f("ck_shipments_attempts_not_negative"), "shipments")
    op.drop_column("shipments", "failed_attempts")
    op.execute(_AUDIT)
