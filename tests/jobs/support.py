"""Starting real worker and relay processes, waiting for them, and looking at what they did."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import psutil
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.actions import registry
from backoffice.actions.base import Target
from backoffice.actions.submit import Ids, submit
from backoffice.permissions import Role
from models import Operation, OperationItem, Product, User
from tests.factories import acting_for, make_category, make_product, make_user, make_vendor

PATIENCE = 30.0


class Processes:
    """Children of one test."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self.env = env
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.running:
            kill_tree(child.pid)
            child.wait(timeout=10)

    def worker(self, queue: str = "bulk", **env: str) -> subprocess.Popen[bytes]:
        """A worker of one queue."""
        return self.start("worker", queue, **env)

    def relay(self, **env: str) -> subprocess.Popen[bytes]:
        """A scheduler."""
        return self.start("scheduler", **env)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """Any command of ours; its output goes to a file of its own."""
        log = (self.folder / f"{arguments[0]}-{len(self.running)}.log").open("wb")
        child = subprocess.Popen(
            [sys.executable, "-m", "backoffice.cli", *arguments],
            env={**os.environ, **self.env, "BACKOFFICE_VAR": str(self.folder), **env},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        log.close()
        self.running.append(child)
        return child

    def logs(self) -> str:
        """Everything the children have said."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))


def kill_tree(pid: int) -> None:
    """`kill -9` a process and all it started."""
    try:
        parent = psutil.Process(pid)
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def wait_until(holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until `holds` is true and return what it gave."""
    limit = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > limit:
            raise AssertionError(f"not within {seconds} s: {holds}")
        time.sleep(0.1)
    return found


def make_products(sessions: sessionmaker[Session], count: int) -> tuple[User, list[uuid.UUID]]:
    """An admin, and products of one vendor that wait for review."""
    with sessions.begin() as session:
        admin, vendor, category = make_user(session), make_vendor(session), make_category(session)
        products = [make_product(session, vendor=vendor, category=category).id for _ in range(count)]
    return admin, products


def approve_products(
    sessions: sessionmaker[Session], admin: User, products: list[uuid.UUID], **options: Any
) -> uuid.UUID:
    """Submit the approval of these products and commit."""
    with sessions.begin() as session:
        return submit(
            session,
            registry.get(options.pop("action", "product.approve")),
            Ids([Target(id=product, version=1) for product in products]),
            options.pop("inputs", {}),
            client_key=options.pop("client_key", uuid.uuid4().hex),
            acting=acting_for(admin),
            panel=Role.ADMIN,
            **options,
        ).id


def status(sessions: sessionmaker[Session], operation_id: uuid.UUID) -> str:
    """Status of an operation now."""
    with sessions() as session:
        return str(session.scalars(sa.select(Operation.status).where(Operation.id == operation_id)).one())


def items(sessions: sessionmaker[Session], operation_id: uuid.UUID) -> list[OperationItem]:
    """The items of an operation now, in order."""
    with sessions() as session:
        statement = sa.select(OperationItem).where(OperationItem.operation_id == operation_id)
        return list(session.scalars(statement.order_by(OperationItem.position)))


def product_statuses(sessions: sessionmaker[Session]) -> dict[str, int]:
    """How many products are in each status."""
    with sessions() as session:
        rows = session.execute(sa.select(Product.status, sa.func.count()).group_by(Product.status))
        return {str(row[0]): row[1] for row in rows}
