"""The three ways of carrying out a batch: target by target, set-based, and with a call to the outside (action.run)."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Final

from backoffice.actions.base import Chunk, Each, External, Result, Settled, Target
from backoffice.jobs import failures, limits
from backoffice.jobs.crash_points import reach
from backoffice.jobs.holding import Holding
from backoffice.services import operations_items
from backoffice.services.operations_items import Outcome, Taken
from models.operation import OperationItemStatus as Item

_log = logging.getLogger(__name__)

#: Items of an `Each` action that are taken together; each still has a transaction of its own.
_EACH_BATCH: Final = 25
_STATUSES: Final = {
    Result.DONE: Item.SUCCEEDED,
    Result.REFUSED: Item.REFUSED,
    Result.FAILED: Item.FAILED,
    Result.NEEDS_ATTENTION: Item.NEEDS_ATTENTION,
}


def batch_size(run: Each | Chunk | External, attempts: int) -> int:
    """How many items to take at once: a tenth after each failure, so that a bad one is soon alone."""
    largest = run.size if isinstance(run, Chunk) else _EACH_BATCH if isinstance(run, Each) else 1
    tenths: int = 10 ** min(attempts, 9)
    return max(largest // tenths, 1)


def carry_out(holding: Holding, batch: Sequence[Taken]) -> None:
    """Bring every item of the batch to a settlement, or put it back when the run is stopping."""
    run = holding.action.run
    if isinstance(run, Chunk):
        _chunk(holding, run, batch)
        return
    for place, item in enumerate(batch):
        if holding.stopping and place:
            with holding.transaction() as session:
                operations_items.put_back(session, holding.operation_id, batch[place:])
            return
        if isinstance(run, Each):
            _each(holding, run, item)
        else:
            _external(holding, run, item)


def _each(holding: Holding, run: Each, item: Taken) -> None:
    """Lock, check, change and settle in one transaction; what it raises is settled in another."""
    try:
        with holding.transaction() as session:
            row = holding.locked(session, item)
            message = run.run(session, row, holding.inputs, holding.acting)
            session.flush()
            holding.settle_within(session, {item.position: Outcome(Item.SUCCEEDED, message)})
    except Exception as error:  # noqa: BLE001 - sorted out by kind
        holding.settle({item.position: failures.outcome_of(error, item)})
    reach("settled")


def _chunk(holding: Holding, run: Chunk, batch: Sequence[Taken]) -> None:
    """A few statements for all of them in one transaction."""
    targets = [Target(id=item.target_id, version=item.version) for item in batch]
    try:
        with holding.transaction() as session:
            settled = run.run(session, targets, holding.inputs, holding.acting)
            session.flush()
            holding.settle_within(session, {one.position: _outcome(settled.get(one.target_id), one) for one in batch})
    except Exception as error:  # noqa: BLE001 - sorted out by kind
        alone = len(batch) == 1
        holding.settle({item.position: failures.outcome_of(error, item, alone=alone) for item in batch})
    reach("settled")


def _external(holding: Holding, run: External, item: Taken) -> None:
    """Commit the intention, call while no transaction is open, record the answer (M3, J10)."""
    try:
        refusal = None if item.begun else _glance(holding, run, item)
        if refusal is not None:
            holding.settle({item.position: _outcome(refusal, item)})
            return
        with holding.transaction() as session:
            row = holding.locked(session, item)
            first = run.resume if item.begun else run.begin
            what = first(session, row, holding.inputs, holding.acting)
            session.flush()
            if isinstance(what, Settled):
                holding.settle_within(session, {item.position: _outcome(what, item)})
            else:
                operations_items.mark_begun(session, holding.operation_id, item)
    except Exception as error:  # noqa: BLE001 - sorted out by kind
        holding.settle({item.position: failures.outcome_of(error, item)})
        return
    if isinstance(what, Settled):
        reach("settled")
        return
    reach("begun")
    begun = Taken(item.position, item.target_id, item.version, item.attempts, begun=True)
    try:
        _finish_call(holding, run, begun, what)
    except Exception as error:  # noqa: BLE001 - sorted out by kind
        holding.settle({item.position: failures.outcome_of(error, begun)})
    reach("settled")


def _glance(holding: Holding, run: External, item: Taken) -> Settled | None:
    """Ask the provider whether this one may be begun at all (REC-8)."""
    refusal = None
    if run.glance is not None:
        with holding.transaction() as session:
            what = run.glance.at(session, item.target_id)
        refusal = run.glance.check(holding.runtime.payments, what) if what is not None else None
    reach("glanced")
    return refusal


def _finish_call(holding: Holding, run: External, item: Taken, what: Any) -> None:
    started = time.monotonic()
    answer = run.call(holding.runtime.payments, what)
    reach("called")
    with holding.transaction() as session:
        settled = run.settle(session, holding.locked(session, item), what, answer, holding.acting)
        session.flush()
        holding.settle_within(session, {item.position: _outcome(settled, item)})
    time.sleep(max(0.0, limits.CALL_INTERVAL - (time.monotonic() - started)))


def _outcome(settled: Settled | None, item: Taken) -> Outcome:
    if settled is None:
        _log.error("The action did not settle item %d.", item.position)
        return Outcome(Item.FAILED, failures.GENERIC, "error")
    if settled.result is Result.RETRY:
        return failures.again(item, settled.message, settled.code)
    if settled.result is Result.WAIT:
        return Outcome(Item.QUEUED, settled.message, settled.code, limits.WAIT, counts=False)
    return Outcome(_STATUSES[settled.result], settled.message, settled.code)
