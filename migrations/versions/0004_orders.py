"""Orders, their lines, and what customers say about them.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_number", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("payment_status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("subtotal", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("tax_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("shipping_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("discount_amount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
        sa.Column("total_amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("shipping_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("billing_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tax_remitter", sa.String(length=32), server_default="vendor", nullable=False),
        sa.Column("discount_funded_by", sa.String(length=32), nullable=True),
        sa.Column("coupon_code", sa.String(length=40), nullable=True),
        sa.Column("needs_review", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_orders_cancelled_has_time")
        ),
        sa.CheckConstraint("discount_funded_by IN ('vendor', 'platform')", name=op.f("ck_orders_discount_funded_by")),
        sa.CheckConstraint(
            "payment_status IN ('pending', 'paid', 'failed', 'refunded', 'partially_refunded')",
            name=op.f("ck_orders_payment_status"),
        ),
        sa.CheckConstraint(
            "status <> 'delivered' OR delivered_at IS NOT NULL", name=op.f("ck_orders_delivered_has_time")
        ),
        sa.CheckConstraint("status <> 'shipped' OR shipped_at IS NOT NULL", name=op.f("ck_orders_shipped_has_time")),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded')",
            name=op.f("ck_orders_status"),
        ),
        sa.CheckConstraint("tax_remitter IN ('vendor', 'platform')", name=op.f("ck_orders_tax_remitter")),
        sa.CheckConstraint(
            "(discount_amount = 0) = (discount_funded_by IS NULL)", name=op.f("ck_orders_discount_has_funder")
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_orders_currency_known")),
        sa.CheckConstraint(
            "discount_amount = round(discount_amount, currency_exponent(currency))",
            name=op.f("ck_orders_discount_amount_exact"),
        ),
        sa.CheckConstraint(
            "least(subtotal, tax_amount, shipping_amount, discount_amount, total_amount) >= 0",
            name=op.f("ck_orders_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "shipping_amount = round(shipping_amount, currency_exponent(currency))",
            name=op.f("ck_orders_shipping_amount_exact"),
        ),
        sa.CheckConstraint(
            "subtotal = round(subtotal, currency_exponent(currency))", name=op.f("ck_orders_subtotal_exact")
        ),
        sa.CheckConstraint(
            "tax_amount = round(tax_amount, currency_exponent(currency))", name=op.f("ck_orders_tax_amount_exact")
        ),
        sa.CheckConstraint(
            "total_amount = round(total_amount, currency_exponent(currency))", name=op.f("ck_orders_total_amount_exact")
        ),
        sa.CheckConstraint(
            "total_amount = subtotal + tax_amount + shipping_amount - discount_amount",
            name=op.f("ck_orders_total_is_sum"),
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["users.id"], name=op.f("fk_orders_customer_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["vendor_id"], ["users.id"], name=op.f("fk_orders_vendor_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("order_number", name=op.f("uq_orders_order_number")),
    )
    op.create_index("ix_orders_created_at_id", "orders", ["created_at", "id"], unique=False)
    op.create_index("ix_orders_customer_id_status", "orders", ["customer_id", "status"], unique=False)
    op.create_index(
        "ix_orders_needs_review", "orders", ["created_at", "id"], unique=False, postgresql_where=sa.text("needs_review")
    )
    op.create_index(
        "ix_orders_payment_status_created_at_id", "orders", ["payment_status", "created_at", "id"], unique=False
    )
    op.create_index("ix_orders_status_created_at_id", "orders", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_orders_total_amount_id", "orders", ["total_amount", "id"], unique=False)
    op.create_index("ix_orders_vendor_id_created_at_id", "orders", ["vendor_id", "created_at", "id"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("product_sku", sa.String(length=64), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("quantity_cancelled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total_price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("product_snapshot", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("commission_rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("commission_source", sa.String(length=32), nullable=False),
        sa.Column("commission_amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("vendor_amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "commission_source IN ('product', 'vendor', 'plan', 'default')",
            name=op.f("ck_order_items_commission_source"),
        ),
        sa.CheckConstraint(
            "commission_amount = round(commission_amount, currency_exponent(currency))",
            name=op.f("ck_order_items_commission_amount_exact"),
        ),
        sa.CheckConstraint(
            "commission_amount BETWEEN 0 AND total_price", name=op.f("ck_order_items_commission_within_total")
        ),
        sa.CheckConstraint("commission_rate BETWEEN 0 AND 1", name=op.f("ck_order_items_commission_rate_range")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_order_items_currency_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_items_quantity_positive")),
        sa.CheckConstraint(
            "quantity_cancelled BETWEEN 0 AND quantity", name=op.f("ck_order_items_cancelled_within_ordered")
        ),
        sa.CheckConstraint(
            "total_price = round(total_price, currency_exponent(currency))",
            name=op.f("ck_order_items_total_price_exact"),
        ),
        sa.CheckConstraint("total_price = unit_price * quantity", name=op.f("ck_order_items_total_is_product")),
        sa.CheckConstraint(
            "unit_price = round(unit_price, currency_exponent(currency))", name=op.f("ck_order_items_unit_price_exact")
        ),
        sa.CheckConstraint(
            "vendor_amount = round(vendor_amount, currency_exponent(currency))",
            name=op.f("ck_order_items_vendor_amount_exact"),
        ),
        sa.CheckConstraint(
            "vendor_amount = total_price - commission_amount", name=op.f("ck_order_items_vendor_is_remainder")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_items_order_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_order_items_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_order_items_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_items")),
    )
    op.create_index("ix_order_items_created_at_id", "order_items", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_order_items_order_id"), "order_items", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_items_product_id"), "order_items", ["product_id"], unique=False)
    op.create_index(
        "ix_order_items_vendor_id_created_at_id", "order_items", ["vendor_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("images", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("is_verified_purchase", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=True),
        sa.Column("moderated_by", sa.Uuid(), nullable=True),
        sa.Column("moderated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("moderation_note", sa.Text(), nullable=True),
        sa.Column("rejection_reason", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "rejection_reason IN ('spam', 'offensive', 'off_topic', 'fake', 'personal_data', 'other')",
            name=op.f("ck_product_reviews_rejection_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR rejection_reason IS NOT NULL", name=op.f("ck_product_reviews_rejected_has_reason")
        ),
        sa.CheckConstraint("status IN ('pending', 'approved', 'rejected')", name=op.f("ck_product_reviews_status")),
        sa.CheckConstraint(
            "NOT is_verified_purchase OR order_item_id IS NOT NULL", name=op.f("ck_product_reviews_verified_has_item")
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_product_reviews_rating_range")),
        sa.ForeignKeyConstraint(
            ["moderated_by"], ["users.id"], name=op.f("fk_product_reviews_moderated_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_product_reviews_order_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_product_reviews_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
        sa.UniqueConstraint("product_id", "user_id", name=op.f("uq_product_reviews_product_id_user_id")),
    )
    op.create_index("ix_product_reviews_created_at_id", "product_reviews", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_product_reviews_moderated_by"), "product_reviews", ["moderated_by"], unique=False)
    op.create_index(op.f("ix_product_reviews_order_item_id"), "product_reviews", ["order_item_id"], unique=False)
    op.create_index(
        "ix_product_reviews_status_created_at_id", "product_reviews", ["status", "created_at", "id"], unique=False
    )
    op.create_index("ix_product_reviews_user_id_status", "product_reviews", ["user_id", "status"], unique=False)
    op.create_table(
        "analytics_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("event_type", sa.String(length=40), nullable=False),
        sa.Column("event_name", sa.String(length=80), nullable=False),
        sa.Column("properties", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("session_id", sa.String(length=64), nullable=True),
        sa.Column("ip_address", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_analytics_events_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_analytics_events")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_analytics_events_created_at_id", "analytics_events", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_analytics_events_user_id"), "analytics_events", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("analytics_events")
    op.drop_table("product_reviews")
    op.drop_table("order_items")
    op.drop_table("orders")
