"""Update times, row versions and the content version of products, whoever writes (MOD-1).

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "categories",
    "platform_settings",
    "shipping_methods",
    "subscription_plans",
    "users",
    "operations",
    "orders",
    "payouts",
    "products",
    "reports",
    "shipping_addresses",
    "subscriptions",
    "user_profiles",
    "vendor_profiles",
    "approvals",
    "disputes",
    "payments",
    "shipments",
    "payout_holds",
    "product_reviews",
    "refunds",
    "transactions",
)

TOUCH = """\
CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$
"""

CONTENT = """\
CREATE FUNCTION raise_content_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.content_version := OLD.content_version + 1;
    RETURN NEW;
END
$$
"""

CONTENT_TRIGGER = """\
CREATE TRIGGER touch_products_content BEFORE UPDATE ON products FOR EACH ROW
WHEN (
    (OLD.name, OLD.description, OLD.short_description, OLD.images, OLD.category_id, OLD.specifications, OLD.price)
    IS DISTINCT FROM
    (NEW.name, NEW.description, NEW.short_description, NEW.images, NEW.category_id, NEW.specifications, NEW.price)
)
EXECUTE FUNCTION raise_content_version()
"""


def upgrade() -> None:
    op.execute(TOUCH)
    op.execute(CONTENT)
    for table in TABLES:
        op.execute(f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(CONTENT_TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER touch_products_content ON products")
    for table in reversed(TABLES):
        op.execute(f"DROP TRIGGER touch_{table} ON {table}")
    op.execute("DROP FUNCTION raise_content_version()")
    op.execute("DROP FUNCTION touch_row()")
