"""`kill -9` at every named point of a reconciliation: each difference is one item, and the run ends (M12, J11)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from backoffice.clock import NOW, now
from backoffice.jobs.crash_points import RECON_POINTS
from backoffice.services.recon import run as recon
from models import ReconItem, ReconRun
from models.recon import ReconRunStatus
from tests.faults.machinery import Machinery

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", RECON_POINTS)
def test_a_run_goes_on_whenever_it_dies(machinery: Machinery, point: str) -> None:
    """M12, J11, J16: another worker takes it up; what Stripe has and the ledger has not is found once."""
    yesterday = now() - dt.timedelta(days=1)
    dollars = sa.select(ReconRun).where(ReconRun.currency == "USD", ReconRun.status == ReconRunStatus.DONE)

    def done() -> ReconRun | None:
        with machinery.sessions.begin() as session:
            session.execute(sa.update(ReconRun).values(run_after=NOW, due_since=NOW).where(ReconRun.due_since > NOW))
            return session.scalars(dollars).one_or_none()

    # The relay has planned it, for six o'clock at the earliest; it is compared at once.
    machinery.wait_until(done)
    intent = f"pi_{uuid.uuid4().hex}"
    machinery.sandbox.seed(
        payment_intents=[{"id": intent, "amount": 100, "currency": "usd", "created": int(yesterday.timestamp())}]
    )
    with machinery.sessions.begin() as session:
        recon.request(session, yesterday.date())
        run = session.scalars(sa.select(ReconRun).where(ReconRun.currency == "USD")).one()
        machinery.die_at(point, run.id, both=False, kind=recon.KIND)

    machinery.wait_until(lambda: machinery.has_died(point, run.id, recon.KIND) and done())
    with machinery.sessions() as session:
        about = sa.select(ReconItem.result).where(ReconItem.provider_id == intent)
        assert session.scalars(about).all() == ["missing_here"]
