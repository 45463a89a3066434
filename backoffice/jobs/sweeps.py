"""What the scheduler does again and again, each in a transaction of its own and at its own pace."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from backoffice import queue
from backoffice.acting import Acting
from backoffice.clock import NOW, now
from backoffice.services import (
    dispute_attachments,
    dispute_escalation,
    impersonations,
    mails,
    operations,
    operations_approvals,
    operations_lease,
    review_queue,
    tracking_numbers,
    trusted_vendors,
    user_sessions,
    wrong_keys,
)
from backoffice.services.chargebacks import deadlines
from backoffice.services.exports import carry_out as exports
from backoffice.services.exports.request import KIND as EXPORT
from backoffice.services.figures import keep as figures
from backoffice.services.imports import carry_out as imports
from backoffice.services.imports.request import KIND as IMPORT
from backoffice.services.ledger import verify as book
from backoffice.services.payouts import assemble, drop, earnings
from backoffice.services.recon import run as recon
from backoffice.services.reports import carry_out as reports
from backoffice.services.reports import schedules
from backoffice.services.reports.request import KIND as REPORT
from backoffice.services.subscriptions import charges, collect, endings, limits, notices, renew
from backoffice.services.vendors import overdue
from backoffice.services.webhooks import backfill, handle, inbox, polling
from models.heartbeat import RELAY, Heartbeat

_log = logging.getLogger(__name__)

#: Rows of each kind that one look wakes at most.
_BATCH: Final = 500
#: A wake that nobody answered is repeated after this.
_AGAIN: Final = dt.timedelta(seconds=15)
_MONTHS_AHEAD: Final = 3
_AFTER_FAILURE: Final = 60.0


#: What finds the rows of each kind that wait for a worker.
_LEASED: Final = {
    operations.KIND: operations_lease.due,
    inbox.KIND: handle.due,
    backfill.KIND: backfill.due,
    recon.KIND: recon.due,
    charges.KIND: charges.due,
    EXPORT: exports.LIFE.due,
    IMPORT: imports.due,
    REPORT: reports.LIFE.due,
    mails.KIND: mails.due,
}


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds."""

    name: str
    every: float
    run: Callable[[Session], None]


class Timed:
    """A job with the time of its next run; one that fails is logged and tried again within a minute."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._next = 0.0

    def run_if_due(self, sessions: sessionmaker[Session]) -> None:
        """Run it in a transaction, if its time has come."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.job.every
        try:
            with sessions.begin() as session:
                self.job.run(session)
        except Exception:  # noqa: BLE001 - one job must not stop the others
            self._next = time.monotonic() + min(max(self.job.every, 1.0), _AFTER_FAILURE)
            _log.exception("%s failed and is tried again.", self.job.name)


def wake_due(session: Session) -> None:
    """Wake a worker for everything that is due; while Redis is down it waits as it is."""
    if queue.answers():
        for kind, due in _LEASED.items():
            for name, row_id in due(session, limit=_BATCH, again=_AGAIN):
                queue.wake_after_commit(session, name, kind, row_id)


def expire_approvals(session: Session) -> None:
    """End the operations for which nobody decided in time."""
    operations_approvals.expire(session)


def keep_partitions(session: Session) -> None:
    """Make the partitions of the next months, and drop measurements that are too old."""
    session.execute(sa.select(sa.func.ensure_partitions(_MONTHS_AHEAD)))
    session.execute(sa.select(sa.func.drop_expired_analytics()))


def end_views(session: Session) -> None:
    """Write down that the time of admins who viewed as somebody is over (ACC-4); the sessions knew before."""
    impersonations.end_expired(session, acting=Acting.system("relay"))


def prune_sessions(session: Session) -> None:
    """Delete sessions, tries to sign in and wrong keys that nobody needs any more."""
    user_sessions.prune(session)
    wrong_keys.prune(session)


def prune_leases(session: Session) -> None:
    """Delete what reviewers had on their screens long ago."""
    review_queue.prune(session)


def decide_for_trusted(session: Session) -> None:
    """Approve what trusted vendors have handed in (MOD-6)."""
    trusted_vendors.decide_for(session, limit=_BATCH)


def suspend_overdue(session: Session) -> None:
    """Suspend vendors who did not correct in time what they were asked to correct (VEN-3)."""
    overdue.suspend(session, limit=_BATCH, acting=Acting.system("onboarding"))


def assemble_payouts(session: Session) -> None:
    """Put payouts together for the vendors whose period began (PAY-3)."""
    assemble.assemble(session, vendors=assemble.due(session), acting=Acting.system("scheduler"))


def drop_disputed(session: Session) -> None:
    """Take disputed lines out of payouts that nobody released yet (PAY-6)."""
    drop.disputed(session)


def renew_subscriptions(session: Session) -> None:
    """Begin the next period of subscriptions whose period is over, each with one invoice (SUB-2, J16)."""
    moment, acting = now(), Acting.system("scheduler")
    for subscription in renew.due(session, now=moment, limit=_BATCH):
        renew.renew(session, subscription, now=moment, acting=acting)


