"""Killing workers while money is taken back: one reversal at Stripe, one journal, whenever it dies (M7, J11, REC-2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.jobs.crash_points import POINTS
from backoffice.services.ledger import balances
from backoffice.services.ledger.verify import verify
from models import Journal, Payout, TransferReversal
from models.journal import JournalEvent
from models.transfer_reversal import ReversalStatus
from tests.faults.decisions import PAYOUT, decide, is_over, submit_on
from tests.faults.machinery import Machinery
from tests.services.payouts.test_take_back import owe

Record = Callable[[str, object], None]


@pytest.mark.parametrize("point", POINTS)
def test_one_reversal_whenever_it_dies(machinery: Machinery, record_property: Record, point: str) -> None:
    """M7, J11, IDE-2, E11: what the vendor owes is taken back once, and the book stays whole."""
    sent = decide(machinery, PAYOUT)
    machinery.wait_until(lambda: is_over(machinery, sent))
    with machinery.sessions.begin() as session:
        payout = session.get_one(Payout, sent.target)
        owe(session, payout, "40.00")
    back = submit_on(
        machinery, "payout.take_back", sent.target, lambda operation: machinery.die_at(point, operation, both=False)
    )
    machinery.wait_until(lambda: machinery.has_died(point, back.operation) and is_over(machinery, back))
    with machinery.sessions() as session:
        reversal = session.scalars(sa.select(TransferReversal).where(TransferReversal.payout_id == sent.target)).one()
        assert (reversal.status, reversal.amount) == (ReversalStatus.SUCCEEDED, Decimal("40.00"))
        posted = sa.select(sa.func.count()).where(
            Journal.source_id == reversal.id, Journal.event == JournalEvent.TRANSFER_REVERSED
        )
        assert session.scalar(posted) == 1
        assert balances.available(session, reversal.vendor_id, "USD") == 0
        assert verify(session).complaints == []
        effects = [
            one for one in machinery.sandbox.effects("transfer_reversal.created") if str(reversal.id) in str(one)
        ]
    assert len(effects) == 1
    record_property("matrix", f"{POINTS.index(point) + 1:2} {point:20} job             payout.take_back effects 1")
