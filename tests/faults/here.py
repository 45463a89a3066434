"""The engine of jobs in this process: the same code as in a worker, with time that tests can move."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.clock import NOW
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.services.leases import MAX_ATTEMPTS
from models import Operation, OperationItem, Payout, Refund
from tests.faults.decisions import PAYOUT, Decision, is_over
from tests.sandbox.running import RunningSandbox


@dataclass(frozen=True, kw_only=True)
class Here:
    """A runtime with the real gateway, and the sandbox it talks to."""

    runtime: Runtime
    sessions: sessionmaker[Session]
    sandbox: RunningSandbox

    def run(self, decision: Decision) -> None:
        """What one wake does."""
        operations.run(self.runtime, decision.operation)

    def finish(self, decision: Decision) -> int:
        """Wake it until it is over, without waiting for the pauses between attempts; returns how many wakes it took."""
        for wakes in range(1, MAX_ATTEMPTS + 2):
            self.run(decision)
            if is_over(self, decision):
                return wakes
            self.skip_pause(decision)
        raise AssertionError("it never ends")

    def skip_pause(self, decision: Decision) -> None:
        """Let the next attempt be due now."""
        with self.sessions.begin() as session:
            for entity, column in ((OperationItem, OperationItem.operation_id), (Operation, Operation.id)):
                session.execute(sa.update(entity).where(column == decision.operation).values(run_after=NOW))

    def pass_time(self, decision: Decision, hours: int) -> None:
        """Let so many hours pass since the first call, for us and for Stripe."""
        entity = Payout if decision.action == PAYOUT else Refund
        earlier = entity.first_sent_at - dt.timedelta(hours=hours)
        with self.sessions.begin() as session:
            session.execute(sa.update(entity).where(entity.id == decision.target).values(first_sent_at=earlier))
        self.sandbox.advance(hours * 3600)

    def keys(self, decision: Decision) -> list[str]:
        """The keys under which Stripe was asked about the target, in order."""
        sent = self.sandbox.requests("/v1/")
        return [line["key"] for line in sent if line.get("key") and str(decision.target) in line["key"]]
