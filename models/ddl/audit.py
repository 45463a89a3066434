"""Which tables are audited, and what the audit functions must hide (AUD-1)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

#: Progress of work, sessions, wrong keys, settings of one person, measurements, what people were told (decision 0008)
#: and the records themselves; everything else is business and is audited.
NOT_AUDITED: Final = frozenset(
    {
        "account_balances",
        "analytics_events",
        "audit_key",
        "audit_log",
        "daily_figures",
        "dispute_events",
        "exports",
        "figure_marks",
        "heartbeats",
        "import_rows",
        "imports",
        "journal_lines",
        "journals",
        "ledger_accounts",
        "list_preferences",
        "moderation_decisions",
        "name_words",
        "notification_preferences",
        "notifications",
        "operation_items",
        "operations",
        "pending_earnings",
        "provider_bookings",
        "provider_sweeps",
        "recent_records",
        "recon_runs",
        "review_leases",
        "saved_views",
        "searchable_names",
        "sign_in_attempts",
        "status_history",
        "stock_movements",
        "user_preferences",
        "user_sessions",
        "vendor_decisions",
        "webhook_events",
        "wrong_keys",
    }
)
#: Columns that say nothing a reader of the log does not know.
LEFT_OUT: Final = frozenset({"id", "updated_at", "version"})


def audited(metadata: sa.MetaData) -> list[sa.Table]:
    """Every business table, in order of dependence."""
    return [table for table in metadata.sorted_tables if table.name not in NOT_AUDITED]


def tagged(table: sa.Table, tag: str) -> list[str]:
    """Names of the columns with this tag (`pii` or `secret`), as the database calls them."""
    return sorted(column.name for column in table.columns if column.info.get(tag))


def install(table: sa.Table) -> str:
    """The statement that makes or renews the audit of one table; a migration that changes its columns runs it."""
    personal, secret = (",".join(tagged(table, tag)) for tag in ("pii", "secret"))
    return f"SELECT audit_table('{table.name}', '{{{personal}}}', '{{{secret}}}')"
