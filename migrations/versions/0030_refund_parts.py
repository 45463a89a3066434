"""A refund says what is goods, tax and shipping, and what it took from whom (REF-2, COM-4, E7).

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_PARTS = ("tax_amount", "commission_amount", "commission_tax", "promotion_amount", "vendor_amount")
_CHECKS = (
    ("refunds", "shipping_within_amount", "shipping_amount BETWEEN 0 AND amount"),
    ("refunds", "shipping_is_all", "kind <> 'shipping' OR shipping_amount = amount"),
    ("refunds", "shipping_where_it_may", "shipping_amount = 0 OR kind IN ('lines', 'shipping')"),
    ("refunds", "shipping_amount_exact", "shipping_amount = round(shipping_amount, currency_exponent(currency))"),
    (
        "refund_items",
        "parts_not_negative",
        "least(tax_amount, vendor_amount) >= 0",
    ),
    *(("refund_items", f"{name}_exact", f"{name} = round({name}, currency_exponent(currency))") for name in _PARTS),
)
# The goods are capped at what was paid for them, the tax at the tax on them.
_LINE = """\
CREATE OR REPLACE FUNCTION check_refunded_line(line uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ordered order_items;
    units bigint;
    money numeric;
    tax numeric;
    name text;
BEGIN
    SELECT * INTO ordered FROM order_items WHERE id = line FOR NO KEY UPDATE;
    SELECT sum(item.quantity), sum(item.amount), sum(item.tax_amount) INTO units, money, tax
    FROM refund_items AS item JOIN refunds AS refund ON refund.id = item.refund_id
    WHERE item.order_item_id = line AND refund.status NOT IN ('rejected', 'failed');
    name := CASE WHEN units > ordered.quantity THEN 'tr_refund_items_quantity'
        WHEN money > ordered.total_price - ordered.discount_amount THEN 'tr_refund_items_amount'
        WHEN tax > ordered.tax_amount THEN 'tr_refund_items_tax' END;
    IF name IS NOT NULL THEN
        RAISE EXCEPTION 'more is refunded of line % than was bought', line
            USING ERRCODE = 'check_violation', SCHEMA = 'public', TABLE = 'refund_items', CONSTRAINT = name;
    END IF;
END
$$
"""
_LINE_BEFORE = """\
CREATE OR REPLACE FUNCTION check_refunded_line(line uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ordered order_items;
    units bigint;
    money numeric;
    name text;
BEGIN
    SELECT * INTO ordered FROM order_items WHERE id = line FOR NO KEY UPDATE;
    SELECT sum(item.quantity), sum(item.amount) INTO units, money
    FROM refund_items AS item JOIN refunds AS refund ON refund.id = item.refund_id
    WHERE item.order_item_id = line AND refund.status NOT IN ('rejected', 'failed');
    name := CASE WHEN units > ordered.quantity THEN 'tr_refund_items_quantity'
        WHEN money > ordered.total_price THEN 'tr_refund_items_amount' END;
    IF name IS NOT NULL THEN
        RAISE EXCEPTION 'more is refunded of line % than was bought', line
            USING ERRCODE = 'check_violation', SCHEMA = 'public', TABLE = 'refund_items', CONSTRAINT = name;
    END IF;
END
$$
"""
# At the end of the transaction: the refund comes first, its lines follow.
_SUM = """\
CREATE FUNCTION check_refund_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refund refunds;
    items numeric;
BEGIN
    SELECT * INTO refund FROM refunds WHERE id = NEW.id;
    SELECT coalesce(sum(amount + tax_amount), 0) INTO items FROM refund_items WHERE refund_id = NEW.id;
    IF items <> (CASE refund.kind WHEN 'lines' THEN refund.amount - refund.shipping_amount ELSE 0 END) THEN
        RAISE EXCEPTION 'refund % is %, but its lines are %', refund.id, refund.amount, items
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.add_column("refunds", sa.Column("shipping_amount", sa.Numeric(19, 4), server_default="0", nullable=False))
    for name in _PARTS:
        op.add_column("refund_items", sa.Column(name, sa.Numeric(19, 4), server_default="0", nullable=False))
    op.execute("SELECT audit_table('refunds', '{}', '{}')")
    op.execute("SELECT audit_table('refund_items', '{}', '{}')")
    op.execute("UPDATE refunds SET shipping_amount = amount WHERE kind = 'shipping'")
    for table, name, text in _CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)
    op.execute(_LINE)
    op.execute(_SUM)
    op.execute(
        "CREATE CONSTRAINT TRIGGER tr_refunds_sum AFTER INSERT OR UPDATE OF amount, kind, shipping_amount ON refunds"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_refund_sum()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_refunds_sum ON refunds")
    op.execute("DROP FUNCTION check_refund_sum()")
    op.execute(_LINE_BEFORE)
    for table, name, _ in reversed(_CHECKS):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for name in reversed(_PARTS):
        op.drop_column("refund_items", name)
    op.drop_column("refunds", "shipping_amount")
    op.execute("SELECT audit_table('refunds', '{}', '{}')")
    op.execute("SELECT audit_table('refund_items', '{}', '{}')")
