"""Ways to ship, and parcels.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipping_methods",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.Column("service_type", sa.String(length=60), nullable=False),
        sa.Column("base_rate", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("per_kg_rate", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("per_item_rate", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("estimated_days_min", sa.Integer(), nullable=False),
        sa.Column("estimated_days_max", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("coverage_areas", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "base_rate = round(base_rate, currency_exponent(currency))",
            name=op.f("ck_shipping_methods_base_rate_exact"),
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_shipping_methods_currency_known")),
        sa.CheckConstraint(
            "estimated_days_min BETWEEN 0 AND estimated_days_max", name=op.f("ck_shipping_methods_days_in_order")
        ),
        sa.CheckConstraint(
            "least(base_rate, per_kg_rate, per_item_rate) >= 0", name=op.f("ck_shipping_methods_rates_not_negative")
        ),
        sa.CheckConstraint(
            "per_item_rate = round(per_item_rate, currency_exponent(currency))",
            name=op.f("ck_shipping_methods_per_item_rate_exact"),
        ),
        sa.CheckConstraint(
            "per_kg_rate = round(per_kg_rate, currency_exponent(currency))",
            name=op.f("ck_shipping_methods_per_kg_rate_exact"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipping_methods")),
    )
    op.create_index("ix_shipping_methods_created_at_id", "shipping_methods", ["created_at", "id"], unique=False)
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("shipping_method_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("weight", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("dimensions", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("carrier", sa.String(length=60), nullable=True),
        sa.Column("service_type", sa.String(length=60), nullable=True),
        sa.Column("tracking_events", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_delivery", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("exception", sa.String(length=64), nullable=True),
        sa.Column("needs_review", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status <> 'delivered' OR delivered_at IS NOT NULL", name=op.f("ck_shipments_delivered_has_time")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned')",
            name=op.f("ck_shipments_status"),
        ),
        sa.CheckConstraint("voided_at IS NULL OR status = 'pending'", name=op.f("ck_shipments_void_is_pending")),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_shipments_weight_not_negative")),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["users.id"], name=op.f("fk_shipments_assigned_to"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["shipping_method_id"],
            ["shipping_methods.id"],
            name=op.f("fk_shipments_shipping_method_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_shipments_tracking_number")),
    )
    op.create_index(op.f("ix_shipments_assigned_to"), "shipments", ["assigned_to"], unique=False)
    op.create_index("ix_shipments_created_at_id", "shipments", ["created_at", "id"], unique=False)
    op.create_index("ix_shipments_order_id_status", "shipments", ["order_id", "status"], unique=False)
    op.create_index(op.f("ix_shipments_shipping_method_id"), "shipments", ["shipping_method_id"], unique=False)
    op.create_index("ix_shipments_status_created_at_id", "shipments", ["status", "created_at", "id"], unique=False)
    op.create_table(
        "shipment_items",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_items_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_shipment_items_order_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_items_shipment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_items")),
        sa.UniqueConstraint("shipment_id", "order_item_id", name=op.f("uq_shipment_items_shipment_id_order_item_id")),
    )
    op.create_index(op.f("ix_shipment_items_order_item_id"), "shipment_items", ["order_item_id"], unique=False)
    op.create_table(
        "shipment_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("carrier_event_id", sa.String(length=100), nullable=True),
        sa.Column("event_hash", sa.String(length=64), nullable=False),
        sa.Column("raw_code", sa.String(length=64), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned')",
            name=op.f("ck_shipment_events_status"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["users.id"], name=op.f("fk_shipment_events_recorded_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_events_shipment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_events")),
        sa.UniqueConstraint(
            "shipment_id", "carrier_event_id", name=op.f("uq_shipment_events_shipment_id_carrier_event_id")
        ),
        sa.UniqueConstraint("shipment_id", "event_hash", name=op.f("uq_shipment_events_shipment_id_event_hash")),
    )
    op.create_index(op.f("ix_shipment_events_recorded_by"), "shipment_events", ["recorded_by"], unique=False)


def downgrade() -> None:
    op.drop_table("shipment_events")
    op.drop_table("shipment_items")
    op.drop_table("shipments")
    op.drop_table("shipping_methods")
