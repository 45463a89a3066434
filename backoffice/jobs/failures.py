"""What an exception means for the items at hand: refused, tried again, or failed (architecture, "Edges")."""

from __future__ import annotations

import logging
from typing import Final

import sqlalchemy as sa
from rq.timeouts import BaseTimeoutException

from backoffice.errors import DomainError, TransientError
from backoffice.services.constraints import sentence_for
from backoffice.services.leases import MAX_ATTEMPTS, LeaseLostError, backoff
from backoffice.services.operations_items import Outcome, Taken
from models.operation import OperationItemStatus as Item

_log = logging.getLogger(__name__)

GENERIC: Final = "Something went wrong on our side; nothing was changed. It is in the log."
UNCLEAR: Final = "Something went wrong on our side after it had begun. It is in the log."
BUSY: Final = "The database was busy; it is tried again."
LATER: Final = "The database or the payment provider could not be asked."
_GIVEN_UP: Final = f" Tried {MAX_ATTEMPTS} times."
#: Lock time-out, statement time-out, serialization, deadlock, too many connections, server going down.
_TRANSIENT_STATES: Final = frozenset({"55P03", "57014", "40001", "40P01", "53300", "57P01", "57P02", "57P03"})


def is_transient(error: Exception) -> bool:
    """Whether the same thing may succeed in a moment."""
    if isinstance(error, TransientError | sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None)
    lost = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) and state is None
    return error.connection_invalidated or lost or state in _TRANSIENT_STATES or str(state).startswith("08")


def pass_on(error: Exception) -> None:
    """Raise again what is about this worker and not about the item: a lost lease, RQ's time-out."""
    if isinstance(error, LeaseLostError | BaseTimeoutException):
        raise error


def outcome_of(error: Exception, item: Taken, *, alone: bool = True) -> Outcome:
    """What becomes of an item whose transaction was rolled back by `error`.

    After the intention is committed nothing may end in silence: it is tried again with the same key, then a person
    looks (J12). One of many (`alone` is False) is tried again in a smaller batch, to find the one that is at fault.
    """
    pass_on(error)
    if isinstance(error, DomainError):
        status = Item.NEEDS_ATTENTION if item.begun else Item.REFUSED
        return Outcome(status, error.message, error.code)
    if is_transient(error):
        _log.warning("%s; item %d is tried again.", type(error).__name__, item.position)
        return again(item, LATER if isinstance(error, TransientError) else BUSY)
    if item.begun:
        _log.error("Item %d, whose intention is committed.", item.position, exc_info=error)
        return again(item, UNCLEAR)
    if not alone:
        return Outcome(Item.QUEUED, GENERIC)
    if isinstance(error, sa.exc.IntegrityError):
        _log.warning("The database refused item %d.", item.position, exc_info=error)
        return Outcome(Item.REFUSED, sentence_for(error), "constraint")
    _log.error("Item %d failed.", item.position, exc_info=error)
    return Outcome(Item.FAILED, GENERIC, "error")


def again(item: Taken, message: str, code: str | None = None) -> Outcome:
    """Try the item again later; after `MAX_ATTEMPTS` a person must look."""
    if item.attempts >= MAX_ATTEMPTS:
        return Outcome(Item.NEEDS_ATTENTION, message + _GIVEN_UP, code)
    return Outcome(Item.QUEUED, message, code, backoff(item.attempts))
