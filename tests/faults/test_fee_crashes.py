"""`kill -9` at every named point of the charge of a plan fee: the card is charged once, the book is whole (M3, J11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backoffice.jobs.crash_points import CHARGE_POINTS
from backoffice.services.subscriptions import charges
from models import SubscriptionInvoice
from tests.faults.fees import PAID, left, owe, running
from tests.faults.machinery import Machinery

pytestmark = pytest.mark.faults
Record = Callable[[str, object], None]


@pytest.mark.parametrize("both", [False, True], ids=["job", "worker-and-job"])
@pytest.mark.parametrize("point", CHARGE_POINTS)
def test_charged_once_whenever_it_dies(
    machinery: Machinery, record_property: Record, point: str, *, both: bool
) -> None:
    """SUB-7, M3, J11, IDE-2: another worker takes it up, and looks before it charges."""
    fee = owe(machinery)
    with machinery.sessions.begin() as session:
        invoice = session.get_one(SubscriptionInvoice, fee.invoice, with_for_update=True)
        charge = charges.begin(session, invoice, number=1, key=f"invoice:{fee.invoice}:1")
        machinery.die_at(point, charge.id, both=both, kind=charges.KIND)
    machinery.wait_until(lambda: machinery.has_died(point, charge.id, charges.KIND) and running(machinery, fee) is None)
    assert left(machinery, fee) == PAID
    killed = "worker and job" if both else "job"
    record_property("matrix", f"{CHARGE_POINTS.index(point) + 1:2} {point:27} {killed:15} plan fee  effects 1")
