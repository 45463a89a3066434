"""Writing journals: each event of each source once, and corrections as reversals (LED-1 to LED-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.services.ledger import accounts
from backoffice.services.ledger.lines import Line, combined, mirrored
from models import Journal, JournalLine, LedgerAccount
from models.base import uuid7
from models.journal import JournalEvent


class LedgerError(Exception):
    """The book would become wrong: a mistake in our own code, so a crash and never a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The business row that a journal is about, and which of its attempts."""

    table: str
    id: uuid.UUID
    occurrence: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What else a journal says."""

    posted_at: dt.datetime | None = None
    provider_id: str | None = None
    reason: str | None = None
    actor_id: uuid.UUID | None = None
    approved_by: uuid.UUID | None = None
    reverses_id: uuid.UUID | None = None


_NOTHING_ELSE = Details()


def post(
    session: Session,
    event: JournalEvent,
    source: Source,
    currency: str,
    lines: Sequence[Line],
    details: Details = _NOTHING_ELSE,
) -> uuid.UUID | None:
    """Write the journal of `event` unless it is written already (LED-3); its id, or None when nothing moves.

    Raises `LedgerError` when the lines do not sum to zero, or when the same event was posted with other lines.
    """
    wanted = combined(lines)
    if sum(line.amount for line in wanted):
        raise LedgerError(f"{event} of {source.table} {source.id} does not sum to zero: {wanted}")
    if not wanted:
        return None
    journal_id = _insert(session, event, source, currency, details)
    if journal_id is None:
        return _same(session, event, source, wanted)
    at = session.scalar(sa.select(Journal.posted_at).where(Journal.id == journal_id))
    found = accounts.ids(session, currency, [(line.kind, line.vendor_id) for line in wanted])
    session.execute(
        sa.insert(JournalLine),
        [
            {
                "journal_id": journal_id,
                "account_id": found[line.kind, line.vendor_id],
                "amount": line.amount,
                "currency": currency,
                "created_at": at,
            }
            for line in wanted
        ],
    )
    return journal_id


def reverse(
    session: Session, original: uuid.UUID, event: JournalEvent, details: Details = _NOTHING_ELSE
) -> uuid.UUID | None:
    """Undo a journal by another one for the same source; a second call finds the first one's (LED-2)."""
    journal = session.get_one(Journal, original)
    return post(
        session,
        event,
        Source(table=journal.source_type, id=journal.source_id, occurrence=journal.occurrence),
        journal.currency,
        mirrored(lines_of(session, original)),
        Details(
            posted_at=details.posted_at,
            provider_id=details.provider_id,
            reason=details.reason,
            actor_id=details.actor_id,
            approved_by=details.approved_by,
            reverses_id=original,
        ),
    )


def find(session: Session, event: JournalEvent, source: Source) -> uuid.UUID | None:
    """The journal of that event, if it is written."""
    return session.scalar(
        sa.select(Journal.id).where(
            Journal.source_id == source.id,
            Journal.event == event,
            Journal.occurrence == source.occurrence,
            Journal.source_type == source.table,
        )
    )


def lines_of(session: Session, journal_id: uuid.UUID) -> list[Line]:
    """The lines of a journal as plain values, debits first."""
    rows = session.execute(
        sa.select(LedgerAccount.kind, JournalLine.amount, LedgerAccount.vendor_id)
        .join(LedgerAccount, LedgerAccount.id == JournalLine.account_id)
        .where(JournalLine.journal_id == journal_id)
        .order_by(JournalLine.amount.desc(), LedgerAccount.kind, LedgerAccount.vendor_id)
    )
    return [Line(*row) for row in rows]


def _insert(session: Session, event: JournalEvent, source: Source, currency: str, details: Details) -> uuid.UUID | None:
    values = {
        "id": uuid7(),
        "event": event,
        "source_type": source.table,
        "source_id": source.id,
        "occurrence": source.occurrence,
        "currency": currency,
        "provider_id": details.provider_id,
        "reverses_id": details.reverses_id,
        "reason": details.reason,
        "actor_id": details.actor_id,
        "approved_by": details.approved_by,
    }
    if details.posted_at is not None:
        values["posted_at"] = details.posted_at
    once = (
        insert(Journal)
        .values(values)
        .on_conflict_do_nothing(index_elements=["source_id", "event", "occurrence", "source_type"])
    )
    return session.scalar(once.returning(Journal.id))


def _same(session: Session, event: JournalEvent, source: Source, wanted: list[Line]) -> uuid.UUID | None:
    """The journal that was written before, which must say the same."""
    journal_id = find(session, event, source)
    if journal_id is None or set(lines_of(session, journal_id)) != set(wanted):
        raise LedgerError(f"{event} of {source.table} {source.id} was posted before with other lines")
    return journal_id
