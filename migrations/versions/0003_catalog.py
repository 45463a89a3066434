"""The catalogue, the plans of its vendors, and the settings.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=140), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("image_url", sa.String(length=500), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("sort_order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_categories_slug_format")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_categories_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["categories.id"], name=op.f("fk_categories_parent_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
    )
    op.create_index(op.f("ix_categories_parent_id"), "categories", ["parent_id"], unique=False)
    op.create_index("ix_categories_sort_order_id", "categories", ["sort_order", "id"], unique=False)
    op.create_index(
        "uq_categories_name", "categories", ["name"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_index(
        "uq_categories_slug", "categories", ["slug"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("slug", sa.String(length=240), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("short_description", sa.Text(), nullable=True),
        sa.Column("price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("compare_price", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("stock_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("min_stock_level", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=32), server_default="draft", nullable=False),
        sa.Column("visibility", sa.String(length=32), server_default="public", nullable=False),
        sa.Column("images", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("specifications", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("variants", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("weight", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("length", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("width", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("height", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("is_digital", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("requires_shipping", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("seo_meta", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("commission_rate_override", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_version", sa.Integer(), nullable=True),
        sa.Column("rejection_reason", sa.String(length=32), nullable=True),
        sa.Column("rejection_message", sa.Text(), nullable=True),
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            sa.Computed(
                "setweight(to_tsvector('simple', coalesce(name, '')), 'A') || setweight(to_tsvector('simple', coalesce(short_description, '')), 'B') || setweight(to_tsvector('simple', coalesce(description, '')), 'C') || setweight(to_tsvector('simple', coalesce(sku, '')), 'D')",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_products_name_not_empty")),
        sa.CheckConstraint(
            "rejection_reason IN ('prohibited', 'counterfeit', 'misleading', 'incomplete', 'wrong_category', 'pricing', 'duplicate', 'other')",
            name=op.f("ck_products_rejection_reason"),
        ),
        sa.CheckConstraint(
            "status <> 'active' OR published_at IS NOT NULL", name=op.f("ck_products_active_was_published")
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR rejection_reason IS NOT NULL", name=op.f("ck_products_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'pending', 'approved', 'rejected', 'active', 'inactive')",
            name=op.f("ck_products_status"),
        ),
        sa.CheckConstraint("visibility IN ('public', 'private', 'unlisted')", name=op.f("ck_products_visibility")),
        sa.CheckConstraint("commission_rate_override BETWEEN 0 AND 1", name=op.f("ck_products_commission_rate_range")),
        sa.CheckConstraint(
            "compare_price = round(compare_price, currency_exponent(currency))",
            name=op.f("ck_products_compare_price_exact"),
        ),
        sa.CheckConstraint("compare_price > 0", name=op.f("ck_products_compare_price_positive")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_products_currency_known")),
        sa.CheckConstraint("least(weight, length, width, height) >= 0", name=op.f("ck_products_measures_not_negative")),
        sa.CheckConstraint("min_stock_level >= 0", name=op.f("ck_products_min_stock_not_negative")),
        sa.CheckConstraint("price = round(price, currency_exponent(currency))", name=op.f("ck_products_price_exact")),
        sa.CheckConstraint("price > 0", name=op.f("ck_products_price_positive")),
        sa.CheckConstraint("stock_quantity >= 0", name=op.f("ck_products_stock_not_negative")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_products_category_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["users.id"], name=op.f("fk_products_reviewed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["vendor_id"], ["users.id"], name=op.f("fk_products_vendor_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(
        "ix_products_category_id_created_at_id", "products", ["category_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_products_created_at_id", "products", ["created_at", "id"], unique=False)
    op.create_index("ix_products_name_id", "products", ["name", "id"], unique=False)
    op.create_index(
        "ix_products_pending",
        "products",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND deleted_at IS NULL"),
    )
    op.create_index("ix_products_price_id", "products", ["price", "id"], unique=False)
    op.create_index(op.f("ix_products_reviewed_by"), "products", ["reviewed_by"], unique=False)
    op.create_index("ix_products_search_vector", "products", ["search_vector"], unique=False, postgresql_using="gin")
    op.create_index("ix_products_status_created_at_id", "products", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_products_stock_quantity_id", "products", ["stock_quantity", "id"], unique=False)
    op.create_index("ix_products_vendor_id_created_at_id", "products", ["vendor_id", "created_at", "id"], unique=False)
    op.create_index("uq_products_sku", "products", ["sku"], unique=True, postgresql_where=sa.text("deleted_at IS NULL"))
    op.create_index(
        "uq_products_slug", "products", ["slug"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "platform_settings",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(type = 'json') OR (type = jsonb_typeof(value))", name=op.f("ck_platform_settings_value_has_type")
        ),
        sa.CheckConstraint("key ~ '^[a-z_]+(\\.[a-z_]+)+$'", name=op.f("ck_platform_settings_key_format")),
        sa.CheckConstraint("type IN ('string', 'number', 'boolean', 'json')", name=op.f("ck_platform_settings_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_settings")),
        sa.UniqueConstraint("key", name=op.f("uq_platform_settings_key")),
    )
    op.create_index("ix_platform_settings_created_at_id", "platform_settings", ["created_at", "id"], unique=False)
    op.create_table(
        "subscription_plans",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("monthly_price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("yearly_price", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("max_products", sa.Integer(), nullable=True),
        sa.Column("max_orders_per_month", sa.Integer(), nullable=True),
        sa.Column("commission_rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("features", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("commission_rate BETWEEN 0 AND 1", name=op.f("ck_subscription_plans_commission_rate_range")),
        sa.CheckConstraint(
            "currency_exponent(currency) IS NOT NULL", name=op.f("ck_subscription_plans_currency_known")
        ),
        sa.CheckConstraint(
            "least(max_products, max_orders_per_month) >= 0", name=op.f("ck_subscription_plans_limits_not_negative")
        ),
        sa.CheckConstraint(
            "least(monthly_price, yearly_price) >= 0", name=op.f("ck_subscription_plans_prices_not_negative")
        ),
        sa.CheckConstraint(
            "monthly_price = round(monthly_price, currency_exponent(currency))",
            name=op.f("ck_subscription_plans_monthly_price_exact"),
        ),
        sa.CheckConstraint(
            "yearly_price = round(yearly_price, currency_exponent(currency))",
            name=op.f("ck_subscription_plans_yearly_price_exact"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_plans")),
    )
    op.create_index("ix_subscription_plans_created_at_id", "subscription_plans", ["created_at", "id"], unique=False)
    op.create_index(
        "uq_subscription_plans_slug",
        "subscription_plans",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="active", nullable=False),
        sa.Column("billing_cycle", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("start_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_billing_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("billing_cycle IN ('monthly', 'yearly')", name=op.f("ck_subscriptions_billing_cycle")),
        sa.CheckConstraint(
            "status <> 'cancelled' OR cancelled_at IS NOT NULL", name=op.f("ck_subscriptions_cancelled_has_time")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'cancelled', 'expired', 'suspended')", name=op.f("ck_subscriptions_status")
        ),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_subscriptions_amount_exact")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_subscriptions_amount_not_negative")),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_subscriptions_currency_known")),
        sa.CheckConstraint("start_date <= end_date", name=op.f("ck_subscriptions_dates_in_order")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["subscription_plans.id"], name=op.f("fk_subscriptions_plan_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_subscriptions_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index("ix_subscriptions_created_at_id", "subscriptions", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_subscriptions_plan_id"), "subscriptions", ["plan_id"], unique=False)
    op.create_index(
        "ix_subscriptions_status_created_at_id", "subscriptions", ["status", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_subscriptions_vendor_id_created_at_id", "subscriptions", ["vendor_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "uq_subscriptions_running",
        "subscriptions",
        ["vendor_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'expired'"),
    )


def downgrade() -> None:
    op.drop_table("subscriptions")
    op.drop_table("subscription_plans")
    op.drop_table("platform_settings")
    op.drop_table("products")
    op.drop_table("categories")
