"""Days that were compared with the provider, and what differed."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import ProviderBooking, ReconItem, ReconRun
from models.base import uuid7
from models.recon import ReconResult


def make_recon_run(session: Session, **values: Any) -> ReconRun:
    """A run of yesterday in US dollars that waits for its worker."""
    yesterday = now().date() - dt.timedelta(days=1)
    run = ReconRun(**({"id": uuid7(), "day": yesterday, "currency": "USD", "queue": "money"} | values))
    session.add(run)
    session.flush()
    return run


def make_recon_item(session: Session, run: ReconRun | None = None, **values: Any) -> ReconItem:
    """An open difference: a payment of 100.00 USD that the provider does not know."""
    run = run or make_recon_run(session)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "run_id": run.id,
        "last_run_id": run.id,
        "first_day": run.day,
        "provider_id": f"pi_{uuid.uuid4().hex[:24]}",
        "result": ReconResult.MISSING_THERE,
        "expected": Decimal("100.00"),
        "expected_currency": "USD",
    }
    item = ReconItem(**(defaults | values))
    session.add(item)
    session.flush()
    return item


def make_booking(session: Session, provider_id: str, net: str, **values: Any) -> ProviderBooking:
    """A charge that the provider booked yesterday at noon, in US dollars."""
    noon = now().replace(hour=12, minute=0, second=0, microsecond=0) - dt.timedelta(days=1)
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "booking_id": f"txn_{uuid.uuid4().hex[:24]}",
        "provider_id": provider_id,
        "type": "charge",
        "net": Decimal(net),
        "currency": "USD",
        "booked_at": noon,
    }
    booking = ProviderBooking(**(defaults | values))
    session.add(booking)
    session.flush()
    return booking
