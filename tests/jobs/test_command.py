"""`backoffice act`, and many at once: the same operations from other doors (M18, J20)."""

from __future__ import annotations

import os
import threading
import uuid
from typing import Any

import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from backoffice.actions import registry
from backoffice.actions.base import Target
from backoffice.actions.submit import Ids, submit
from backoffice.cli import main
from backoffice.config import Config
from backoffice.jobs import operations, runtime
from backoffice.permissions import Role
from models import Operation, OperationItem
from tests.factories import acting_for, make_user
from tests.jobs.support import approve_products, items, make_products, status, wait_until

Sessions = sessionmaker[Session]


def act(database_url: str, *arguments: Any) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["act", *map(str, arguments)], env={"DATABASE_URL": database_url, "REDIS_URL": ""})


def test_the_command_line_submits_the_same_operation(
    sessions: Sessions, runtime: runtime.Runtime, database_url: str
) -> None:
    """Issue 4: one declaration for the list, the record page and the command line."""
    admin, products = make_products(sessions, 2)
    done = act(database_url, "product.reject", *products, "--as", admin.email, "--input", "reason=incomplete",
               "--input", "message=Add a picture.")  # fmt: skip
    assert done.exit_code == 0, done.output
    operation_id = uuid.UUID(done.output.split()[1].strip(":"))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"
    with sessions() as session:
        operation = session.get_one(Operation, operation_id)
        assert (operation.actor_id, operation.panel, operation.inputs["reason"]) == (admin.id, "admin", "incomplete")


def test_the_command_line_waits_and_shows_each_result(
    sessions: Sessions, runtime: runtime.Runtime, database_url: str
) -> None:
    """The result of each record, and an exit code that scripts can use."""
    admin, [product] = make_products(sessions, 1)

    def work() -> None:
        operation_id = wait_until(lambda: queued(sessions))
        operations.run(runtime, operation_id)

    worker = threading.Thread(target=work)
    worker.start()
    done = act(database_url, "product.approve", product, "--as", admin.email, "--wait")
    worker.join()
    assert done.exit_code == 0, done.output
    assert str(product) in done.output
    assert done.output.strip().endswith("Succeeded.")


def queued(sessions: Sessions) -> uuid.UUID | None:
    with sessions() as session:
        return session.scalar(sa.select(Operation.id))


def test_the_command_line_refuses_in_one_sentence(sessions: Sessions, database_url: str) -> None:
    """Wrong person, wrong action, wrong field: no operation, exit code not 0."""
    admin, [product] = make_products(sessions, 1)
    with sessions.begin() as session:
        courier = make_user(session, Role.LOGISTICS)
        customer = make_user(session, Role.CUSTOMER)
    for arguments in (
        ("product.approve", product, "--as", courier.email),
        ("product.approve", product, "--as", customer.email),
        ("product.approve", uuid.uuid4(), "--as", admin.email),
        ("product.paint", product, "--as", admin.email),
        ("product.reject", product, "--as", admin.email),
        ("product.reject", product, "--as", admin.email, "--input", "reason"),
    ):
        done = act(database_url, *arguments)
        assert done.exit_code != 0
        assert "Traceback" not in done.output
    assert queued(sessions) is None


def test_twenty_identical_requests_are_one_operation(sessions: Sessions) -> None:
    """M18: a double click, a retried request; the database decides who was first."""
    admin, products = make_products(sessions, 3)
    found: list[uuid.UUID] = []

    def click() -> None:
        found.append(approve_products(sessions, admin, products, client_key="the-same"))

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (20, 1)
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OperationItem)) == 3


def test_a_refused_submit_leaves_nothing(sessions: Sessions) -> None:
    """J1: the transaction fails after the operation was inserted; neither rows nor a wake are left."""
    admin, products = make_products(sessions, 1)
    try:
        with sessions.begin() as session:
            targets = Ids([Target(id=products[0], version=1)])
            submit(session, registry.get("product.approve"), targets, {}, client_key="k", acting=acting_for(admin),
                   panel=Role.ADMIN)  # fmt: skip
            session.execute(sa.text("SELECT 1 / 0"))
    except sa.exc.DataError:
        pass
    assert queued(sessions) is None


def test_a_forked_process_has_connections_of_its_own(
    sessions: Sessions, database_url: str, monkeypatch: Any, redis_url: str
) -> None:
    """J20: the child does not use, nor close, what its parent has open."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    mine = runtime.current()
    with mine.sessions() as session:
        before = session.scalar(sa.select(sa.func.pg_backend_pid()))
        child = os.fork()
        if child == 0:
            own = runtime.current()
            operations.run(own, operation_id)
            os._exit(0 if own is not mine and own.pid == os.getpid() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert session.scalar(sa.select(sa.func.pg_backend_pid())) == before
    mine.engine.dispose()
    assert {item.status.value for item in items(sessions, operation_id)} == {"succeeded"}
    assert isinstance(mine.config, Config)
