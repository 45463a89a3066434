"""Accounts of the double-entry ledger, one a kind, currency and (for their money) vendor; and the balances (B6)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.enums import LabelledEnum
from models.base import Base, Currency, HasId, check, enum_column, foreign_key
from models.user import User


class AccountKind(LabelledEnum):
    """The chart of accounts (B6). Those of `VENDOR_KINDS` exist once a vendor, the others once a currency."""

    PSP_CLEARING = "psp_clearing", "Money at Stripe"
    BANK_CLEARING = "bank_clearing", "Money at our own bank"
    VENDOR_PENDING = "vendor_pending", "Vendor, pending"
    VENDOR_AVAILABLE = "vendor_available", "Vendor, available"
    VENDOR_RESERVED = "vendor_reserved", "Vendor, reserved"
    PAYOUT_IN_TRANSIT = "payout_in_transit", "Payouts under way"
    COMMISSION_REVENUE = "commission_revenue", "Commission"
    COMMISSION_TAX_PAYABLE = "commission_tax_payable", "Tax on commission, owed"
    TAX_PAYABLE = "tax_payable", "Sales tax, owed"
    SHIPPING_REVENUE = "shipping_revenue", "Shipping"
    SUBSCRIPTION_REVENUE = "subscription_revenue", "Plan fees"
    PSP_FEES = "psp_fees", "Stripe fees"
    GOODWILL_EXPENSE = "goodwill_expense", "Goodwill"
    PROMOTION_EXPENSE = "promotion_expense", "Discounts paid by the platform"
    CHARGEBACK_RECEIVABLE = "chargeback_receivable", "Chargebacks, undecided"
    CHARGEBACK_LOSS = "chargeback_loss", "Chargebacks lost"
    CHARGEBACK_FEES = "chargeback_fees", "Chargeback fees"
    VENDOR_WRITEOFF = "vendor_writeoff", "Vendor debts written off"
    FX_CLEARING = "fx_clearing", "Currency exchange"
    SUSPENSE = "suspense", "Unexplained"

    @property
    def of_vendor(self) -> bool:
        """Whether each vendor has one of their own."""
        return self in VENDOR_KINDS

    @property
    def credit_is_more(self) -> bool:
        """Whether a credit raises what people read as its balance: what is owed, and what was earned."""
        return self not in DEBIT_KINDS


VENDOR_KINDS = frozenset({AccountKind.VENDOR_PENDING, AccountKind.VENDOR_AVAILABLE, AccountKind.VENDOR_RESERVED})
#: What the platform has, is owed or has spent; a debit raises these.
DEBIT_KINDS = frozenset(
    {
        AccountKind.PSP_CLEARING,
        AccountKind.BANK_CLEARING,
        AccountKind.PSP_FEES,
        AccountKind.GOODWILL_EXPENSE,
        AccountKind.PROMOTION_EXPENSE,
        AccountKind.CHARGEBACK_RECEIVABLE,
        AccountKind.CHARGEBACK_LOSS,
        AccountKind.CHARGEBACK_FEES,
        AccountKind.VENDOR_WRITEOFF,
        AccountKind.FX_CLEARING,
        AccountKind.SUSPENSE,
    }
)
_OF_VENDOR = ", ".join(f"'{kind.value}'" for kind in AccountKind if kind.of_vendor)


class LedgerAccount(HasId, Base):
    """An account of the ledger in one `currency`; made when it is first posted to, and never changed."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        sa.UniqueConstraint("kind", "currency", "vendor_id", postgresql_nulls_not_distinct=True),
        # The lines refer to both, so that a line has the currency of its account.
        sa.UniqueConstraint("id", "currency"),
        check("vendor_where_needed", f"(kind IN ({_OF_VENDOR})) = (vendor_id IS NOT NULL)"),
        sa.Index("ix_ledger_accounts_created_at_id", "created_at", "id"),
    )

    kind: Mapped[AccountKind] = enum_column(AccountKind)
    vendor_id: Mapped[uuid.UUID | None] = foreign_key("users.id")
    currency: Mapped[Currency]

    vendor: Mapped[User | None] = relationship(lazy="raise")

    def __str__(self) -> str:
        return f"{self.kind.label}, {self.currency}"


class AccountBalance(HasId, Base):
    """A part of an account's balance, debits positive: the balance is the sum of the account's parts (LED-4).

    A trigger adds one for each statement that writes lines, in their transaction, so that writers of one account never
    wait for each other; the scheduler folds them into one. Nobody else writes: the application's role may only read.
    """

    __tablename__ = "account_balances"

    account_id: Mapped[uuid.UUID] = foreign_key("ledger_accounts.id")
    balance: Mapped[Decimal]
    #: How many lines the part is made of.
    lines: Mapped[int] = mapped_column(sa.BigInteger)
