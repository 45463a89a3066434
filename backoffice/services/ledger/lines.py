"""Debits and credits as plain values, before they are written (LED-1)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from models.ledger import AccountKind


@dataclass(frozen=True, slots=True)
class Line:
    """`amount` on one account in the journal's currency: positive is a debit, negative a credit."""

    kind: AccountKind
    amount: Decimal
    vendor_id: uuid.UUID | None = None


def debit(kind: AccountKind, amount: Decimal, vendor_id: uuid.UUID | None = None) -> Line:
    """A debit of `amount`; for vendors' accounts, of that vendor's."""
    return Line(kind, amount, vendor_id if kind.of_vendor else None)


def credit(kind: AccountKind, amount: Decimal, vendor_id: uuid.UUID | None = None) -> Line:
    """A credit of `amount`."""
    return debit(kind, -amount, vendor_id)


def combined(lines: Iterable[Line]) -> list[Line]:
    """One line an account, without those that come to nothing; in a stable order."""
    sums: dict[tuple[AccountKind, uuid.UUID | None], Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.kind, line.vendor_id] += line.amount
    return [Line(kind, amount, vendor_id) for (kind, vendor_id), amount in sums.items() if amount]


def mirrored(lines: Iterable[Line]) -> list[Line]:
    """The same lines the other way round."""
    return [Line(line.kind, -line.amount, line.vendor_id) for line in lines]
