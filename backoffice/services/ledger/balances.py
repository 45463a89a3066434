"""What accounts come to now: the sums of their parts (LED-4). Owed amounts are positive."""

from __future__ import annotations

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import AccountBalance, LedgerAccount
from models.ledger import AccountKind


def available(session: Session, vendor_id: uuid.UUID, currency: str) -> Decimal:
    """What the platform owes a vendor and may pay out; negative when the vendor owes it (REC-1)."""
    return -of_account(session, AccountKind.VENDOR_AVAILABLE, currency, vendor_id)


def of_account(session: Session, kind: AccountKind, currency: str, vendor_id: uuid.UUID | None = None) -> Decimal:
    """The balance of one account, debits positive; zero when nothing was ever posted to it."""
    total = session.scalar(
        sa.select(sa.func.sum(AccountBalance.balance))
        .join(LedgerAccount, LedgerAccount.id == AccountBalance.account_id)
        .where(
            LedgerAccount.kind == kind,
            LedgerAccount.currency == currency,
            LedgerAccount.vendor_id.is_not_distinct_from(vendor_id),
        )
    )
    return total or Decimal(0)
