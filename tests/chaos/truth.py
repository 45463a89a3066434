"""What must be true when everything is over: nothing lost, nothing twice, the book whole and the same as Stripe's."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice import queue
from backoffice.clock import NOW
from backoffice.services.failures import NOT_EXECUTED
from backoffice.services.recon import run as recon
from models import (
    Chargeback,
    Journal,
    JournalLine,
    LedgerAccount,
    OperationItem,
    Payment,
    Payout,
    ReconItem,
    ReconRun,
    Refund,
    TransferReversal,
    WebhookEvent,
)
from models.journal import JournalEvent
from models.ledger import AccountKind
from models.operation import OperationItemStatus, QueueName
from models.payment import PaymentState
from models.payout import PayoutStatus
from models.recon import ReconRunStatus
from models.refund import RefundStatus
from models.transfer_reversal import ReversalStatus
from models.webhook_event import WebhookEventStatus
from tests.chaos.market import Market
from tests.machine import truth

#: What Stripe does because we ask, each of which must not happen twice.
_EFFECTS = ("refund.created", "transfer.created", "transfer_reversal.created")
#: Where nothing may be when all is over.
_UNFINISHED: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (Payment, (PaymentState.PENDING,)),
    (Refund, (RefundStatus.APPROVED, RefundStatus.PROCESSING)),
    (Payout, (PayoutStatus.PROCESSING, PayoutStatus.FAILED)),
    (TransferReversal, (ReversalStatus.PROCESSING,)),
    (WebhookEvent, (WebhookEventStatus.PENDING, WebhookEventStatus.PARKED, WebhookEventStatus.FAILED)),
    (OperationItem, (OperationItemStatus.QUEUED, OperationItemStatus.RUNNING, OperationItemStatus.NEEDS_ATTENTION)),
)


def check(market: Market, since: dt.date) -> None:
    """All of it."""
    stage = market.stage
    effects = Counter(line["effect"] for line in stage.sandbox.log()["effects"])
    market.figures.update({f"effects {kind}": effects[kind] for kind in _EFFECTS})
    with stage.sessions() as session:
        _nothing_lost(session, market)
        market.figures["journals"] = session.scalar(sa.select(sa.func.count()).select_from(Journal)) or 0
    truth.check(stage)
    truth.check_at_rest(stage)
    _reconciles(market, since)


def _nothing_lost(session: Session, market: Market) -> None:
    for entity, statuses in _UNFINISHED:
        left = session.scalars(sa.select(entity).where(entity.status.in_(statuses))).all()
        assert not left, [(one, {key: str(value) for key, value in vars(one).items()}) for one in left[:3]]
    charged_back = sa.exists().where(Chargeback.payment_id == Refund.payment_id)
    # What was never carried out cannot be tried again once the bank has taken the money (REF-6).
    explained = sa.or_(
        Refund.failure_code == "charge_disputed", sa.and_(Refund.failure_code == NOT_EXECUTED, charged_back)
    )
    failed = session.scalars(sa.select(Refund).where(Refund.status == RefundStatus.FAILED, ~explained)).all()
    assert not failed, [{key: str(value) for key, value in vars(one).items()} for one in failed[:3]]
    booked = sa.select(Payment.order_id).join(Journal, Journal.source_id == Payment.id)
    captured = session.scalars(booked.where(Journal.event == JournalEvent.PAYMENT_CAPTURED)).all()
    assert sorted(captured) == sorted(market.orders)


def _reconciles(market: Market, since: dt.date) -> None:
    """LED-7: every day and currency is compared by the money workers, today too, and nothing differs."""
    stage = market.stage

    def plan(session: Session) -> None:
        today = session.scalars(sa.select(NOW)).one().date()
        currencies = session.scalars(
            sa.select(LedgerAccount.currency).where(LedgerAccount.kind == AccountKind.PSP_CLEARING)
        ).all()
        days = [since + dt.timedelta(number) for number in range((today - since).days + 1)]
        rows = [
            {"day": day, "currency": currency, "queue": QueueName.MONEY.value, "run_after": NOW, "due_since": NOW}
            for day in days
            for currency in currencies
        ]
        session.execute(insert(ReconRun).values(rows).on_conflict_do_nothing())
        for run_id in session.scalars(sa.select(ReconRun.id).where(ReconRun.day >= since)):
            queue.wake_after_commit(session, QueueName.MONEY.value, recon.KIND, run_id)

    def is_over() -> bool:
        with stage.sessions() as session:
            # The scheduler has planned the days before for later.
            open_ = sa.exists().where(ReconRun.status != ReconRunStatus.DONE, ReconRun.day >= since)
            return not session.scalar(sa.select(open_))

    # Stripe's times are whole seconds, and a run asks for what is before its own.
    time.sleep(1.1)
    stage.patiently(plan)
    stage.wait_until(is_over)
    with stage.sessions() as session:
        items = session.scalars(sa.select(ReconItem)).all()
        assert not items, [{key: str(value) for key, value in vars(one).items()} for one in items[:3]]
        runs = session.scalars(sa.select(ReconRun).where(ReconRun.day >= since)).all()
        assert sum(one.unexplained or 0 for one in runs) == 0
        market.figures["reconciled"] = sum(int((one.counts or {}).get("matched", 0)) for one in runs)
        assert (
            market.figures["reconciled"]
            >= session.scalars(
                sa.select(sa.func.count(sa.distinct(Journal.provider_id)))
                .join(JournalLine, JournalLine.journal_id == Journal.id)
                .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
                .where(LedgerAccount.kind == AccountKind.PSP_CLEARING)
            ).one()
        )
