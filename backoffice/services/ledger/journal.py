"""Writing journals: each event of each source once, and corrections as reversals (LED-1 to LED-3)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.services import rows
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


_NOTHING_ELSE: Final = Details()
_DETAILS: Final = tuple(field.name for field in fields(Details))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An event of a source in `currency`, ready to be written."""

    event: JournalEvent
    source: Source
    currency: str
    lines: Sequence[Line]
    details: Details = _NOTHING_ELSE


def post(session: Session, posting: Posting) -> uuid.UUID | None:
    """Write a journal unless it is written already (LED-3); its id, or None when nothing moves. See `post_many`."""
    return post_many(session, [posting])[0]


def post_many(session: Session, postings: Sequence[Posting]) -> list[uuid.UUID | None]:
    """Write many journals in a few statements; the id of each in order, None where nothing moves.

    Raises `LedgerError` when lines do not sum to zero, or when the same event was posted before with other lines.
    """
    wanted = [combined(posting.lines) for posting in postings]
    for posting, lines in zip(postings, wanted, strict=True):
        if sum(line.amount for line in lines):
            raise LedgerError(f"{posting.event} of {posting.source} does not sum to zero: {lines}")
    drafts = [(uuid7(), posting, lines) for posting, lines in zip(postings, wanted, strict=True) if lines]
    written = _insert(session, drafts)
    _insert_lines(session, [draft for draft in drafts if draft[0] in written], written)
    found = {
        id(posting): journal_id if journal_id in written else _same(session, posting, lines)
        for journal_id, posting, lines in drafts
    }
    return [found.get(id(posting)) for posting in postings]


def reverse(
    session: Session, original: uuid.UUID, event: JournalEvent, details: Details = _NOTHING_ELSE
) -> uuid.UUID | None:
    """Undo a journal by another one for the same source; a second call finds the first one's (LED-2)."""
    journal = session.get_one(Journal, original)
    return post(
        session,
        Posting(
            event=event,
            source=Source(table=journal.source_type, id=journal.source_id, occurrence=journal.occurrence),
            currency=journal.currency,
            lines=mirrored(lines_of(session, original)),
            details=replace(details, reverses_id=original, provider_id=details.provider_id or journal.provider_id),
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


_Draft = tuple[uuid.UUID, Posting, list[Line]]
_JOURNAL = {
    "id": sa.Uuid(),
    "event": sa.Text(),
    "source_type": sa.Text(),
    "source_id": sa.Uuid(),
    "occurrence": sa.SmallInteger(),
    "currency": sa.Text(),
    "posted_at": sa.DateTime(timezone=True),
    "provider_id": sa.Text(),
    "reverses_id": sa.Uuid(),
    "reason": sa.Text(),
    "actor_id": sa.Uuid(),
    "approved_by": sa.Uuid(),
}
_LINE = {
    "journal_id": sa.Uuid(),
    "account_id": sa.Uuid(),
    "amount": sa.Numeric(19, 4),
    "currency": sa.Text(),
    "created_at": sa.DateTime(timezone=True),
}


def _insert(session: Session, drafts: Sequence[_Draft]) -> Mapping[uuid.UUID, dt.datetime]:
    """Write the journals that are not there yet: id and time of each that is new."""
    given = rows.table("given", _JOURNAL, [_journal_row(journal_id, posting) for journal_id, posting, _ in drafts])
    values = [
        sa.func.coalesce(given.c[name], sa.func.now()) if name == "posted_at" else given.c[name] for name in _JOURNAL
    ]
    once = (
        insert(Journal)
        .from_select(list(_JOURNAL), sa.select(*values), include_defaults=False)
        .on_conflict_do_nothing(index_elements=["source_id", "event", "occurrence", "source_type"])
    )
    return {row.id: row.posted_at for row in session.execute(once.returning(Journal.id, Journal.posted_at))}


def _journal_row(journal_id: uuid.UUID, posting: Posting) -> dict[str, Any]:
    source, details = posting.source, posting.details
    return {
        "id": journal_id,
        "event": posting.event.value,
        "source_type": source.table,
        "source_id": source.id,
        "occurrence": source.occurrence,
        "currency": posting.currency,
        **{name: getattr(details, name) for name in _DETAILS},
    }


def _insert_lines(session: Session, drafts: Sequence[_Draft], written: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Write the lines of journals that are new, all in one statement, so that each balance is touched once."""
    if not drafts:
        return
    keys: dict[str, set[accounts.Key]] = defaultdict(set)
    for _, posting, lines in drafts:
        keys[posting.currency].update((line.kind, line.vendor_id) for line in lines)
    found = {currency: accounts.ids(session, currency, wanted) for currency, wanted in sorted(keys.items())}
    given = rows.table(
        "given",
        _LINE,
        [
            {
                "journal_id": journal_id,
                "account_id": found[posting.currency][line.kind, line.vendor_id],
                "amount": line.amount,
                "currency": posting.currency,
                "created_at": written[journal_id],
            }
            for journal_id, posting, lines in drafts
            for line in lines
        ],
    )
    columns = list(_LINE)
    session.execute(
        sa.insert(JournalLine).from_select(
            columns, sa.select(*(given.c[name] for name in columns)), include_defaults=False
        )
    )


def _same(session: Session, posting: Posting, wanted: list[Line]) -> uuid.UUID | None:
    """The journal that was written before, which must say the same."""
    journal_id = find(session, posting.event, posting.source)
    if journal_id is None or set(lines_of(session, journal_id)) != set(wanted):
        raise LedgerError(f"{posting.event} of {posting.source} was posted before with other lines")
    return journal_id
