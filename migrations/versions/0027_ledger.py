"""The double-entry ledger: accounts, journals, lines and balances (B6).

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Those of the currencies that the settings name are there from the start: who makes an account keeps others waiting.
CURRENCIES = ("EUR", "JPY", "KWD", "USD")
PLATFORM = (
    "psp_clearing", "payout_in_transit", "commission_revenue", "commission_tax_payable", "tax_payable",
    "shipping_revenue", "subscription_revenue", "psp_fees", "goodwill_expense", "promotion_expense",
    "chargeback_receivable", "chargeback_loss", "chargeback_fees", "vendor_writeoff", "fx_clearing", "suspense",
)  # fmt: skip
# The audit names every column of the table.
AUDIT = "SELECT audit_table('transactions', '{}', '{}')"


def upgrade() -> None:
    op.create_table(
        "journals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("source_type", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("written_in", sa.Text(), server_default=sa.text("(pg_current_xact_id())::text"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "event IN ('payment_captured', 'provider_fee', 'earning_available', 'payout_assembled', 'payout_dissolved', 'transfer_executed', 'transfer_returned', 'refund_succeeded', 'refund_returned', 'chargeback_opened', 'chargeback_reserved', 'chargeback_released', 'chargeback_lost', 'chargeback_won', 'transfer_reversed', 'debt_written_off', 'plan_fee_charged', 'adjustment')",
            name=op.f("ck_journals_event"),
        ),
        sa.CheckConstraint(
            "event NOT IN ('debt_written_off', 'adjustment') OR (num_nulls(reason, actor_id, approved_by) = 0 AND actor_id <> approved_by)",
            name=op.f("ck_journals_people_are_two"),
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_journals_currency_known")),
        sa.CheckConstraint("occurrence > 0", name=op.f("ck_journals_occurrence_positive")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_journals_actor_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_journals_approved_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["journals.id"], name=op.f("fk_journals_reverses_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journals")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_journals_reverses_id")),
        sa.UniqueConstraint(
            "source_id",
            "event",
            "occurrence",
            "source_type",
            name=op.f("uq_journals_source_id_event_occurrence_source_type"),
        ),
    )
    op.create_index(
        "ix_journals_actor_id", "journals", ["actor_id"], unique=False, postgresql_where=sa.text("actor_id IS NOT NULL")
    )
    op.create_index(
        "ix_journals_approved_by",
        "journals",
        ["approved_by"],
        unique=False,
        postgresql_where=sa.text("approved_by IS NOT NULL"),
    )
    op.create_index("ix_journals_event_posted_at_id", "journals", ["event", "posted_at", "id"], unique=False)
    op.create_index("ix_journals_posted_at_id", "journals", ["posted_at", "id"], unique=False)
    op.create_index(
        "ix_journals_provider_id",
        "journals",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("vendor_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('vendor_pending', 'vendor_available', 'vendor_reserved')) = (vendor_id IS NOT NULL)",
            name=op.f("ck_ledger_accounts_vendor_where_needed"),
        ),
        sa.CheckConstraint(
            "kind IN ('psp_clearing', 'vendor_pending', 'vendor_available', 'vendor_reserved', 'payout_in_transit', 'commission_revenue', 'commission_tax_payable', 'tax_payable', 'shipping_revenue', 'subscription_revenue', 'psp_fees', 'goodwill_expense', 'promotion_expense', 'chargeback_receivable', 'chargeback_loss', 'chargeback_fees', 'vendor_writeoff', 'fx_clearing', 'suspense')",
            name=op.f("ck_ledger_accounts_kind"),
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_ledger_accounts_currency_known")),
        sa.ForeignKeyConstraint(
            ["vendor_id"], ["users.id"], name=op.f("fk_ledger_accounts_vendor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_accounts_id_currency")),
        sa.UniqueConstraint(
            "kind",
            "currency",
            "vendor_id",
            name=op.f("uq_ledger_accounts_kind_currency_vendor_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_ledger_accounts_created_at_id", "ledger_accounts", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_ledger_accounts_vendor_id"), "ledger_accounts", ["vendor_id"], unique=False)
    op.create_table(
        "account_balances",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_account_balances_account_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_balances")),
    )
    op.create_index(op.f("ix_account_balances_account_id"), "account_balances", ["account_id"], unique=False)
    op.create_table(
        "journal_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_journal_lines_amount_not_zero")),
        sa.CheckConstraint(
            "amount = round(amount, currency_exponent(currency))", name=op.f("ck_journal_lines_amount_exact")
        ),
        sa.CheckConstraint("currency_exponent(currency) IS NOT NULL", name=op.f("ck_journal_lines_currency_known")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name=op.f("fk_journal_lines_account_id_currency"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journals.id"], name=op.f("fk_journal_lines_journal_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_lines")),
        sa.UniqueConstraint("journal_id", "account_id", name=op.f("uq_journal_lines_journal_id_account_id")),
    )
    op.create_index(
        "ix_journal_lines_account_id_created_at_id", "journal_lines", ["account_id", "created_at", "id"], unique=False
    )
    op.add_column("transactions", sa.Column("journal_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_transactions_journal_id"), "transactions", ["journal_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_transactions_journal_id"), "transactions", "journals", ["journal_id"], ["id"], ondelete="RESTRICT"
    )
    op.execute(AUDIT)
    kinds, currencies = (", ".join(f"'{name}'" for name in names) for names in (PLATFORM, CURRENCIES))
    op.execute(
        "INSERT INTO ledger_accounts (id, created_at, kind, currency)"
        " SELECT ('01990000-0000-7000-8000-' || substr(md5(kind || currency), 1, 12))::uuid, timestamptz '2026-01-01Z',"
        " kind, currency"
        f" FROM unnest(ARRAY[{kinds}]) AS kind, unnest(ARRAY[{currencies}]) AS currency"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_transactions_journal_id"), "transactions", type_="foreignkey")
    op.drop_index(op.f("ix_transactions_journal_id"), table_name="transactions")
    op.drop_column("transactions", "journal_id")
    op.drop_index("ix_journal_lines_account_id_created_at_id", table_name="journal_lines")
    op.drop_table("journal_lines")
    op.drop_table("account_balances")
    op.drop_index(op.f("ix_ledger_accounts_vendor_id"), table_name="ledger_accounts")
    op.drop_index("ix_ledger_accounts_created_at_id", table_name="ledger_accounts")
    op.drop_table("ledger_accounts")
    op.drop_index("ix_journals_provider_id", table_name="journals", postgresql_where=sa.text("provider_id IS NOT NULL"))
    op.drop_index("ix_journals_posted_at_id", table_name="journals")
    op.drop_index("ix_journals_event_posted_at_id", table_name="journals")
    op.drop_index("ix_journals_approved_by", table_name="journals", postgresql_where=sa.text("approved_by IS NOT NULL"))
    op.drop_index("ix_journals_actor_id", table_name="journals", postgresql_where=sa.text("actor_id IS NOT NULL"))
    op.drop_table("journals")
    op.execute(AUDIT)
