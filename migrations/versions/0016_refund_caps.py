"""Refunds stay within what was captured, and within each line (REF-1, REF-2).

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Adding the difference takes the payment's row lock, so two refunds of one payment take turns; the CHECK
# ck_payments_refunds_within_captured then refuses the one that is too much.
KEEP_SUMS = """\
CREATE FUNCTION keep_refund_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    reserving CONSTANT text[] := '{requested,approved,processing}';
    reserved numeric := 0;
    refunded numeric := 0;
    target refunds := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        reserved := reserved - CASE WHEN OLD.status = ANY (reserving) THEN OLD.amount ELSE 0 END;
        refunded := refunded - CASE WHEN OLD.status = 'succeeded' THEN OLD.amount ELSE 0 END;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        reserved := reserved + CASE WHEN NEW.status = ANY (reserving) THEN NEW.amount ELSE 0 END;
        refunded := refunded + CASE WHEN NEW.status = 'succeeded' THEN NEW.amount ELSE 0 END;
    END IF;
    IF reserved <> 0 OR refunded <> 0 THEN
        UPDATE payments
        SET refund_reserved = refund_reserved + reserved, refunded_amount = refunded_amount + refunded
        WHERE id = target.payment_id;
    END IF;
    IF NOT EXISTS (
        SELECT FROM payments
        WHERE id = target.payment_id AND order_id = target.order_id AND currency = target.currency
    ) THEN
        RAISE EXCEPTION 'order and currency of a refund are those of its payment'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_refunds_payment';
    END IF;
    RETURN NULL;
END
$$
"""

# Deferred, because the first of several refunds changed in one statement finds the sum of all of them.
CHECK_SUMS = """\
CREATE FUNCTION check_refund_sums() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payments AS payment
        CROSS JOIN LATERAL (
            SELECT
                coalesce(sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')), 0) AS reserved,
                coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS refunded
            FROM refunds WHERE payment_id = payment.id
        ) AS sums
        WHERE payment.id = NEW.id
            AND (payment.refund_reserved, payment.refunded_amount) IS DISTINCT FROM (sums.reserved, sums.refunded)
    ) THEN
        RAISE EXCEPTION 'the refund sums of payment % are not those of its refunds', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

FROZEN = """\
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0]
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
END
$$
"""

CHECK_LINE = """\
CREATE FUNCTION check_refunded_line(line uuid) RETURNS void LANGUAGE plpgsql AS $$
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

CHECK_ITEM = """\
CREATE FUNCTION check_refund_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM refunds AS refund JOIN order_items AS line ON line.order_id = refund.order_id
        WHERE refund.id = NEW.refund_id AND line.id = NEW.order_item_id AND refund.currency = NEW.currency
    ) THEN
        RAISE EXCEPTION 'a refund is about lines of its own order, in its own currency'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_refund_items_order';
    END IF;
    PERFORM check_refunded_line(NEW.order_item_id);
    RETURN NULL;
END
$$
"""

# A failed refund that is tried again counts again, and meanwhile another one may have taken its place.
CHECK_AGAIN = """\
CREATE FUNCTION check_refund_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_refunded_line(order_item_id) FROM refund_items WHERE refund_id = NEW.id ORDER BY order_item_id;
    RETURN NULL;
END
$$
"""

TRIGGERS = (
    ("refunds", "tr_refunds_sums", "AFTER INSERT OR DELETE OR UPDATE OF status, amount", "", "keep_refund_sums()"),
    (
        "refunds",
        "tr_refunds_frozen",
        "BEFORE UPDATE",
        "WHEN ((OLD.payment_id, OLD.order_id, OLD.currency) IS DISTINCT FROM (NEW.payment_id, NEW.order_id, NEW.currency)"
        " OR (OLD.amount <> NEW.amount AND OLD.status <> 'requested'))",
        "refuse_change('payment and amount of a refund are fixed')",
    ),
    (
        "refunds",
        "tr_refunds_lines",
        "AFTER UPDATE",
        "WHEN (OLD.status IN ('rejected', 'failed') AND NEW.status NOT IN ('rejected', 'failed'))",
        "check_refund_lines()",
    ),
    ("refund_items", "tr_refund_items_caps", "AFTER INSERT OR UPDATE", "", "check_refund_item()"),
)


def upgrade() -> None:
    for function in (KEEP_SUMS, CHECK_SUMS, FROZEN, CHECK_LINE, CHECK_ITEM, CHECK_AGAIN):
        op.execute(function)
    for table, name, event, when, call in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")
    op.execute(
        "CREATE CONSTRAINT TRIGGER tr_payments_refund_sums AFTER INSERT OR UPDATE OF refund_reserved, refunded_amount"
        " ON payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_refund_sums()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_payments_refund_sums ON payments")
    for table, name, *_ in reversed(TRIGGERS):
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION check_refund_lines()")
    op.execute("DROP FUNCTION check_refund_item()")
    op.execute("DROP FUNCTION check_refunded_line(uuid)")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION check_refund_sums()")
    op.execute("DROP FUNCTION keep_refund_sums()")
