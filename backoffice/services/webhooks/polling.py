"""Asking about what should have ended by now and of which nobody told us (WEB-3, PAY-10).

An entry in the inbox makes the same handler ask the provider that an event would have made ask. So it is tried again,
shown and limited in the same way, and nothing is ever made anew. Each thing is asked about once a day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from backoffice.clock import NOW
from models import Payment, Payout, Refund, WebhookEvent
from models.operation import QueueName
from models.payment import PaymentState
from models.payout import PayoutStatus
from models.refund import RefundStatus

#: Types of the entries; `registry` has their handlers.
PAYMENT, REFUND, PAYOUT = "payment_intent.polled", "refund.polled", "payout.polled"
#: How long something may be under way before it is asked about (PAY-10).
_STUCK: Final = dt.timedelta(days=2)
_COLUMNS: Final = (
    "type",
    "provider_event_id",
    "object_id",
    "account",
    "object_type",
    "body",
    "provider_created",
    "queue",
)


def ask(session: Session) -> None:
    """Put an entry for each thing into the inbox that has none of today."""
    long_ago = NOW - _STUCK
    payments = _entries(PAYMENT, "payment_intent", Payment.stripe_payment_intent_id, Payment.created_at).where(
        Payment.status == PaymentState.PENDING, Payment.created_at < long_ago
    )
    refunds = _entries(REFUND, "refund", Refund.stripe_refund_id, Refund.created_at).where(
        Refund.status == RefundStatus.PROCESSING
    )
    payouts = _entries(PAYOUT, "payout", Payout.stripe_payout_id, Payout.created_at, Payout.destination_account).where(
        Payout.status == PayoutStatus.PROCESSING, Payout.first_sent_at < long_ago
    )
    for found in (payments, refunds, payouts):
        statement = insert(WebhookEvent).from_select(_COLUMNS, found, include_defaults=False)
        session.execute(statement.on_conflict_do_nothing(index_elements=["provider_event_id", "provider"]))


def _entries(kind: str, noun: str, column: Any, made: Any, account: Any = None) -> sa.Select[Any]:
    """SELECT of the entries about the rows whose id at the provider is in `column`."""
    day = sa.func.to_char(NOW, "YYYYMMDD")
    thing = sa.func.jsonb_build_object(
        "id", column, "object", noun, "created", sa.cast(sa.func.extract("epoch", made), sa.BigInteger)
    )
    return sa.select(
        sa.literal(kind),
        sa.func.concat("poll_", column, "_", day),
        column,
        sa.cast(sa.null(), sa.String) if account is None else account,
        sa.literal(noun),
        sa.type_coerce(sa.func.jsonb_build_object("data", sa.func.jsonb_build_object("object", thing)), JSONB),
        NOW,
        sa.literal(QueueName.MONEY.value),
    ).where(column.is_not(None))
