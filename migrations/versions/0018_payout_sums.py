"""A payout is the sum of its items, and neither changes once the money is on its way (PAY-4, PAY-5).

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Checked at the end of the transaction: payout and items are written one after the other. A cancelled payout has
# given its lines back, so its amount stands for nothing any more.
CHECK_SUM = """\
CREATE FUNCTION check_payout_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payout payouts;
    total numeric;
    open_items bigint;
BEGIN
    IF TG_TABLE_NAME = 'payouts' THEN
        SELECT * INTO payout FROM payouts WHERE id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT * INTO payout FROM payouts WHERE id = OLD.payout_id;
    ELSE
        SELECT * INTO payout FROM payouts WHERE id = NEW.payout_id;
    END IF;
    IF payout.id IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(amount), 0), count(*) INTO total, open_items
    FROM payout_items WHERE payout_id = payout.id AND released_at IS NULL;
    IF payout.status = 'cancelled' AND open_items > 0 THEN
        RAISE EXCEPTION 'payout % is cancelled and still holds % lines', payout.id, open_items
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'payouts',
            CONSTRAINT = 'tr_payouts_released';
    ELSIF payout.status <> 'cancelled' AND total <> payout.amount THEN
        RAISE EXCEPTION 'payout % is %, but its items are %', payout.id, payout.amount, total
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = 'payouts',
            CONSTRAINT = 'tr_payouts_sum';
    END IF;
    RETURN NULL;
END
$$
"""

CHECK_ITEM = """\
CREATE FUNCTION check_payout_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM payouts AS payout JOIN order_items AS line ON line.vendor_id = payout.vendor_id
        WHERE payout.id = NEW.payout_id AND line.id = NEW.order_item_id
            AND payout.currency = NEW.currency AND line.currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'a payout holds lines of its own vendor, in its own currency'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_payout_items_vendor';
    END IF;
    RETURN NULL;
END
$$
"""

FREEZE_ITEM = """\
CREATE FUNCTION freeze_payout_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payouts WHERE id = OLD.payout_id AND status <> 'pending') THEN
        RAISE EXCEPTION 'the items of a payout that was released are fixed'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_payout_items_frozen';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$
"""

TRIGGERS = (
    (
        "payouts",
        "tr_payouts_frozen",
        "BEFORE UPDATE",
        "WHEN (OLD.status <> 'pending' AND (OLD.vendor_id, OLD.amount, OLD.currency, OLD.items_hash)"
        " IS DISTINCT FROM (NEW.vendor_id, NEW.amount, NEW.currency, NEW.items_hash))",
        "refuse_change('a payout that was released is fixed')",
    ),
    ("payout_items", "tr_payout_items_vendor", "AFTER INSERT OR UPDATE", "", "check_payout_item()"),
    (
        "payout_items",
        "tr_payout_items_frozen",
        "BEFORE UPDATE",
        "WHEN ((OLD.payout_id, OLD.order_item_id, OLD.amount, OLD.currency)"
        " IS DISTINCT FROM (NEW.payout_id, NEW.order_item_id, NEW.amount, NEW.currency))",
        "freeze_payout_item()",
    ),
    ("payout_items", "tr_payout_items_kept", "BEFORE DELETE", "", "freeze_payout_item()"),
)
DEFERRED = (
    ("payouts", "tr_payouts_sum", "AFTER INSERT OR UPDATE OF amount, status"),
    ("payout_items", "tr_payout_items_sum", "AFTER INSERT OR UPDATE OR DELETE"),
)


def upgrade() -> None:
    for function in (CHECK_SUM, CHECK_ITEM, FREEZE_ITEM):
        op.execute(function)
    for table, name, event, when, call in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")
    for table, name, event in DEFERRED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION check_payout_sum()"
        )


def downgrade() -> None:
    for table, name, *_ in reversed(TRIGGERS + DEFERRED):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION freeze_payout_item()")
    op.execute("DROP FUNCTION check_payout_item()")
    op.execute("DROP FUNCTION check_payout_sum()")
