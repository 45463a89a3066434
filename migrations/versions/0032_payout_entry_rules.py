"""The ledger makes the entries; payouts take them whole, in sets, and change nothing about them (PAY-3, PAY-4, LED-6).

Revision ID: 0032
Revises: 0031
"""

import importlib.util
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# As in 0028, and each line on a vendor's available account is an entry for payouts to take; the account's movements to
# and from payouts are not, since the payout itself stands for them.
POST_LINES = """\
CREATE OR REPLACE FUNCTION post_journal_lines() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_lines JOIN journals ON journals.id = new_lines.journal_id
        WHERE journals.written_in <> pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION 'a journal that is written gets no more lines'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_journal_lines_closed';
    END IF;
    INSERT INTO account_balances (account_id, balance, lines)
    SELECT account_id, sum(amount), count(*) FROM new_lines GROUP BY account_id;
    INSERT INTO payout_items (vendor_id, journal_id, order_item_id, amount, currency, created_at)
    SELECT account.vendor_id, journal.id,
        CASE WHEN journal.event = 'earning_available' THEN journal.source_id END, -line.amount, line.currency,
        line.created_at
    FROM new_lines AS line JOIN ledger_accounts AS account ON account.id = line.account_id
    JOIN journals AS journal ON journal.id = line.journal_id
    WHERE account.kind = 'vendor_available' AND journal.event NOT IN ('payout_assembled', 'payout_dissolved');
    RETURN NULL;
END
$$
"""

# Once for a statement, since a payout may hold thousands. Write the payout first, then its items.
CHECK_ITEMS = """\
CREATE FUNCTION check_payout_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    IF EXISTS (
        SELECT FROM new_items AS item WHERE NOT EXISTS (
            SELECT FROM journal_lines AS line JOIN ledger_accounts AS account ON account.id = line.account_id
            WHERE line.journal_id = item.journal_id AND account.kind = 'vendor_available'
                AND account.vendor_id = item.vendor_id AND account.currency = item.currency
                AND line.amount = -item.amount
        )
    ) THEN
        name := 'tr_payout_items_entry';
    ELSIF EXISTS (
        SELECT FROM new_items AS item JOIN payouts AS payout ON payout.id = item.payout_id
        WHERE (payout.vendor_id, payout.currency) <> (item.vendor_id, item.currency)
    ) THEN
        name := 'tr_payout_items_vendor';
    END IF;
    IF name IS NOT NULL THEN
        RAISE EXCEPTION 'a payout item is an entry of the ledger, and in a payout of its own vendor and currency'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = name;
    END IF;
    PERFORM check_payout_sums(ARRAY(SELECT DISTINCT payout_id FROM new_items WHERE payout_id IS NOT NULL));
    RETURN NULL;
END
$$
"""

CHECK_MOVED = """\
CREATE FUNCTION check_payout_items_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_items AS item JOIN payouts AS payout ON payout.id = item.payout_id
        WHERE (payout.vendor_id, payout.currency) <> (item.vendor_id, item.currency)
    ) THEN
        RAISE EXCEPTION 'a payout holds entries of its own vendor, in its own currency'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_payout_items_vendor';
    END IF;
    PERFORM check_payout_sums(ARRAY(
        SELECT payout_id FROM new_items WHERE payout_id IS NOT NULL
        UNION SELECT payout_id FROM old_items WHERE payout_id IS NOT NULL
    ));
    RETURN NULL;
END
$$
"""

CHECK_SUMS = """\
CREATE FUNCTION check_payout_sums(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT payout.id, payout.status, payout.amount, sums.total, sums.items INTO wrong
    FROM payouts AS payout CROSS JOIN LATERAL (
        SELECT coalesce(sum(item.amount), 0) AS total, count(*) AS items FROM payout_items AS item
        WHERE item.payout_id = payout.id AND item.released_at IS NULL
    ) AS sums
    WHERE payout.id = ANY (ids)
        AND CASE payout.status WHEN 'cancelled' THEN sums.items > 0 ELSE sums.total <> payout.amount END
    LIMIT 1;
    IF wrong.status = 'cancelled' THEN
        RAISE EXCEPTION 'payout % is cancelled and still holds % items', wrong.id, wrong.items
            USING ERRCODE = 'check_violation', SCHEMA = 'public', TABLE = 'payouts', CONSTRAINT = 'tr_payouts_released';
    ELSIF wrong.id IS NOT NULL THEN
        RAISE EXCEPTION 'payout % is %, but its items are %', wrong.id, wrong.amount, wrong.total
            USING ERRCODE = 'check_violation', SCHEMA = 'public', TABLE = 'payouts', CONSTRAINT = 'tr_payouts_sum';
    END IF;
END
$$
"""

