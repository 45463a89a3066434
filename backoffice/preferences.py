"""How a person wants the pages: time zone, ways of writing numbers and dates, colours, and how much fits on a screen.

They change what is shown, never what is stored, asked for or allowed. The words of the pages stay English.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from functools import cache

from backoffice.enums import LabelledEnum


class Theme(LabelledEnum):
    """Colours of the pages."""

    SYSTEM = "system", "As the device"
    LIGHT = "light"
    DARK = "dark"


class Density(LabelledEnum):
    """How close the rows of a table stand."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class Locale(LabelledEnum):
    """How numbers and dates are written; CLDR names."""

    EN = "en", "English (United States)"
    EN_GB = "en-GB", "English (United Kingdom)"
    DE = "de", "German"
    ES = "es", "Spanish"
    FR = "fr", "French"
    IT = "it", "Italian"
    JA = "ja", "Japanese"
    NL = "nl", "Dutch"
    PL = "pl", "Polish"
    PT = "pt", "Portuguese"
    RU = "ru", "Russian"
    TR = "tr", "Turkish"
    UK = "uk", "Ukrainian"
    ZH = "zh", "Chinese"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one person chose; these defaults for who chose nothing."""

    time_zone: str = "UTC"
    locale: Locale = Locale.EN
    theme: Theme = Theme.SYSTEM
    density: Density = Density.COMFORTABLE

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone; UTC when this machine does not know the stored name, which may come from a newer list."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            return zoneinfo.ZoneInfo("UTC")


@cache
def time_zones() -> tuple[str, ...]:
    """The IANA names that can be chosen, in order: places, and UTC; neither offsets nor names of machines."""
    known = zoneinfo.available_timezones()
    places = {name for name in known if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    return tuple(sorted(places | {"UTC"}))
