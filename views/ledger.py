"""The book: accounts with their balances, journals, and the lines that tie them."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from backoffice.permissions import Role
from models import AccountBalance, Journal, JournalLine, LedgerAccount
from models.ledger import DEBIT_KINDS
from views.access import Access, Entity, Related
from views.columns import Kind, computed

#: The sum of the account's parts, as people read it: what is owed and what was earned is positive (LED-4).
_BALANCE = computed(
    "balance",
    "Balance",
    sa.select(
        sa.case((LedgerAccount.kind.in_(DEBIT_KINDS), 1), else_=-1)
        * sa.func.coalesce(sa.func.sum(AccountBalance.balance), Decimal(0))
    )
    .where(AccountBalance.account_id == LedgerAccount.id)
    .correlate(LedgerAccount)
    .scalar_subquery(),
    LedgerAccount.currency,
    kind=Kind.MONEY,
)
_ACCOUNTS = Access(
    columns=("kind", "vendor_id", _BALANCE, "created_at"),
    detail=("kind", "vendor_id", "currency", _BALANCE, "created_at"),
    filters=("kind", "vendor_id"),
    sorts=("-id",),
    search=False,
    related=(Related(noun="journal_lines", via="account_id"),),
)
ACCOUNTS = Entity(
    noun="ledger_accounts",
    model=LedgerAccount,
    label="Ledger accounts",
    singular="Ledger account",
    group="Money",
    access={Role.ADMIN: _ACCOUNTS, Role.FINANCE: _ACCOUNTS},
)
_JOURNALS = Access(
    columns=("event", "source_type", "source_id", "currency", "provider_id", "posted_at"),
    detail=("event", "source_type", "source_id", "occurrence", "currency", "posted_at", "provider_id", "reverses_id",
            "reason", "actor_id", "approved_by", "created_at"),
    filters=("event", "provider_id", "posted_at"),
    sorts=("-posted_at",),
    search=False,
    related=(Related(noun="journal_lines", via="journal_id"),),
)  # fmt: skip
JOURNALS = Entity(
    noun="journals",
    model=Journal,
    label="Journals",
    singular="Journal",
    group="Money",
    access={Role.ADMIN: _JOURNALS, Role.FINANCE: _JOURNALS},
)
_LINES = Access(
    columns=("journal_id", "account_id", "amount", "created_at"),
    filters=("journal_id", "account_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)
LINES = Entity(
    noun="journal_lines",
    model=JournalLine,
    label="Journal lines",
    singular="Journal line",
    group="Money",
    access={Role.ADMIN: _LINES, Role.FINANCE: _LINES},
)
