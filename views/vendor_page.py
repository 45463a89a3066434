"""The record page of a vendor, with its scorecard."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from backoffice.clock import now
from backoffice.services import scope
from backoffice.services.figures.read import Period
from backoffice.services.figures.scorecard import ENOUGH, Mark, scorecard
from models import VendorProfile
from views.base import EntityView
from views.current import acting, form, session
from views.formats import Format

#: Days that the card looks back.
DAYS = 90


class VendorView(EntityView):
    """What was agreed with a vendor, and how it does."""

    def of_tab(self, row_id: Any) -> dict[str, Any]:
        """The scorecard."""
        profile: VendorProfile = scope.get_visible(session(), VendorProfile, row_id, acting())
        today, shape = now().date(), form()
        period = Period(since=today - dt.timedelta(days=DAYS - 1), until=today)
        lines = [
            (line, _text(line.mark, line.value, shape), _text(line.mark, line.everybody, shape))
            for line in scorecard(session(), profile.vendor_id, period)
        ]
        return {"card": lines, "days": DAYS, "enough": ENOUGH}


def _text(mark: Mark, value: Decimal | None, shape: Format) -> str:
    if value is None:
        return "n/a"
    return shape.number(round(value, 2)) if mark.rating else shape.percent(round(value, 3))
