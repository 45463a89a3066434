"""Every change of stock is a movement, and a product's quantity is their sum (STK-1 to STK-5).

Revision ID: 0058
Revises: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_KINDS = "'opening', 'adjustment', 'sale', 'cancellation', 'refund', 'return', 'write_off'"
_CHECKS = {
    "quantity_not_zero": "quantity <> 0",
    "direction": (
        "CASE WHEN kind IN ('sale', 'write_off') THEN quantity < 0"
        " WHEN kind IN ('cancellation', 'refund', 'return') THEN quantity > 0 ELSE true END"
    ),
    "line_or_product": "(kind IN ('opening', 'adjustment')) = (order_item_id IS NULL)",
    "kind": f"kind IN ({_KINDS})",
}

# The setting says which side of the pair is being written, so that each does not answer the other for ever.
# The quantity of the products follows. Products are locked in id order, so that two baskets never wait for each other.
# What came back for a line is never more than was taken for it; the products' locks make the sum reliable.
APPLY = """\
CREATE FUNCTION apply_stock_movements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM products WHERE id IN (SELECT product_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
    PERFORM set_config('backoffice.stock_from', 'movements', true);
    UPDATE products SET stock_quantity = stock_quantity + moved.units
    FROM (SELECT product_id, sum(quantity) AS units FROM new_rows GROUP BY product_id) AS moved
    WHERE products.id = moved.product_id AND moved.units <> 0;
    PERFORM set_config('backoffice.stock_from', '', true);
    IF EXISTS (
        SELECT FROM stock_movements
        WHERE order_item_id IN (SELECT order_item_id FROM new_rows WHERE quantity > 0) AND kind <> 'write_off'
        GROUP BY order_item_id HAVING sum(quantity) > 0
    ) THEN
        RAISE EXCEPTION 'more units come back than were taken'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_stock_movements_cap';
    END IF;
    RETURN NULL;
END
$$
"""

# Whoever writes a product's quantity, by a form, a file or by hand, writes a movement.
NOTE = """\
CREATE FUNCTION note_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('backoffice.stock_from', 'products', true);
    INSERT INTO stock_movements (product_id, kind, quantity, source_type, source_id, recorded_by)
    VALUES (
        NEW.id, CASE TG_OP WHEN 'INSERT' THEN 'opening' ELSE 'adjustment' END,
        NEW.stock_quantity - CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.stock_quantity END, 'products', NEW.id,
        nullif(current_setting('backoffice.actor_id', true), '')::uuid
    );
    PERFORM set_config('backoffice.stock_from', '', true);
    RETURN NULL;
END
$$
"""

# An order takes its units when it is placed, whichever program places it.
TAKE = """\
CREATE FUNCTION take_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_movements (product_id, order_item_id, kind, quantity, source_type, source_id, recorded_by)
    SELECT line.product_id, line.id, 'sale', -line.quantity, 'orders', line.order_id,
        nullif(current_setting('backoffice.actor_id', true), '')::uuid
    FROM new_rows AS line JOIN products AS product ON product.id = line.product_id
    WHERE product.tracks_stock AND NOT product.is_digital;
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    "CREATE TRIGGER tr_stock_movements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_movements"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()",
    "CREATE TRIGGER tr_stock_movements_apply AFTER INSERT ON stock_movements REFERENCING NEW TABLE AS new_rows"
    " FOR EACH STATEMENT WHEN (current_setting('backoffice.stock_from', true) IS DISTINCT FROM 'products')"
    " EXECUTE FUNCTION apply_stock_movements()",
    "CREATE TRIGGER tr_products_opening AFTER INSERT ON products FOR EACH ROW WHEN (NEW.stock_quantity <> 0)"
    " EXECUTE FUNCTION note_stock()",
    "CREATE TRIGGER tr_products_stock AFTER UPDATE OF stock_quantity ON products FOR EACH ROW"
    " WHEN (NEW.stock_quantity <> OLD.stock_quantity"
    " AND current_setting('backoffice.stock_from', true) IS DISTINCT FROM 'movements')"
    " EXECUTE FUNCTION note_stock()",
    "CREATE TRIGGER tr_order_items_stock AFTER INSERT ON order_items REFERENCING NEW TABLE AS new_rows"
    " FOR EACH STATEMENT EXECUTE FUNCTION take_stock()",
)

