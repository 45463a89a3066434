"""Everything that carries out an operation, in processes of its own that may be killed and are started again."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice import queue
from backoffice.database import session_factory
from backoffice.jobs import crash_points
from backoffice.servers import folders, valkey
from backoffice.servers.child import Child, Spec
from backoffice.services import operations
from tests.sandbox.running import KEY, RunningSandbox, running_sandbox
from tests.support import servers

#: Seconds after which a dead worker's operation may be taken by another.
LEASE = 1.5
WORKERS = 2
_PATIENCE = 40.0


class Machinery:
    """Two money workers and a relay on one database, with a Valkey and a sandbox of their own."""

    def __init__(self, engine: sa.Engine, database_url: str, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.sessions: sessionmaker[Session] = session_factory(engine)
        # pytest's own folders have names that are too long for a socket.
        self.folder = Path(tempfile.mkdtemp(prefix="faults-", dir=os.environ[servers.FOLDER]))
        self.orders = self.folder / "crash"
        self.orders.mkdir()
        (self.folder / "run").mkdir()
        sockets = folders.socket_folder(self.folder, "valkey")
        self.redis_url = valkey.url(sockets)
        self._env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            "STRIPE_API_KEY": KEY,
            "STRIPE_API_BASE": sandbox.url,
            "BACKOFFICE_LEASE_SECONDS": str(LEASE),
            "BACKOFFICE_VAR": str(self.folder),
            crash_points.FOLDER: str(self.orders),
        }
        self.valkey = Child(valkey.spec(self.folder / "data", sockets, self.folder / "valkey.log", keep=False))
        #: Process ids of workers that have told Valkey of themselves.
        self._seen: set[int] = set()
        self.relay = self._program("scheduler")
        self.workers = [self._program("worker", "money", number=number) for number in range(WORKERS)]

    def __enter__(self) -> Self:
        for child in self._children:
            child.start()
        queue.configure(self.redis_url)
        self.wait_until(self.ready)
        return self

    def __exit__(self, *_: object) -> None:
        queue.configure(None)
        for child in reversed(self._children):
            child.ask_to_stop()
        for child in reversed(self._children):
            child.finish(time.monotonic() + 10)

    @property
    def _children(self) -> list[Child]:
        return [self.valkey, self.relay, *self.workers]

    def _program(self, *arguments: str, number: int = 0) -> Child:
        name = f"{'-'.join(arguments)}-{number}"
        argv = (sys.executable, "-m", "backoffice.cli", *arguments)
        return Child(Spec(name=name, argv=argv, env=self._env, log=self.folder / f"{name}.log", grace=5))

    def ready(self) -> bool:
        """Whether everything runs and every worker has told Valkey that it is there, or had before it forgot."""
        with redis.from_url(self.redis_url) as client:
            self._seen |= {int(client.hget(name, "pid") or 0) for name in client.scan_iter("rq:worker:*")}
        return all(child.running for child in self._children) and {child.pid for child in self.workers} <= self._seen

    def die_at(self, point: str, row: uuid.UUID, *, both: bool, kind: str = operations.KIND) -> None:
        """Order one death where the operation or event passes `point`: of the job's process, or the worker with it."""
        draft = self.folder / "order"
        draft.write_text(crash_points.BOTH if both else "job", encoding="ascii")
        draft.rename(self._order(point, row, kind))

    def has_died(self, point: str, row: uuid.UUID, kind: str = operations.KIND) -> bool:
        """Whether the ordered death has come."""
        return not self._order(point, row, kind).exists()

    def _order(self, point: str, row: uuid.UUID, kind: str) -> Path:
        return self.orders / f"{point}-{kind}-{row}"

    @contextmanager
    def more_workers(self, count: int) -> Iterator[None]:
        """So many more workers for a while."""
        more = [self._program("worker", "money", number=len(self.workers) + number) for number in range(count)]
        self.workers += more
        try:
            self.wait_until(self.ready)
            yield
        finally:
            self.workers = [child for child in self.workers if child not in more]
            for child in more:
                child.stop()

    def is_drained(self) -> bool:
        """Whether no wake waits and none is worked on."""
        with redis.from_url(self.redis_url) as client:
            return not client.llen("rq:queue:money") and not client.zcard("rq:wip:money")

    def flush_valkey(self) -> None:
        """Forget everything that Valkey knows."""
        with redis.from_url(self.redis_url) as client:
            client.flushall()

    def kill_valkey(self) -> None:
        """End it without a word; `tend` starts an empty one."""
        assert self.valkey.process is not None
        self.valkey.process.kill()
        self.valkey.process.wait(10)

    def tend(self) -> None:
        """Start again what has ended, as the supervisor does."""
        for child in self._children:
            if not child.running:
                child.start()

    def wait_until(self, holds: Callable[[], Any], seconds: float = _PATIENCE) -> Any:
        """Tend until `holds` gives something true, and return it."""
        limit = time.monotonic() + seconds
        while True:
            try:
                if found := holds():
                    return found
            except redis.RedisError:
                pass
            if time.monotonic() > limit:
                raise AssertionError(f"not within {seconds} s\n{self.logs()}")
            self.tend()
            time.sleep(0.05)

    def logs(self) -> str:
        """The ends of everything that the processes have said."""
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))


@contextmanager
def running_machinery(engine: sa.Engine, database_url: str) -> Iterator[Machinery]:
    """All of it, started; stopped at the end."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox())
        yield stack.enter_context(Machinery(engine, database_url, sandbox))
