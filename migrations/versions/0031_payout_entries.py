"""Payout items are the entries of a vendor's available balance, open until a payout takes them (PAY-3, REC-1, REC-4).

What was sold, given back and paid out before gets its journals here, so that the book is whole from the first day.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# Each part of what came in and went out before: table of the source, event, time, and (account, vendor, amount) lines.
_SALES = """
    SELECT p.id, p.currency, p.processed_at AS at, p.captured_amount AS captured, o.vendor_id, parts.*
    FROM payments AS p JOIN orders AS o ON o.id = p.order_id
    JOIN LATERAL (
        SELECT round(sum(commission_amount) * share, digits) AS commission,
            round(sum(commission_tax) * share, digits) AS commission_tax,
            round(sum(CASE o.tax_remitter WHEN 'platform' THEN tax_amount ELSE 0 END) * share, digits) AS tax,
            round(sum(shipping_amount) * share, digits) AS shipping,
            round(sum(CASE discount_funded_by WHEN 'platform' THEN discount_amount ELSE 0 END) * share, digits)
                AS promotion
        FROM order_items, (SELECT p.captured_amount / o.total_amount AS share, currency_exponent(p.currency) AS digits)
            AS s WHERE order_id = o.id GROUP BY share, digits
    ) AS parts ON true
    WHERE p.captured_amount > 0
"""
_SALE_LINES = """
    SELECT id, kind, owner, amount FROM sale, LATERAL (VALUES
        ('psp_clearing', NULL::uuid, captured), ('commission_revenue', NULL, -commission),
        ('commission_tax_payable', NULL, -commission_tax), ('tax_payable', NULL, -tax),
        ('shipping_revenue', NULL, -shipping), ('promotion_expense', NULL, promotion),
        ('vendor_pending', vendor_id, commission + commission_tax + tax + shipping - promotion - captured)
    ) AS line (kind, owner, amount)
"""
_REFUNDS = """
    SELECT r.id, r.currency, r.processed_at AS at, r.amount, o.vendor_id, r.bearer = 'platform' AS goodwill,
        coalesce(items.commission, 0) AS commission,
        CASE WHEN r.kind = 'lines' OR r.bearer = 'platform' THEN 0
            WHEN r.amount = o.total_amount THEN whole.commission ELSE 0 END AS whole,
        CASE WHEN r.kind <> 'overpayment' THEN 0 ELSE least(o.tax_amount, r.amount) END AS tax,
        CASE WHEN r.kind NOT IN ('overpayment', 'shipping') THEN 0
            ELSE least(o.shipping_amount, r.amount) END AS shipping,
        CASE WHEN r.kind = 'overpayment' AND r.amount = o.total_amount AND o.discount_funded_by = 'platform'
            THEN o.discount_amount ELSE 0 END AS promotion
    FROM refunds AS r JOIN orders AS o ON o.id = r.order_id
    LEFT JOIN LATERAL (
        SELECT sum(round(line.commission_amount * item.amount / line.total_price, currency_exponent(r.currency)))
            AS commission
        FROM refund_items AS item JOIN order_items AS line ON line.id = item.order_item_id WHERE item.refund_id = r.id
    ) AS items ON true
    LEFT JOIN LATERAL (SELECT sum(commission_amount) AS commission FROM order_items WHERE order_id = o.id)
        AS whole ON true
    WHERE r.status = 'succeeded'
"""
_REFUND_LINES = """
    SELECT id, kind, owner, value FROM refund, LATERAL (VALUES
        ('psp_clearing', NULL::uuid, -amount), ('goodwill_expense', NULL, CASE WHEN goodwill THEN amount ELSE 0 END),
        ('commission_revenue', NULL, CASE WHEN goodwill THEN 0 ELSE commission + whole END),
        ('tax_payable', NULL, CASE WHEN goodwill THEN 0 ELSE tax END),
        ('shipping_revenue', NULL, CASE WHEN goodwill THEN 0 ELSE shipping END),
        ('promotion_expense', NULL, CASE WHEN goodwill THEN 0 ELSE -promotion END),
        ('vendor_pending', vendor_id, CASE WHEN goodwill THEN 0
            ELSE amount - commission - whole - tax - shipping + promotion END)
    ) AS line (kind, owner, value)