# What lies there now is what was left after the orders that are under way, so those can still give theirs back.
TAKEN_BEFORE = """\
INSERT INTO stock_movements (created_at, product_id, order_item_id, kind, quantity, source_type, source_id)
SELECT line.created_at, line.product_id, line.id, 'sale', line.quantity_cancelled - line.quantity, 'orders', line.order_id
FROM order_items AS line
JOIN orders ON orders.id = line.order_id AND orders.status NOT IN ('cancelled', 'refunded')
JOIN products AS product ON product.id = line.product_id AND NOT product.is_digital
WHERE line.quantity > line.quantity_cancelled
"""
THERE_BEFORE = """\
INSERT INTO stock_movements (created_at, product_id, kind, quantity, source_type, source_id)
SELECT product.created_at, product.id, 'opening', product.stock_quantity - coalesce(taken.units, 0), 'products', product.id
FROM products AS product
LEFT JOIN (SELECT product_id, sum(quantity) AS units FROM stock_movements GROUP BY product_id) AS taken
    ON taken.product_id = product.id
WHERE product.stock_quantity <> coalesce(taken.units, 0)
"""


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for name, default in (("tracks_stock", sa.true()), ("allows_backorder", sa.false())):
        op.add_column("products", sa.Column(name, sa.Boolean(), server_default=default, nullable=False))
    _stock_check("stock_quantity >= 0 OR allows_backorder")
    op.add_column("refunds", sa.Column("restock", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_check_constraint(op.f("ck_refunds_restock_is_of_lines"), "refunds", "NOT restock OR kind = 'lines'")
    _renew_audit()
    _create_movements()
    op.execute(TAKEN_BEFORE)
    op.execute(THERE_BEFORE)
    for statement in (APPLY, NOTE, TAKE, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for name, table in (("stock", "order_items"), ("stock", "products"), ("opening", "products")):
        op.execute(f"DROP TRIGGER tr_{table}_{name} ON {table}")
    op.drop_table("stock_movements")
    for function in ("take_stock", "note_stock", "apply_stock_movements"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_constraint(op.f("ck_refunds_restock_is_of_lines"), "refunds", type_="check")
    op.drop_column("refunds", "restock")
    op.execute("UPDATE products SET stock_quantity = 0 WHERE stock_quantity < 0")
    _stock_check("stock_quantity >= 0")
    op.drop_column("products", "allows_backorder")
    op.drop_column("products", "tracks_stock")
    _renew_audit()


def _stock_check(text: str) -> None:
    op.drop_constraint(op.f("ck_products_stock_not_negative"), "products", type_="check")
    op.create_check_constraint(op.f("ck_products_stock_not_negative"), "products", text)


def _renew_audit() -> None:
    op.execute("SELECT audit_table('products', '{}', '{}')")
    op.execute("SELECT audit_table('refunds', '{}', '{}')")


def _create_movements() -> None:
    keys = {"product_id": "products", "order_item_id": "order_items", "recorded_by": "users"}
    op.create_table(
        "stock_movements",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("source_type", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_stock_movements_{name}")) for name, text in _CHECKS.items()),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_stock_movements_{column}"), ondelete="RESTRICT"
            )
            for column, target in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movements")),
        sa.UniqueConstraint(
            "source_type",
            "source_id",
            "order_item_id",
            "kind",
            name=op.f("uq_stock_movements_source_type_source_id_order_item_id_kind"),
        ),
    )
    for name, columns in (
        ("product_id_created_at_id", ["product_id", "created_at", "id"]),
        ("kind_created_at_id", ["kind", "created_at", "id"]),
        ("created_at_id", ["created_at", "id"]),
        ("recorded_by", ["recorded_by"]),
    ):
        op.create_index(f"ix_stock_movements_{name}", "stock_movements", columns)
    op.create_index(
        "ix_stock_movements_order_item_id",
        "stock_movements",
        ["order_item_id"],
        postgresql_where=sa.text("order_item_id IS NOT NULL"),
    )
    op.create_index(
        "uq_stock_movements_opening",
        "stock_movements",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'opening'"),
    )
