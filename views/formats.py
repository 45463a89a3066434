"""Numbers, amounts and times as a person's locale and time zone write them.

Patterns are CLDR's, through Babel; what a page needs a thousand times is put together here, because Babel takes a
hundred times longer for it.
"""

from __future__ import annotations

import datetime as dt
import functools
from decimal import Decimal

from babel import Locale
from babel.dates import format_date

from backoffice.clock import now
from backoffice.money import round_amount
from backoffice.preferences import Preferences

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
#: From here on the date says more than the distance.
_FAR = 30 * _DAY


class Format:
    """The formats of one locale and time zone; get one by `of`."""

    def __init__(self, preferences: Preferences) -> None:
        found = Locale.parse(preferences.locale, sep="-")
        symbols = found.number_symbols["latn"]
        self._locale = found
        self._signs = str.maketrans({",": symbols["group"], ".": symbols["decimal"]})
        self._halves = "a" in found.time_formats["short"].pattern
        self.zone = preferences.zone
        #: Beside the locale: to look for a locale in a cache of all takes longer than the rest of a time.
        self._day = functools.lru_cache(maxsize=4096)(functools.partial(format_date, format="medium", locale=found))

    def number(self, value: Decimal | int) -> str:
        """`1,234.5`."""
        return f"{value:,}".translate(self._signs)

    def money(self, amount: Decimal, currency: str) -> str:
        """`1,234.50 USD`, with the decimals of the currency (MON-2)."""
        return f"{self.number(round_amount(amount, currency))} {currency}"

    def percent(self, value: Decimal) -> str:
        """A fraction as a percentage: 0.080000 is 8 % (COM-7)."""
        return f"{(value * 100).normalize():f}".translate(self._signs) + " %"

    def day(self, value: dt.datetime) -> str:
        """The date: `12 Mar 2026`."""
        return self._day(value.astimezone(self.zone).date())

    def date(self, value: dt.date) -> str:
        """A day that is in no zone: `12 Mar 2026`."""
        return self._day(value)

    def exact(self, value: dt.datetime) -> str:
        """Date, time to the second and zone: `12 Mar 2026, 14:05:33 CET`."""
        local = value.astimezone(self.zone)
        clock = f"{local:%I:%M:%S %p}" if self._halves else local.time().isoformat("seconds")
        return f"{self._day(local.date())}, {clock} {local.tzname()}"

    def relative(self, value: dt.datetime) -> str:
        """How long ago, or how far ahead; beyond a month the date."""
        seconds = (now() - value).total_seconds()
        away = abs(seconds)
        if away >= _FAR:
            return self.day(value)
        if away < _MINUTE:
            return "just now"
        if away < 90 * _MINUTE:
            text = f"{away // _MINUTE:.0f} min"
        elif away < 36 * _HOUR:
            text = f"{away / _HOUR:.0f} h"
        else:
            text = f"{away / _DAY:.0f} d"
        return f"{text} ago" if seconds > 0 else f"in {text}"


@functools.cache
def of(preferences: Preferences) -> Format:
    """The formats that a person has chosen."""
    return Format(preferences)
