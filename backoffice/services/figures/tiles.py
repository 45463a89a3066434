"""What a dashboard shows, as data: each figure from the sums of its measures, and in which panels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from backoffice.permissions import Role
from backoffice.services.figures.read import NOTHING, ByMeasure
from models.figure import Measure


class Unit(StrEnum):
    """How a figure is written."""

    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    HOURS = "hours"
    RATING = "rating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure. `value` is None where nothing can be divided. `rise_is_good` None: neither way is better."""

    key: str
    label: str
    unit: Unit
    value: Callable[[ByMeasure], Decimal | None]
    roles: frozenset[Role]
    rise_is_good: bool | None = None
    #: The measure whose rows are behind it; the list that has them, and its filter; `{period}` stands for the days.
    of: Measure
    noun: str
    query: str


def _number(measure: Measure) -> Callable[[ByMeasure], Decimal | None]:
    return lambda sums: Decimal(sums.get(measure, NOTHING).number)


def _amount(measure: Measure) -> Callable[[ByMeasure], Decimal | None]:
    return lambda sums: sums.get(measure, NOTHING).amount


def _ratio(
    over: Callable[[ByMeasure], Decimal | None], under: Callable[[ByMeasure], Decimal | None]
) -> Callable[[ByMeasure], Decimal | None]:
    def value(sums: ByMeasure) -> Decimal | None:
        top, bottom = over(sums), under(sums)
        return top / bottom if top is not None and bottom else None

    return value


def _hours(measure: Measure) -> Callable[[ByMeasure], Decimal | None]:
    return _ratio(lambda sums: Decimal(sums.get(measure, NOTHING).seconds) / 3600, _number(measure))


_MONEY: Final = frozenset({Role.ADMIN, Role.FINANCE, Role.VENDOR})
_HOUSE: Final = frozenset({Role.ADMIN, Role.FINANCE})
_MODERATION: Final = frozenset({Role.ADMIN, Role.VENDOR})
_PARCELS: Final = frozenset({Role.ADMIN, Role.LOGISTICS, Role.VENDOR})
_PLACED: Final = "f_created_at=utc:{period}"
_PAID_BACK: Final = "f_status=succeeded&f_processed_at=utc:{period}"
_DELIVERED: Final = "f_delivered_at=utc:{period}"
_PAID: Final = f"{_PLACED}&f_payment_status=paid&f_payment_status=partially_refunded&f_payment_status=refunded"
TILES: Final = (
    Tile(key="gmv", label="Sales (GMV)", unit=Unit.MONEY, value=_amount(Measure.ORDERS), roles=_MONEY,
         rise_is_good=True, of=Measure.ORDERS, noun="orders", query=_PAID),
    Tile(key="orders", label="Paid orders", unit=Unit.COUNT, value=_number(Measure.ORDERS), roles=_MONEY,
         rise_is_good=True, of=Measure.ORDERS, noun="orders", query=_PAID),
    Tile(key="aov", label="Average order", unit=Unit.MONEY,
         value=_ratio(_amount(Measure.ORDERS), _number(Measure.ORDERS)), roles=_MONEY,
         rise_is_good=True, of=Measure.ORDERS, noun="orders", query=_PAID),
    Tile(key="commission", label="Commission", unit=Unit.MONEY, value=_amount(Measure.COMMISSION), roles=_MONEY,
         of=Measure.ORDERS, noun="orders", query=_PAID),
    Tile(key="take_rate", label="Take rate", unit=Unit.SHARE,
         value=_ratio(_amount(Measure.COMMISSION), _amount(Measure.ORDERS)), roles=_HOUSE,
         of=Measure.ORDERS, noun="orders", query=_PAID),
    Tile(key="refunds", label="Refunded", unit=Unit.MONEY, value=_amount(Measure.REFUNDS), roles=_MONEY,
         rise_is_good=False, of=Measure.REFUNDS, noun="refunds", query=_PAID_BACK),
    Tile(key="refund_rate", label="Refunds of sales", unit=Unit.SHARE,
         value=_ratio(_amount(Measure.REFUNDS), _amount(Measure.ORDERS)), roles=_MONEY,
         rise_is_good=False, of=Measure.REFUNDS, noun="refunds", query=_PAID_BACK),
    Tile(key="cancelled", label="Cancelled orders", unit=Unit.COUNT, value=_number(Measure.CANCELLED), roles=_MONEY,
         rise_is_good=False, of=Measure.CANCELLED, noun="orders", query="f_cancelled_at=utc:{period}"),
    Tile(key="disputes", label="Disputes opened", unit=Unit.COUNT, value=_number(Measure.DISPUTES), roles=_MONEY,
         rise_is_good=False, of=Measure.DISPUTES, noun="disputes", query=_PLACED),
    Tile(key="delivered", label="Delivered orders", unit=Unit.COUNT, value=_number(Measure.DELIVERED), roles=_PARCELS,
         rise_is_good=True, of=Measure.DELIVERED, noun="orders", query=_DELIVERED),
    Tile(key="delivery_time", label="From order to delivery", unit=Unit.HOURS, value=_hours(Measure.DELIVERED),
         roles=_PARCELS, rise_is_good=False, of=Measure.DELIVERED, noun="orders", query=_DELIVERED),
    Tile(key="late", label="Parcels later than promised", unit=Unit.COUNT, value=_number(Measure.LATE),
         roles=_PARCELS, rise_is_good=False, of=Measure.LATE, noun="shipments", query=f"f_promise=missed&{_DELIVERED}"),
    Tile(key="rating", label="Rating", unit=Unit.RATING,
         value=_ratio(_amount(Measure.RATINGS), _number(Measure.RATINGS)), roles=_MODERATION,
         rise_is_good=True, of=Measure.RATINGS, noun="reviews", query=f"f_status=approved&{_PLACED}"),
    Tile(key="decision_time", label="Until products are decided", unit=Unit.HOURS, value=_hours(Measure.DECISIONS),
         roles=_MODERATION, rise_is_good=False, of=Measure.DECISIONS, noun="status_history",
         query=f"f_decided=products&{_PLACED}"),
    Tile(key="begun", label="Subscriptions begun, a month", unit=Unit.MONEY,
         value=_amount(Measure.SUBSCRIPTIONS_BEGUN), roles=_HOUSE, rise_is_good=True,
         of=Measure.SUBSCRIPTIONS_BEGUN, noun="subscriptions", query="f_start_date=utc:{period}"),
    Tile(key="ended", label="Subscriptions ended, a month", unit=Unit.MONEY,
         value=_amount(Measure.SUBSCRIPTIONS_ENDED), roles=_HOUSE, rise_is_good=False,
         of=Measure.SUBSCRIPTIONS_ENDED, noun="subscriptions", query="f_status=expired&f_end_date=utc:{period}"),
)  # fmt: skip


def of(role: Role) -> list[Tile]:
    """The figures of a panel: logistics see no amounts (ACC-3)."""
    return [tile for tile in TILES if role in tile.roles]
