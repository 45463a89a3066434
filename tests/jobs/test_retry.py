"""Trying again, cancelling what a provider was asked, and a bad item among many, with actions made for these tests."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Action, Chunk, Each, External, Inputs, Result, Settled, Target
from backoffice.actions.submit import cancel, retry_failed
from backoffice.errors import DomainError, TransientError
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from models import OperationItem, Product
from tests.factories import acting_for, make_user
from tests.jobs.support import approve_products, items, make_products, status

Sessions = sessionmaker[Session]
Script = dict[str, Any]


class Provider:
    """Stands where the payment gateway would: its longest call and what it was asked."""

    worst_case_seconds = 1.0
    calls: list[uuid.UUID]

    def __init__(self) -> None:
        self.calls = []


@pytest.fixture
def script(runtime: Runtime) -> Any:
    """Registers `test.each`, `test.chunk` and `test.external` on products; the script says what they do."""
    script: Script = {"bad": set(), "error": None, "answers": []}

    def each(_session: Session, row: Product, _inputs: Inputs, _acting: Acting) -> str:
        if row.id in script["bad"]:
            raise script["error"]
        return "Done."

    def chunk(_session: Session, targets: Sequence[Target], *_: Any) -> Mapping[uuid.UUID, Settled]:
        if script["bad"] & {target.id for target in targets}:
            raise script["error"]
        return {target.id: Settled(result=Result.DONE, message="Done.") for target in targets}

    def begin(_session: Session, row: Product, *_: Any) -> uuid.UUID:
        return row.id

    def call(provider: Provider, what: uuid.UUID) -> Any:
        provider.calls.append(what)
        answer = script["answers"].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def settle(_session: Session, _row: Product, _what: Any, outcome: Result, _acting: Acting) -> Settled:
        return Settled(result=outcome, message=outcome.value, code="from_provider")

    base = registry.get("product.approve")
    runs: dict[str, Each | Chunk | External] = {
        "each": Each(run=each),
        "chunk": Chunk(run=chunk, size=100),
        "external": External(begin=begin, resume=begin, call=call, settle=settle),
    }
    made: dict[str, Action] = {
        f"test.{name}": dataclasses.replace(base, key=f"test.{name}", run=run) for name, run in runs.items()
    }
    runtime.__dict__["payments"] = script["provider"] = Provider()
    registry.registry().update(made)
    yield script
    for key in made:
        del registry.registry()[key]


def states(sessions: Sessions, operation_id: uuid.UUID) -> list[str]:
    return [item.status.value for item in items(sessions, operation_id)]


def due_now(sessions: Sessions) -> None:
    """Let the waiting time of every item be over."""
    with sessions.begin() as session:
        session.execute(sa.update(OperationItem).values(run_after=None))


def test_one_crash_fails_one_item_and_can_be_retried(sessions: Sessions, runtime: Runtime, script: Script) -> None:
    """JOB-4: each item succeeds or fails alone; retrying runs only the failures, at the version of now."""
    admin, products = make_products(sessions, 3)
    script.update(bad={products[1]}, error=ZeroDivisionError("secret"))
    operation_id = approve_products(sessions, admin, products, action="test.each")
    operations.run(runtime, operation_id)
    assert (status(sessions, operation_id), states(sessions, operation_id)) == (
        "partial", ["succeeded", "failed", "succeeded"]
    )  # fmt: skip
    assert "secret" not in str(items(sessions, operation_id)[1].message)
    with sessions.begin() as session:
        session.execute(sa.update(Product).where(Product.id == products[1]).values(name="Edited meanwhile"))
        script["bad"] = set()
    with sessions.begin() as session:
        retry_failed(session, operation_id, acting_for(admin))
    operations.run(runtime, operation_id)
    assert (status(sessions, operation_id), states(sessions, operation_id)) == ("succeeded", ["succeeded"] * 3)
    with pytest.raises(DomainError, match="Nothing here can be tried again"), sessions.begin() as session:
        retry_failed(session, operation_id, acting_for(admin))


def test_a_busy_database_is_tried_again_later(sessions: Sessions, runtime: Runtime, script: Script) -> None:
    """Fault 26, J12: with a growing pause, and not for ever."""
    admin, products = make_products(sessions, 1)
    script.update(bad=set(products), error=TransientError("locked"))
    operation_id = approve_products(sessions, admin, products, action="test.each")
    operations.run(runtime, operation_id)
    operations.run(runtime, operation_id)
    [item] = items(sessions, operation_id)
    assert (item.status.value, item.attempts, status(sessions, operation_id)) == ("queued", 1, "running")
    assert item.run_after is not None
    script["bad"] = set()
    due_now(sessions)
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"


def test_a_bad_item_in_a_chunk_is_found(sessions: Sessions, runtime: Runtime, script: Script) -> None:
    """Fault 40: the chunk is tried in smaller and smaller parts until the bad one is alone."""
    admin, products = make_products(sessions, 12)
    script.update(bad={products[7]}, error=ZeroDivisionError())
    operation_id = approve_products(sessions, admin, products, action="test.chunk")
    operations.run(runtime, operation_id)
    found = states(sessions, operation_id)
    assert (found.count("succeeded"), found[7], status(sessions, operation_id)) == (11, "failed", "partial")


def test_a_provider_that_never_answers_ends_with_a_person(sessions: Sessions, runtime: Runtime, script: Script) -> None:
    """J12: bounded tries; then a permissioned retry that goes on where it was."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products, action="test.external")
    script["answers"] = [Result.RETRY, ZeroDivisionError(), *[Result.RETRY] * 6]
    for _ in range(8):
        due_now(sessions)
        operations.run(runtime, operation_id)
    assert states(sessions, operation_id) == ["needs_attention"]
    assert len(script["provider"].calls) == 8
    script["answers"] = [Result.DONE]
    with sessions.begin() as session:
        retry_failed(session, operation_id, acting_for(admin))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"


