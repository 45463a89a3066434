"""What belongs to an order agrees with it, and a line's commission is frozen once it is confirmed (COM-2).

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The names of the columns that must agree are the trigger's arguments.
AGREE = """\
CREATE FUNCTION agree_with_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mine jsonb := to_jsonb(NEW);
    theirs jsonb;
BEGIN
    SELECT to_jsonb(orders) INTO theirs FROM orders WHERE id = NEW.order_id;
    FOR n IN 0 .. TG_NARGS - 1 LOOP
        IF mine ->> TG_ARGV[n] IS DISTINCT FROM theirs ->> TG_ARGV[n] THEN
            RAISE EXCEPTION '% of % differs from that of its order', TG_ARGV[n], TG_TABLE_NAME
                USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
                COLUMN = TG_ARGV[n], CONSTRAINT = TG_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$
"""

FACTS = {
    "disputes": ("vendor_id", "customer_id", "currency"),
    "order_items": ("vendor_id", "currency"),
    "payments": ("currency",),
}

FROZEN = """\
CREATE FUNCTION freeze_commission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM orders WHERE id = OLD.order_id AND status <> 'pending') THEN
        RAISE EXCEPTION 'the price and commission of a line are frozen when its order is confirmed'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
"""
COLUMNS = (
    "order_id",
    "quantity",
    "unit_price",
    "total_price",
    "currency",
    "vendor_id",
    "commission_rate",
    "commission_source",
    "commission_amount",
    "vendor_amount",
)


def upgrade() -> None:
    op.execute(AGREE)
    for table, facts in FACTS.items():
        op.execute(
            f"CREATE TRIGGER tr_{table}_order AFTER INSERT OR UPDATE OF order_id, {', '.join(facts)} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION agree_with_order({', '.join(repr(fact) for fact in facts)})"
        )
    op.execute(FROZEN)
    old, new = (", ".join(f"{row}.{column}" for column in COLUMNS) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER tr_order_items_frozen BEFORE UPDATE ON order_items FOR EACH ROW"
        f" WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION freeze_commission()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_order_items_frozen ON order_items")
    op.execute("DROP FUNCTION freeze_commission()")
    for table in FACTS:
        op.execute(f"DROP TRIGGER tr_{table}_order ON {table}")
    op.execute("DROP FUNCTION agree_with_order()")
