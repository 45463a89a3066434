"""What must be true after every step: the book is whole, no cap is broken, and Stripe did each thing once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services.ledger.verify import verify
from backoffice.services.payouts.earnings import pending_earning
from models import Chargeback, Journal, JournalLine, LedgerAccount, Order, OrderItem, Payout, Refund, TransferReversal
from models.journal import JournalEvent as Event
from models.ledger import AccountKind
from models.payout import PayoutStatus
from models.refund import RefundStatus
from models.transfer_reversal import ReversalStatus
from tests.faults.decisions import Place
from tests.machine.ground import CURRENCIES, FUNDS

_CAPS = {
    "payments that gave back more than came in": """
        SELECT count(*) FROM payments WHERE refund_reserved + refunded_amount > captured_amount""",
    "payments whose caps are not the sum of their refunds": """
        SELECT count(*) FROM payments AS p WHERE (refund_reserved, refunded_amount) <> (
            SELECT coalesce(sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')), 0),
                coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) FROM refunds WHERE payment_id = p.id)""",
    "shares of payments that gave back more than came in, or whose caps are not the sum of their refunds": """
        SELECT count(*) FROM payment_allocations AS p WHERE refund_reserved + refunded_amount > captured_amount
            OR (refund_reserved, refunded_amount) <> (
            SELECT coalesce(sum(amount) FILTER (WHERE status IN ('requested', 'approved', 'processing')), 0),
                coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0)
            FROM refunds AS r WHERE r.payment_id = p.payment_id AND r.order_id = p.order_id)""",
    "lines of which more was given back than was paid": """
        SELECT count(*) FROM order_items AS i, LATERAL (
            SELECT coalesce(sum(x.amount), 0) AS amount, coalesce(sum(x.tax_amount), 0) AS tax,
                coalesce(sum(x.quantity), 0) AS units
            FROM refund_items AS x JOIN refunds AS r ON r.id = x.refund_id
            WHERE x.order_item_id = i.id AND r.status NOT IN ('rejected', 'failed')
        ) AS taken WHERE taken.amount > i.total_price - i.discount_amount OR taken.tax > i.tax_amount
            OR taken.units > i.quantity""",
    "orders of which more shipping was given back than was paid": """
        SELECT count(*) FROM orders AS o WHERE shipping_amount < (SELECT coalesce(sum(shipping_amount), 0)
            FROM refunds WHERE order_id = o.id AND status NOT IN ('rejected', 'failed'))""",
    "commission outside of nothing and all of it": """
        SELECT count(*) FROM order_items AS i WHERE (SELECT coalesce(sum(x.commission_amount), 0) FROM refund_items AS x
            JOIN refunds AS r ON r.id = x.refund_id WHERE x.order_item_id = i.id AND r.status = 'succeeded')
            NOT BETWEEN 0 AND i.commission_amount""",
}


def check(place: Place) -> None:
    """Everything that is true at any moment."""
    log = place.sandbox.log()["effects"]
    with place.sessions.begin() as session:
        assert verify(session).complaints == []
        for sentence, statement in _CAPS.items():
            wrong = session.scalar(sa.text(statement))
            assert not wrong, f"{wrong} {sentence}"
        _pending(session)
        _each_once(session, log, Refund, "refund", Event.REFUND_SUCCEEDED, RefundStatus.PROCESSING)
        _taken_back_once(session, log)
        _each_once(session, log, Payout, "payout", Event.TRANSFER_EXECUTED, PayoutStatus.PROCESSING)


def check_at_rest(place: Place) -> None:
    """When nothing is under way, Stripe's money in each currency is what the book says."""
    found = place.sandbox.client(retries=3).v1.balance.retrieve()
    funds: Counter[str] = Counter()
    for part in [*found.available, *found.pending]:
        funds[part.currency.upper()] += part.amount
    with place.sessions.begin() as session:
        book = {one.currency: one.psp_clearing for one in verify(session).currencies}
    for currency in CURRENCIES:
        assert money.from_stripe(funds[currency] - FUNDS, currency) == book.get(currency, Decimal(0)), currency


def _pending(session: Session) -> None:
    """REC-4: what is pending is what lines will earn that are not available yet, for each vendor and currency.

    What chargebacks set aside of it is on top.
    """
    released = sa.exists().where(Journal.source_id == OrderItem.id, Journal.event == Event.EARNING_AVAILABLE)
    lines = (
        sa.select(Order.vendor_id, Order.currency, sa.func.sum(pending_earning()))
        .join(Order, Order.id == OrderItem.order_id)
        .where(~released)
        .group_by(Order.vendor_id, Order.currency)
    )
    kept = (
        sa.select(LedgerAccount.vendor_id, LedgerAccount.currency, -sa.func.sum(JournalLine.amount))
        .join(JournalLine, JournalLine.account_id == LedgerAccount.id)
        .join(Journal, Journal.id == JournalLine.journal_id)
        .where(LedgerAccount.kind == AccountKind.VENDOR_PENDING, Journal.source_type != Chargeback.__tablename__)
        .group_by(LedgerAccount.vendor_id, LedgerAccount.currency)
    )
    wanted, found = ({row[:2]: row[2] for row in session.execute(query) if row[2]} for query in (lines, kept))
    assert found == wanted


def _each_once(session: Session, log: list[dict[str, Any]], entity: Any, noun: str, event: Event, open_: Any) -> None:
    """IDE-1: at Stripe at most one effect for each attempt; in the book the same, or the attempt is under way."""
    kind = "refund.created" if noun == "refund" else "transfer.created"
    effects = [line for line in log if line["effect"] == kind]
    attempts = Counter((line["metadata"][f"{noun}_id"], int(line["metadata"]["attempt"])) for line in effects)
    assert all(count == 1 for count in attempts.values()), attempts
    done = {
        (line["metadata"][f"{noun}_id"], int(line["metadata"]["attempt"])): money.from_stripe(
            line["amount"], line["currency"].upper()
        )
        for line in effects
    }
    posted = {
        (str(row_id), occurrence): amount
        for row_id, occurrence, amount in session.execute(
            sa.select(Journal.source_id, Journal.occurrence, -JournalLine.amount)
            .join(JournalLine, JournalLine.journal_id == Journal.id)
            .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
            .where(Journal.event == event, LedgerAccount.kind == AccountKind.PSP_CLEARING)
        )
    }
    under_way = {
        (str(row_id), attempt)
        for row_id, attempt in session.execute(sa.select(entity.id, entity.attempt).where(entity.status == open_))
    }
    assert {key: amount for key, amount in done.items() if key in posted} == posted
    assert done.keys() - posted.keys() <= under_way


def _taken_back_once(session: Session, log: list[dict[str, Any]]) -> None:
    """M7: what was taken back of transfers at Stripe is what the reversals say, or the reversal is under way."""
    effects = [line for line in log if line["effect"] == "transfer_reversal.created"]
    done = {line["metadata"]["reversal_id"]: (line["amount"], line["currency"].upper()) for line in effects}
    assert len(done) == len(effects), effects
    rows = session.scalars(sa.select(TransferReversal)).all()
    known = {str(row.id): (money.to_stripe(row.amount, row.currency), row.currency) for row in rows}
    ended = {str(row.id) for row in rows if row.status is ReversalStatus.SUCCEEDED}
    failed = {str(row.id) for row in rows if row.status is ReversalStatus.FAILED}
    assert done.items() <= known.items()
    assert ended <= done.keys()
    assert not failed & done.keys()