def test_money_that_failed_is_tried_again_by_its_maker_only(
    sessions: Sessions, runtime: Runtime, script: Script
) -> None:
    """WHO-1: who asked for a refund could otherwise send it again in the name of the person who approved it."""
    admin, products = make_products(sessions, 1)
    with sessions.begin() as session:
        colleague = make_user(session)
    operation_id = approve_products(sessions, admin, products, action="test.external")
    script["answers"] = [Result.FAILED, Result.DONE]
    operations.run(runtime, operation_id)
    assert states(sessions, operation_id) == ["failed"]
    with pytest.raises(DomainError, match="use the action on the records"), sessions.begin() as session:
        retry_failed(session, operation_id, acting_for(colleague))
    with sessions.begin() as session:
        retry_failed(session, operation_id, acting_for(admin))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"


def test_what_may_not_go_ahead_now_waits_for_as_long_as_it_takes(
    sessions: Sessions, runtime: Runtime, script: Script
) -> None:
    """M15: a stop of an hour uses up no attempts, so nothing ends with a person because of it."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products, action="test.external")
    script["answers"] = [Result.RETRY, *[Result.WAIT] * 12, Result.DONE]
    for _ in range(13):
        due_now(sessions)
        operations.run(runtime, operation_id)
    [item] = items(sessions, operation_id)
    assert (item.status.value, item.attempts, status(sessions, operation_id)) == ("queued", 1, "running")
    assert item.run_after is not None
    due_now(sessions)
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"


def test_what_a_provider_was_asked_cannot_be_cancelled(sessions: Sessions, runtime: Runtime, script: Script) -> None:
    """JOB-5: too late for the first item; the second, not begun, is cancelled; the first goes on to its end."""
    admin, products = make_products(sessions, 2)
    operation_id = approve_products(sessions, admin, products, action="test.external")

    def stop_after_first(provider: Provider, what: uuid.UUID) -> Result:
        runtime.stopping = True
        provider.calls.append(what)
        return Result.RETRY

    action = registry.get("test.external")
    registry.registry()["test.external"] = dataclasses.replace(
        action, run=dataclasses.replace(action.run, call=stop_after_first)
    )
    operations.run(runtime, operation_id)
    runtime.stopping = False
    registry.registry()["test.external"] = action
    assert states(sessions, operation_id) == ["queued", "queued"]
    with sessions.begin() as session:
        cancel(session, operation_id, acting_for(admin))
    with pytest.raises(DomainError, match="Too late"), sessions.begin() as session:
        cancel(session, operation_id, acting_for(admin))
    script["answers"] = [Result.DONE]
    due_now(sessions)
    operations.run(runtime, operation_id)
    assert (states(sessions, operation_id), status(sessions, operation_id)) == (["succeeded", "cancelled"], "cancelled")
