"""Finding accounts, and making those that were never posted to."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import LedgerAccount
from models.ledger import AccountKind

Key = tuple[AccountKind, uuid.UUID | None]


def ids(session: Session, currency: str, keys: Iterable[Key]) -> Mapping[Key, uuid.UUID]:
    """The account of each (kind, vendor) in `currency`; two transactions that need a new one get the same."""
    wanted = set(keys)
    found = _find(session, currency, wanted)
    # In one order, so that two transactions that make the same accounts wait for each other and never in a circle.
    missing = sorted(wanted - found.keys(), key=str)
    if missing:
        rows = [{"kind": kind, "vendor_id": vendor_id, "currency": currency} for kind, vendor_id in missing]
        session.execute(insert(LedgerAccount).values(rows).on_conflict_do_nothing())
        found |= _find(session, currency, set(missing))
    return found


def _find(session: Session, currency: str, keys: set[Key]) -> dict[Key, uuid.UUID]:
    rows = session.execute(
        sa.select(LedgerAccount.kind, LedgerAccount.vendor_id, LedgerAccount.id).where(
            LedgerAccount.currency == currency,
            LedgerAccount.kind.in_({kind for kind, _ in keys}),
            sa.or_(
                LedgerAccount.vendor_id.is_(None),
                LedgerAccount.vendor_id.in_({vendor for _, vendor in keys if vendor is not None}),
            ),
        )
    )
    return {(kind, vendor_id): account for kind, vendor_id, account in rows if (kind, vendor_id) in keys}