"""
_EARNINGS = """
    SELECT DISTINCT ON (i.order_item_id) i.order_item_id AS id, i.currency, p.created_at AS at, i.amount, p.vendor_id
    FROM payout_items AS i JOIN payouts AS p ON p.id = i.payout_id ORDER BY i.order_item_id, p.created_at
"""
_EARNING_LINES = """
    SELECT id, kind, owner, value FROM earning, LATERAL (VALUES
        ('vendor_pending', vendor_id, amount), ('vendor_available', vendor_id, -amount)
    ) AS line (kind, owner, value)
"""


def _payouts(statuses: str, at: str) -> str:
    return f"""
        SELECT id, currency, {at} AS at, amount, vendor_id FROM payouts WHERE status IN ({statuses})
    """  # noqa: S608 - our own words


def _payout_lines(debited: str, credited: str) -> str:
    def owner(kind: str) -> str:
        return "vendor_id" if kind == "vendor_available" else "NULL::uuid"

    return f"""
        SELECT id, kind, owner, value FROM payout, LATERAL (VALUES
            ('{debited}', {owner(debited)}, amount), ('{credited}', {owner(credited)}, -amount)
        ) AS line (kind, owner, value)
    """  # noqa: S608 - our own words


_ALL = "'pending', 'processing', 'completed', 'failed', 'cancelled'"
_EVENTS = (
    ("sale", "payments", "payment_captured", _SALES, _SALE_LINES),
    ("refund", "refunds", "refund_succeeded", _REFUNDS, _REFUND_LINES),
    ("earning", "order_items", "earning_available", _EARNINGS, _EARNING_LINES),
    (
        "payout", "payouts", "payout_assembled",
        _payouts(_ALL, "created_at"), _payout_lines("vendor_available", "payout_in_transit"),
    ),
    (
        "payout", "payouts", "transfer_executed",
        _payouts("'completed'", "processed_at"), _payout_lines("payout_in_transit", "psp_clearing"),
    ),
    (
        "payout", "payouts", "payout_dissolved",
        _payouts("'failed', 'cancelled'", "updated_at"), _payout_lines("payout_in_transit", "vendor_available"),
    ),
)  # fmt: skip


def _post(name: str, table: str, event: str, rows: str, lines: str) -> list[str]:
    """Statements that write the journals of one event, their accounts and their lines."""
    return [
        f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {rows}",
        f"CREATE TEMPORARY TABLE entry ON COMMIT DROP AS SELECT line.id, line.kind, line.owner, line.amount, source.currency, source.at FROM ({lines})"
        f" AS line (id, kind, owner, amount) JOIN {name} AS source ON source.id = line.id WHERE line.amount <> 0",
        "INSERT INTO ledger_accounts (kind, vendor_id, currency) SELECT DISTINCT kind, owner, currency FROM entry"
        " ON CONFLICT DO NOTHING",
        "INSERT INTO journals (event, source_type, source_id, currency, posted_at, reverses_id)"
        f" SELECT '{event}', '{table}', row.id, row.currency, row.at, original.id FROM {name} AS row LEFT JOIN journals"
        f" AS original ON '{event}' = 'payout_dissolved' AND original.source_id = row.id"
        " AND original.event = 'payout_assembled' WHERE EXISTS (SELECT FROM entry WHERE entry.id = row.id)",
        "INSERT INTO journal_lines (journal_id, account_id, amount, currency, created_at)"
        " SELECT journal.id, account.id, entry.amount, entry.currency, entry.at FROM entry"
        f" JOIN journals AS journal ON journal.source_id = entry.id AND journal.event = '{event}'"
        " JOIN ledger_accounts AS account ON (account.kind, account.currency) = (entry.kind, entry.currency)"
        " AND account.vendor_id IS NOT DISTINCT FROM entry.owner",
        "DROP TABLE entry",
        f"DROP TABLE {name}",
    ]  # noqa: S608 - our own words


_TIE = (
    "UPDATE payout_items AS item SET vendor_id = payout.vendor_id, journal_id = journal.id FROM payouts AS payout,"
    " journals AS journal WHERE payout.id = item.payout_id AND journal.source_id = item.order_item_id"
    " AND journal.event = 'earning_available'",
    # The hash pins the entries, which are journals from now on.
    "UPDATE payouts AS payout SET items_hash = items.hash FROM (SELECT payout_id, encode(sha256(convert_to(string_agg("
    "journal_id || ':' || amount, E'\\n' ORDER BY journal_id), 'UTF8')), 'hex') AS hash FROM payout_items"
    " GROUP BY payout_id) AS items WHERE items.payout_id = payout.id",
    "INSERT INTO payout_items (vendor_id, journal_id, order_item_id, amount, currency, created_at)"
    " SELECT DISTINCT ON (journal_id) vendor_id, journal_id, order_item_id, amount, currency, released_at"
    " FROM payout_items AS item WHERE released_at IS NOT NULL AND NOT EXISTS (SELECT FROM payout_items AS again"
    " WHERE again.journal_id = item.journal_id AND again.released_at IS NULL) ORDER BY journal_id",
    "UPDATE transactions AS row SET journal_id = journal.id FROM journals AS journal"
    " WHERE row.status = 'completed' AND (row.type, journal.event, journal.source_id) IN"
    " (('payment', 'payment_captured', row.payment_id), ('refund', 'refund_succeeded', row.refund_id),"
    " ('payout', 'transfer_executed', row.payout_id))",
)

#: They know no open items, and no hash of entries.
_BEFORE = (("payouts", "tr_payouts_frozen"), ("payout_items", "tr_payout_items_vendor"))


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.add_column("payout_items", sa.Column("vendor_id", sa.Uuid(), nullable=True))
    op.add_column("payout_items", sa.Column("journal_id", sa.Uuid(), nullable=True))
    op.execute("SELECT audit_table('payout_items', '{}', '{}')")
    op.alter_column("payout_items", "payout_id", nullable=True)
    op.alter_column("payout_items", "order_item_id", nullable=True)
    op.drop_index("uq_payout_items_order_item_id", "payout_items")
    for table, trigger in _BEFORE:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    for event in _EVENTS:
        for statement in _post(*event):
            op.execute(statement)
    for statement in _TIE:
        op.execute(statement)
    # Nothing may wait for the end of the transaction when a table is changed.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, trigger in _BEFORE:
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
    for column, target in (("vendor_id", "users"), ("journal_id", "journals")):
        op.alter_column("payout_items", column, nullable=False)
        name = op.f(f"fk_payout_items_{column}")
        op.create_foreign_key(name, "payout_items", target, [column], ["id"], ondelete="RESTRICT")
    op.create_check_constraint(
        op.f("ck_payout_items_released_was_taken"), "payout_items", "released_at IS NULL OR payout_id IS NOT NULL"
    )
    op.create_index("ix_payout_items_journal_id", "payout_items", ["journal_id"])
    op.create_index("ix_payout_items_vendor_id_created_at_id", "payout_items", ["vendor_id", "created_at", "id"])
    op.create_index(
        "ix_payout_items_open", "payout_items", ["vendor_id", "currency"], postgresql_where=sa.text("payout_id IS NULL")
    )
    op.create_index(
        "uq_payout_items_journal_id", "payout_items", ["journal_id"], unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute("DELETE FROM payout_items WHERE payout_id IS NULL OR order_item_id IS NULL")
    for name in ("uq_payout_items_journal_id", "ix_payout_items_open", "ix_payout_items_vendor_id_created_at_id",
                 "ix_payout_items_journal_id"):  # fmt: skip
        op.drop_index(name, "payout_items")
    op.drop_constraint(op.f("ck_payout_items_released_was_taken"), "payout_items", type_="check")
    for column in ("vendor_id", "journal_id"):
        op.drop_constraint(op.f(f"fk_payout_items_{column}"), "payout_items", type_="foreignkey")
        op.drop_column("payout_items", column)
    op.alter_column("payout_items", "order_item_id", nullable=False)
    op.alter_column("payout_items", "payout_id", nullable=False)
    op.execute("SELECT audit_table('payout_items', '{}', '{}')")
    op.create_index(
        "uq_payout_items_order_item_id", "payout_items", ["order_item_id"], unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )  # fmt: skip
