"""What changing the plan within a period costs (SUB-3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from backoffice.money import round_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Proration:
    """What is given back of the old plan and charged for the new one, for the rest of the period."""

    credit: Decimal
    charge: Decimal

    @property
    def net(self) -> Decimal:
        """What the vendor pays now."""
        return self.charge - self.credit


def credit(price: Decimal, *, left: int, total: int, paid: Decimal, credited: Decimal, currency: str) -> Decimal:
    """`price` for the `left` of `total` days; at most what was `paid` for the period and not yet `credited`."""
    return max(min(_part(price, left, total, currency), paid - credited), Decimal(0))


def upgrade(
    old: Decimal, new: Decimal, *, left: int, total: int, paid: Decimal, credited: Decimal, currency: str
) -> Proration:
    """From a plan of price `old` to one of `new` for the `left` of `total` days, today included."""
    return Proration(
        credit=credit(old, left=left, total=total, paid=paid, credited=credited, currency=currency),
        charge=_part(new, left, total, currency),
    )


def _part(price: Decimal, left: int, total: int, currency: str) -> Decimal:
    return round_amount(price * left / total, currency)
