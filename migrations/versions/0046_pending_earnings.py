"""Which order lines have nothing available yet, and when the next of them may have (E3, PAY-1).

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

# The row is there as long as the journal is not: both halves are the database's, whoever writes.
BEGIN = """\
CREATE FUNCTION begin_earning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pending_earnings (order_item_id, look_at) SELECT id, now() FROM new_items ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""
END = """\
CREATE FUNCTION end_earning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM pending_earnings USING new_journals AS journal
    WHERE pending_earnings.order_item_id = journal.source_id AND journal.event = 'earning_available';
    RETURN NULL;
END
$$
"""

# Something happened to an order, to all of it or to one line. The row is written even when it is due already: a sweep
# that is looking at it with older eyes makes this wait, and is overruled.
LOOK = """\
CREATE FUNCTION look_at_earning() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(NEW);
    of_order uuid := (changed ->> CASE TG_TABLE_NAME WHEN 'orders' THEN 'id' ELSE 'order_id' END)::uuid;
    of_line uuid := (changed ->> 'order_item_id')::uuid;
    of_payment uuid := CASE TG_TABLE_NAME WHEN 'payments' THEN (changed ->> 'id')::uuid END;
BEGIN
    UPDATE pending_earnings SET look_at = now() WHERE order_item_id IN (
        SELECT id FROM order_items WHERE order_id = of_order UNION ALL SELECT of_line
        UNION ALL SELECT item.id FROM order_items AS item JOIN payment_allocations AS share USING (order_id)
        WHERE share.payment_id = of_payment
    );
    RETURN NULL;
END
$$
"""

# Only lines that wait for a moment can become due sooner.
HOLD_DAYS = """\
CREATE FUNCTION look_at_held_earnings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := to_jsonb(coalesce(NEW, OLD));
BEGIN
    IF TG_TABLE_NAME = 'vendor_profiles' THEN
        UPDATE pending_earnings SET look_at = now() FROM order_items AS item
        WHERE item.id = order_item_id AND item.vendor_id = (changed ->> 'vendor_id')::uuid AND look_at IS NOT NULL;
    ELSIF changed ->> 'key' = 'payouts.hold_days' THEN
        UPDATE pending_earnings SET look_at = now() WHERE look_at IS NOT NULL;
    END IF;
    RETURN NULL;
END
$$
"""

#: Table, and what about its rows can free a line: insertion, or a change of these columns.
WAKING = (
    ("chargebacks", "UPDATE OF status"),
    ("disputes", "UPDATE OF status"),
    ("order_items", "UPDATE OF fulfilled_at, quantity, quantity_cancelled"),
    ("orders", "UPDATE OF status, total_amount"),
    ("payment_allocations", "INSERT OR UPDATE OF captured_amount"),
    ("payments", "INSERT OR UPDATE OF status, captured_amount, available_on, processed_at"),
    ("payout_holds", "UPDATE OF released_at"),
    ("refunds", "UPDATE OF status"),
    ("shipment_items", "INSERT OR UPDATE OF quantity"),
    ("shipments", "UPDATE OF status, delivered_at"),
)
HOLDING = (
    ("vendor_profiles", "INSERT OR UPDATE OF hold_days"),
    ("platform_settings", "INSERT OR UPDATE OR DELETE"),
)


def upgrade() -> None:
    op.create_table(
        "pending_earnings",
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_items.id"], name=op.f("fk_pending_earnings_order_item_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("order_item_id", name=op.f("pk_pending_earnings")),
    )
    # One pass over both tables; nothing about the lines is read or written. The first sweeps look at all of them.
    op.execute(
        "INSERT INTO pending_earnings (order_item_id, look_at) SELECT id, now() FROM order_items AS item"
        " WHERE NOT EXISTS (SELECT FROM journals WHERE source_id = item.id AND event = 'earning_available')"
    )
    op.create_index(
        "ix_pending_earnings_look_at", "pending_earnings", ["look_at"], postgresql_where=sa.text("look_at IS NOT NULL")
    )
    for function in (BEGIN, END, LOOK, HOLD_DAYS):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER tr_order_items_earning AFTER INSERT ON order_items REFERENCING NEW TABLE AS new_items"
        " FOR EACH STATEMENT EXECUTE FUNCTION begin_earning()"
    )
    op.execute(
        "CREATE TRIGGER tr_journals_earning AFTER INSERT ON journals REFERENCING NEW TABLE AS new_journals"
        " FOR EACH STATEMENT EXECUTE FUNCTION end_earning()"
    )
    for function, tables in (("look_at_earning", WAKING), ("look_at_held_earnings", HOLDING)):
        for table, events in tables:
            op.execute(
                f"CREATE TRIGGER tr_{table}_look AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
            )


def downgrade() -> None:
    for table, _ in (*WAKING, *HOLDING):
        op.execute(f"DROP TRIGGER tr_{table}_look ON {table}")
    op.execute("DROP TRIGGER tr_journals_earning ON journals")
    op.execute("DROP TRIGGER tr_order_items_earning ON order_items")
    for function in ("begin_earning", "end_earning", "look_at_earning", "look_at_held_earnings"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("pending_earnings")