# Checked at the end of the transaction: the payout is written first, its items follow.
CHECK_SUM = """\
CREATE FUNCTION check_payout_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_payout_sums(ARRAY[NEW.id]);
    RETURN NULL;
END
$$
"""

FROZEN = (
    "CREATE TRIGGER tr_payout_items_fixed BEFORE UPDATE ON payout_items FOR EACH ROW"
    " WHEN ((OLD.vendor_id, OLD.journal_id, OLD.order_item_id, OLD.amount, OLD.currency)"
    " IS DISTINCT FROM (NEW.vendor_id, NEW.journal_id, NEW.order_item_id, NEW.amount, NEW.currency)"
    " OR (OLD.payout_id IS NOT NULL AND OLD.payout_id IS DISTINCT FROM NEW.payout_id)"
    " OR (OLD.released_at IS NOT NULL AND OLD.released_at IS DISTINCT FROM NEW.released_at))"
    " EXECUTE FUNCTION refuse_change('an entry of the balance is fixed; a payout takes it, or releases it')"
)
# What is on its way to the bank keeps its items; a failed payout keeps them until it is cancelled (PAY-9).
HELD = """\
CREATE FUNCTION hold_payout_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payouts WHERE id = OLD.payout_id AND status IN ('processing', 'completed', 'failed')) THEN
        RAISE EXCEPTION 'the items of a payout that was released are fixed'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_payout_items_frozen';
    END IF;
    RETURN NEW;
END
$$
"""

NEW_TRIGGERS = (
    FROZEN,
    "CREATE TRIGGER tr_payout_items_frozen BEFORE UPDATE ON payout_items FOR EACH ROW"
    " WHEN (OLD.payout_id IS NOT NULL AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL)"
    " EXECUTE FUNCTION hold_payout_item()",
    "CREATE TRIGGER tr_payout_items_kept BEFORE DELETE OR TRUNCATE ON payout_items FOR EACH STATEMENT"
    " EXECUTE FUNCTION refuse_change('an entry of the balance is kept for good')",
    "CREATE TRIGGER tr_payout_items_entry AFTER INSERT ON payout_items REFERENCING NEW TABLE AS new_items"
    " FOR EACH STATEMENT EXECUTE FUNCTION check_payout_items()",
    "CREATE TRIGGER tr_payout_items_moved AFTER UPDATE ON payout_items REFERENCING OLD TABLE AS old_items"
    " NEW TABLE AS new_items FOR EACH STATEMENT EXECUTE FUNCTION check_payout_items_moved()",
    "CREATE CONSTRAINT TRIGGER tr_payouts_sum AFTER INSERT OR UPDATE OF amount, status ON payouts"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payout_sum()",
)
OLD = ("tr_payout_items_vendor", "tr_payout_items_frozen", "tr_payout_items_kept", "tr_payout_items_sum")


def _revision(name: str) -> ModuleType:
    """An earlier migration, whose functions this one undoes."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def upgrade() -> None:
    for name in OLD:
        op.execute(f"DROP TRIGGER {name} ON payout_items")
    op.execute("DROP TRIGGER tr_payouts_sum ON payouts")
    for function in ("freeze_payout_item", "check_payout_item", "check_payout_sum"):
        op.execute(f"DROP FUNCTION {function}()")
    for function in (POST_LINES, CHECK_SUMS, CHECK_ITEMS, CHECK_MOVED, CHECK_SUM, HELD):
        op.execute(function)
    for trigger in NEW_TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_payouts_sum ON payouts")
    for name in ("moved", "entry", "kept", "frozen", "fixed"):
        op.execute(f"DROP TRIGGER tr_payout_items_{name} ON payout_items")
    for function in (
        "hold_payout_item()", "check_payout_sum()", "check_payout_items_moved()", "check_payout_items()",
        "check_payout_sums(uuid[])",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
    lines, sums = _revision("0028_ledger_rules"), _revision("0018_payout_sums")
    op.execute(lines.POST_LINES.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    for function in (sums.CHECK_SUM, sums.CHECK_ITEM, sums.FREEZE_ITEM):
        op.execute(function)
    for table, name, event, when, call in sums.TRIGGERS:
        if table == "payout_items":
            op.execute(f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {call}")
    for table, name, event in sums.DEFERRED:
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {name} {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION check_payout_sum()"
        )
