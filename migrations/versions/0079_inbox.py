"""What the inboxes count is found by indexes that hold little else, and the rows behind figures by their times.

Revision ID: 0079
Revises: 0077
"""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_shipments_assigned_to_status", "shipments", ["assigned_to", "status", "created_at", "id"])
    op.drop_index("ix_shipments_assigned_to", "shipments")
    open_orders = sa.text("status IN ('confirmed', 'processing')")
    op.create_index("ix_orders_to_ship", "orders", ["vendor_id", "created_at", "id"], postgresql_where=open_orders)
    rejected = sa.text("status = 'rejected' AND deleted_at IS NULL")
    op.create_index("ix_products_rejected", "products", ["vendor_id", "created_at", "id"], postgresql_where=rejected)
    op.create_index("ix_subscriptions_start_date", "subscriptions", ["start_date"])
    op.create_index("ix_subscriptions_end_date", "subscriptions", ["end_date"])
    op.create_index("ix_status_history_created_at", "status_history", ["created_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_status_history_created_at", "status_history")
    op.drop_index("ix_subscriptions_end_date", "subscriptions")
    op.drop_index("ix_subscriptions_start_date", "subscriptions")
    op.drop_index("ix_products_rejected", "products")
    op.drop_index("ix_orders_to_ship", "orders")
    op.create_index("ix_shipments_assigned_to", "shipments", ["assigned_to"])
    op.drop_index("ix_shipments_assigned_to_status", "shipments")