def collect_fees(session: Session) -> None:
    """Take plan fees whose day has come from balances, and begin to charge cards for the others (SUB-5, SUB-7)."""
    collect.collect(session, now=now(), limit=_BATCH, acting=Acting.system("scheduler"))


def end_subscriptions(session: Session) -> None:
    """Expire subscriptions that are over, or unpaid for too long (SUB-4, SUB-5)."""
    endings.expire(session, now=now(), limit=_BATCH, acting=Acting.system("scheduler"))


def tell_subscribers(session: Session) -> None:
    """Tell vendors of new terms of their plan, and of more orders than it is made for (SUB-1, SUB-6)."""
    moment = now()
    notices.tell(session, now=moment, limit=_BATCH)
    limits.tell_of_orders(session, now=moment)


def poll(session: Session) -> None:
    """Ask about payments, refunds and payouts whose end nobody told us."""
    polling.ask(session)


def remind_of_chargebacks(session: Session) -> None:
    """Tell finance of chargebacks whose time to answer runs out (DSP-8)."""
    deadlines.remind(session, limit=_BATCH)


def escalate_disputes(session: Session) -> None:
    """Assign, announce and raise disputes that run late (DSP-7)."""
    dispute_escalation.sweep(session, size=_BATCH)


def prune_attachments(session: Session) -> None:
    """Delete files that were uploaded for a message in a dispute which nobody wrote (DSP-4)."""
    dispute_attachments.prune(session)


def reconcile(session: Session) -> None:
    """Plan the comparison of every day that is over (LED-7)."""
    recon.plan(session)


def prune_events(session: Session) -> None:
    """Delete events of the payment provider that came to their end long ago."""
    inbox.prune(session)


def prune_exports(session: Session) -> None:
    """Delete what is known of exports that were over long ago; their files are gone."""
    exports.LIFE.prune(session)


def prune_imports(session: Session) -> None:
    """Delete old drafts of imports, and what is known of imports that were over long ago."""
    imports.prune(session)


def run_schedules(session: Session) -> None:
    """Ask for the scheduled reports whose time has come."""
    schedules.run_due(session, limit=_BATCH)


def prune_reports(session: Session) -> None:
    """Delete what is known of reports that were over long ago; their files are gone."""
    reports.LIFE.prune(session)


def retire_numbers(session: Session) -> None:
    """Give up the tracking numbers of parcels older than a year (SHP-5)."""
    tracking_numbers.retire(session, limit=_BATCH)


def beat(session: Session) -> None:
    """Say that the scheduler works (J19)."""
    statement = insert(Heartbeat).values(name=RELAY, beat_at=NOW)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"beat_at": NOW}))


def fold_balances(session: Session) -> None:
    """Make one part of many in each balance of the ledger (LED-4)."""
    book.fold(session)


def sum_figures(session: Session) -> None:
    """Sum the days anew whose facts were touched since the last look."""
    figures.refresh(session)


def release_earnings(session: Session) -> None:
    """Make the earnings available that nothing holds any more, a batch at a time (E3)."""
    earnings.release(session)


def look_at_earnings(session: Session) -> None:
    """Have every pending earning looked at, whatever is known about its time (E3)."""
    if unknown := earnings.look_again(session):
        _log.error("%d order lines were pending, and no sweep would have looked at them.", unknown)


JOBS: Final = (
    Job("Waking what is due", 0.0, wake_due),
    Job("The heartbeat", 2.0, beat),
    Job("Ending approvals that nobody gave", 10.0, expire_approvals),
    Job("Folding balances", 30.0, fold_balances),
    Job("Summing figures", 15.0, sum_figures),
    Job("Making earnings available", 60.0, release_earnings),
    Job("Looking at every pending earning", 86_400.0, look_at_earnings),
    Job("Dropping disputed lines", 60.0, drop_disputed),
    Job("Putting payouts together", 300.0, assemble_payouts),
    Job("Keeping partitions", 3600.0, keep_partitions),
    Job("Deleting old sessions", 3600.0, prune_sessions),
    Job("Deleting old review leases", 3600.0, prune_leases),
    Job("Ending looks at other panels", 60.0, end_views),
    Job("Approving what trusted vendors hand in", 10.0, decide_for_trusted),
    Job("Suspending vendors who did not answer", 300.0, suspend_overdue),
    Job("Renewing subscriptions", 60.0, renew_subscriptions),
    Job("Collecting plan fees", 30.0, collect_fees),
    Job("Ending subscriptions", 60.0, end_subscriptions),
    Job("Telling subscribers", 3600.0, tell_subscribers),
    Job("Asking about what should have ended", 3600.0, poll),
    Job("Reminding of chargebacks", 300.0, remind_of_chargebacks),
    Job("Escalating disputes", 60.0, escalate_disputes),
    Job("Deleting files without a message", 3600.0, prune_attachments),
    Job("Planning reconciliation", 600.0, reconcile),
    Job("Deleting old events", 3600.0, prune_events),
    Job("Deleting old exports", 3600.0, prune_exports),
    Job("Deleting old imports", 3600.0, prune_imports),
    Job("Asking for scheduled reports", 30.0, run_schedules),
    Job("Deleting old reports", 3600.0, prune_reports),
    Job("Giving up old tracking numbers", 600.0, retire_numbers),
)
