"""Parcels hold no more units than were ordered (SHP-1).

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHECK_LINE = """\
CREATE FUNCTION check_shipped_line(line uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ordered integer;
    shipped bigint;
BEGIN
    SELECT quantity - quantity_cancelled INTO ordered FROM order_items WHERE id = line FOR NO KEY UPDATE;
    SELECT sum(item.quantity) INTO shipped
    FROM shipment_items AS item JOIN shipments AS shipment ON shipment.id = item.shipment_id
    WHERE item.order_item_id = line AND shipment.voided_at IS NULL;
    IF shipped > ordered THEN
        RAISE EXCEPTION 'shipments hold % units of line %, of which % are to be sent', shipped, line, ordered
            USING ERRCODE = 'check_violation', SCHEMA = 'public', TABLE = 'shipment_items',
            CONSTRAINT = 'tr_shipment_items_quantity';
    END IF;
END
$$
"""

CHECK_ITEM = """\
CREATE FUNCTION check_shipment_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM shipments AS shipment JOIN order_items AS line ON line.order_id = shipment.order_id
        WHERE shipment.id = NEW.shipment_id AND line.id = NEW.order_item_id
    ) THEN
        RAISE EXCEPTION 'a shipment holds lines of its own order'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_shipment_items_order';
    END IF;
    PERFORM check_shipped_line(NEW.order_item_id);
    RETURN NULL;
END
$$
"""

CHECK_SHIPMENT = """\
CREATE FUNCTION check_shipment_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_shipped_line(order_item_id) FROM shipment_items WHERE shipment_id = NEW.id ORDER BY order_item_id;
    RETURN NULL;
END
$$
"""

CHECK_CANCELLED = """\
CREATE FUNCTION check_cancelled_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_shipped_line(NEW.id);
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    ("shipment_items", "tr_shipment_items_caps", "AFTER INSERT OR UPDATE", "", "check_shipment_item()"),
    (
        "shipments",
        "tr_shipments_lines",
        "AFTER UPDATE OF voided_at",
        "WHEN (OLD.voided_at IS NOT NULL AND NEW.voided_at IS NULL)",
        "check_shipment_lines()",
    ),
    (
        "shipments",
        "tr_shipments_order",
        "BEFORE UPDATE OF order_id",
        "WHEN (OLD.order_id <> NEW.order_id)",
        "refuse_change('a shipment stays with its order')",
    ),
    (
        "order_items",
        "tr_order_items_shipped",
        "AFTER UPDATE OF quantity, quantity_cancelled",
        "WHEN (NEW.quantity - NEW.quantity_cancelled < OLD.quantity - OLD.quantity_cancelled)",
        "check_cancelled_line()",
    ),
)


def upgrade() -> None:
    for function in (CHECK_LINE, CHECK_ITEM, CHECK_SHIPMENT, CHECK_CANCELLED):
        op.execute(function)
    for table, name, event, when, call in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")


def downgrade() -> None:
    for table, name, *_ in reversed(TRIGGERS):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION check_cancelled_line()")
    op.execute("DROP FUNCTION check_shipment_lines()")
    op.execute("DROP FUNCTION check_shipment_item()")
    op.execute("DROP FUNCTION check_shipped_line(uuid)")
