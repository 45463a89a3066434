"""When and where the reader of a list is."""

from __future__ import annotations

from views.current import preferences
from views.listing.times import At


def moment() -> At:
    """Now, in the time zone of the signed-in person."""
    return At(zone=preferences().zone)
