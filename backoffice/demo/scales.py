"""How much of everything each scale holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Scale = Literal["small", "medium", "large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of rows. Sellers trade; newcomers are vendors whom nobody has approved yet."""

    admins: int
    finance: int
    logistics: int
    sellers: int
    newcomers: int
    customers: int
    products: int
    orders: int
    #: Days since the first order.
    order_days: int
    events: int
    #: How much likelier a recent order is to need a person, so that a small marketplace has full work queues.
    boost: int
    #: Whether carriers scan every stage of a parcel's way; otherwise only those that stages cannot do without.
    every_scan: bool


COUNTS: Final[Mapping[Scale, Counts]] = {
    "small": Counts(
        admins=4, finance=4, logistics=4, sellers=20, newcomers=6, customers=300, products=600, orders=800,
        order_days=120,
        events=600, boost=4, every_scan=True,
    ),
    "medium": Counts(
        admins=6, finance=6, logistics=12, sellers=200, newcomers=20, customers=5_000, products=50_000,
        orders=100_000, order_days=360, events=20_000, boost=1, every_scan=True,
    ),
    "large": Counts(
        admins=10, finance=10, logistics=30, sellers=2_000, newcomers=100, customers=47_850, products=1_000_000,
        orders=2_000_000, order_days=360, events=200_000, boost=1, every_scan=False,
    ),
}  # fmt: skip
