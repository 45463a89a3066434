"""Billing periods: months counted from an anchor day, in UTC (SUB-2)."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import Final

from models.subscription import BillingCycle

_MONTHS: Final[Mapping[BillingCycle, int]] = {BillingCycle.MONTHLY: 1, BillingCycle.YEARLY: 12}


def following(moment: dt.datetime, cycle: BillingCycle, anchor: int) -> dt.datetime:
    """The end of the period that begins at `moment`, which is the beginning of the next.

    `anchor` is the day of the month on which the subscription began; a month without it lends its last day, and the
    month after has it again: 31 January, 28 February, 31 March.
    """
    moment = moment.astimezone(dt.UTC)
    years, month = divmod(moment.month - 1 + _MONTHS[cycle], 12)
    year = moment.year + years
    return moment.replace(year=year, month=month + 1, day=min(anchor, calendar.monthrange(year, month + 1)[1]))


def days(start: dt.datetime, end: dt.datetime) -> int:
    """Days of a period."""
    return (_day(end) - _day(start)).days


def days_left(end: dt.datetime, now: dt.datetime) -> int:
    """Days of the period that are still to come, today included (SUB-3)."""
    return max((_day(end) - _day(now)).days, 0)


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(dt.UTC).date()
