"""What two people may post by hand: giving up a vendor's debt, and moving an amount between accounts (E12, E14)."""

from __future__ import annotations

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.permissions import Permission
from backoffice.services.ledger import balances, postings
from backoffice.services.ledger.journal import Details, Posting, Source, post
from backoffice.services.ledger.lines import Line, credit, debit
from models import Journal, LedgerAccount
from models.journal import JournalEvent
from models.ledger import AccountKind


def debt_of(session: Session, account: LedgerAccount, amount: Decimal | None = None) -> Decimal:
    """`amount` of what the vendor of this account owes, or all of it. Raises `DomainError` when that is less."""
    if account.kind is not AccountKind.VENDOR_AVAILABLE or account.vendor_id is None:
        raise DomainError("Only what a vendor owes can be written off.", code="not_a_debt")
    debt = -balances.available(session, account.vendor_id, account.currency)
    if debt <= 0:
        raise DomainError("This vendor owes nothing in this currency.", code="no_debt")
    if amount is not None and not 0 < amount <= debt:
        owed = money.format_amount(debt, account.currency)
        raise InvalidInputError(f"Write off something up to {owed}, which is what the vendor owes.", field="amount")
    return debt if amount is None else amount


def write_off(session: Session, account: LedgerAccount, *, amount: Decimal, reason: str, acting: Acting) -> None:
    """Give up what a vendor owes on this account, read locked (E12, REC-6).

    Raises `SecondPersonError` unless two people decided, `InvalidInputError` for more than is owed by now.
    """
    details = _two_people(acting, reason)
    debt = debt_of(session, account, amount)
    assert account.vendor_id is not None  # noqa: S101 - debt_of() has seen to it
    _post(session, JournalEvent.DEBT_WRITTEN_OFF, account, postings.debt_written_off(account.vendor_id, debt), details)


def adjust(
    session: Session, account: LedgerAccount, *, amount: Decimal, against: AccountKind, reason: str, acting: Acting
) -> None:
    """Debit `account`, read locked, by `amount` against a platform account (E14); credit it when negative."""
    details = _two_people(acting, reason)
    check_adjustment(account, amount, against)
    lines = postings.adjustment(debit(account.kind, amount, account.vendor_id), credit(against, amount))
    _post(session, JournalEvent.ADJUSTMENT, account, lines, details)


def check_adjustment(account: LedgerAccount, amount: Decimal, against: AccountKind) -> None:
    """Raise `InvalidInputError` for an adjustment that moves nothing, or not between two accounts; the dry run asks."""
    if against.of_vendor or against is account.kind:
        raise InvalidInputError("Choose another account of the platform.", field="against")
    if money.exact(amount, account.currency) == 0:
        raise InvalidInputError("Give an amount other than zero.", field="amount")


def _two_people(acting: Acting, reason: str) -> Details:
    if not acting.may(Permission.LEDGER_ADJUST) or acting.user_id is None:
        raise ForbiddenError("Only finance corrects the book.")
    if acting.approved_by in {None, acting.user_id}:
        raise SecondPersonError("A second person must agree to this.")
    if not reason.strip():
        raise InvalidInputError("Say why.", field="reason")
    return Details(reason=reason.strip(), actor_id=acting.user_id, approved_by=acting.approved_by)


def _post(
    session: Session, event: JournalEvent, account: LedgerAccount, lines: list[Line], details: Details
) -> uuid.UUID | None:
    before = session.scalar(sa.select(sa.func.count()).where(Journal.source_id == account.id, Journal.event == event))
    source = Source(table="ledger_accounts", id=account.id, occurrence=1 + (before or 0))
    return post(session, Posting(event=event, source=source, currency=account.currency, lines=lines, details=details))
