"""Servers and programs of a whole back-office, each of which may be killed and is started again at once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import redis
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice import migrate, queue
from backoffice.config import sqlalchemy_url
from backoffice.database import make_engine, session_factory
from backoffice.servers import folders, leftovers, ports, postgres, programs, roles, valkey
from backoffice.servers.child import Child, Spec, session_members
from backoffice.servers.settings import UpSettings
from tests.chaos import guard
from tests.sandbox.running import KEY, RunningSandbox
from tests.support import servers
from tests.support.cleaning import Cleaner

#: Seconds after which what a dead worker held may be taken by another; less than a call to Stripe may take.
LEASE = 2
SECRET = "whsec_" + "c" * 32
MONEY_WORKERS = 3
#: An immediate stop loses nothing that was committed: the machine itself does not fail.
_SAFE = {"fsync": "off"}
#: How often emptying gives way to a program that holds the rows.
_CLEANINGS = 5


class Stage:
    """PostgreSQL, Valkey, the sandbox, web, scheduler, three money workers and one for the rest."""

    def __init__(self) -> None:
        self.folder = servers.new_folder("chaos")
        for name in ("run", "log"):
            (self.folder / name).mkdir()
        self.record = self.folder / "run" / "children.json"
        self.children: list[Child] = []
        self.guard = guard.watch(self.record)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        queue.configure(None)
        if hasattr(self, "engine"):
            self.engine.dispose()
        # Programs before the servers that they use.
        for child in reversed(self.children):
            child.ask_to_stop()
            child.finish(time.monotonic() + (15 if child.spec.server else 3))
        assert self.guard.stdin is not None
        self.guard.stdin.close()
        self.guard.wait(30)

    def _start(self) -> None:
        log = self.folder / "log"
        server = postgres.prepare(self.folder / "postgres", folders.socket_folder(self.folder, "postgres"))
        self.postgres = self._run(server.spec(log / "postgres.log", _SAFE))
        sockets = folders.socket_folder(self.folder, "valkey")
        self._run(valkey.spec(self.folder / "valkey", sockets, log / "valkey.log", keep=False))
        self.redis_url = valkey.url(sockets)
        port, web_port, mail_port = ports.free_port(), ports.free_port(), ports.free_port()
        self._run(programs.mailbox(mail_port, self.folder / "mail", log))
        sandbox = self._run(programs.sandbox(port, self.folder / "stripe.sqlite", log))
        roles.create_database(server.url("postgres"))
        owner, app = server.url(roles.DATABASE, roles.OWNER), server.url(roles.DATABASE, roles.APP)
        migrate.upgrade(owner)
        roles.grant(owner, roles.APP)
        self.cleaner = Cleaner(owner)
        self.cleaner.remember()
        assert sandbox.process is not None
        self.sandbox = RunningSandbox(f"http://127.0.0.1:{port}", sandbox.process)
        self.at = programs.Addresses(
            database_url=app,
            migrate_database_url=owner,
            redis_url=self.redis_url,
            secret_key="s" * 40,
            stripe_api_key=KEY,
            stripe_api_base=self.sandbox.url,
            stripe_webhook_secret=SECRET,
            mail_url=f"smtp://127.0.0.1:{mail_port}",
            mail_from=programs.SANDBOX_SENDER,
        )
        settings = UpSettings.from_environment({"PORT": str(web_port), "BACKOFFICE_VAR": str(self.folder)})
        self.webhook_url = settings.webhook_url
        money, default, _bulk = programs.workers(self.at, log)
        self.workers = [self._launch(_copy(money, number, log)) for number in range(MONEY_WORKERS)]
        self._launch(_copy(default, 0, log))
        self.scheduler = self._launch(programs.scheduler(self.at, log))
        self._run(programs.web(self.at, settings, log))
        self.engine = make_engine(sqlalchemy_url(app), connect_args=_PATIENT)
        self.sessions: sessionmaker[Session] = session_factory(self.engine)
        queue.configure(self.redis_url)

    def _launch(self, spec: Spec) -> Child:
        child = Child(replace(spec, env={**spec.env, "BACKOFFICE_LEASE_SECONDS": str(LEASE)}))
        self.children.append(child)
        self._start_child(child)
        return child

    def _start_child(self, child: Child) -> None:
        child.start()
        leftovers.remember(self.record, self.children)

    def _run(self, spec: Spec) -> Child:
        """Start it and wait until it answers."""
        child = self._launch(spec)
        assert spec.ready is not None
        self.wait_until(spec.ready)
        return child

    def begin(self) -> None:
        """An empty marketplace and an empty Stripe, whose events come to the web process."""
        self.engine.dispose()
        self._empty()
        self.sandbox.clear_faults()
        self.sandbox.reset()
        self.flush()
        self.sandbox.webhooks(url=self.webhook_url, secret=SECRET)

    def _empty(self) -> None:
        """Workers and scheduler go on meanwhile, so PostgreSQL may have to end the one or the other."""
        for _ in range(_CLEANINGS):
            try:
                return self.cleaner.clean()
            except psycopg.errors.DeadlockDetected:
                time.sleep(1)
        return self.cleaner.clean()

    def tend(self) -> None:
        """Start again what has ended, at once."""
        for child in self.children:
            if not child.running:
                self._start_child(child)

    def kill_worker(self, dice: random.Random) -> str | None:
        """`kill -9` of a money worker, of the process of a job, or of both; what was killed."""
        what = dice.choice((*("job",) * 6, "worker", "both"))
        sessions = {worker.pid: session_members(worker.pid) for worker in self.workers}
        busy = [pid for pid, members in sessions.items() if len(members) > 1]
        pid = dice.choice(list(sessions) if what == "worker" else busy or [0])
        victims = [one for one in sessions.get(pid, []) if what == "both" or (one.pid == pid) is (what == "worker")]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        for worker in self.workers:
            if worker.pid == pid and what != "job" and worker.process is not None:
                worker.process.wait(10)
        self.tend()
        return what if victims else None

    def kill_scheduler(self) -> None:
        """`kill -9` of relay and sweeps."""
        assert self.scheduler.process is not None
        self.scheduler.process.kill()
        self.scheduler.process.wait(10)
        self.tend()

    def flush(self) -> None:
        """Forget everything that Valkey knows."""
        with redis.from_url(self.redis_url) as client:
            client.flushall()

    def is_idle(self) -> bool:
        """Whether no wake waits."""
        with redis.from_url(self.redis_url) as client:
            return not any(client.llen(f"rq:queue:{name}") for name in programs.QUEUES)

    def restart_postgres(self) -> None:
        """What `pg_ctl restart -m immediate` does: no checkpoint, no word to anybody, recovery at the start."""
        assert self.postgres.process is not None
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait(30)
        self.tend()

    def patiently(self, do: Callable[[Session], Any], seconds: float = 60.0) -> Any:
        """One transaction, again when the database went away in the middle of it: `do` must bear that."""
        limit = time.monotonic() + seconds
        while True:
            try:
                with self.sessions.begin() as session:
                    return do(session)
            except sa.exc.OperationalError:
                if time.monotonic() > limit:
                    raise
                self.tend()
                time.sleep(0.1)

    def wait_until(self, holds: Callable[[], Any], seconds: float = 150.0) -> Any:
        """Tend until `holds` gives something true, and return it."""
        limit = time.monotonic() + seconds
        while True:
            with suppress(redis.RedisError, sa.exc.OperationalError):
                if found := holds():
                    return found
            if time.monotonic() > limit:
                raise AssertionError(f"not within {seconds:.0f} s\n{self.logs()}")
            self.tend()
            time.sleep(0.1)

    def logs(self) -> str:
        """The ends of everything that the processes have said."""
        logs = sorted((self.folder / "log").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)


#: A session of the people waits for a server that recovers.
_PATIENT: dict[str, Any] = {"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=20s"}


def _copy(spec: Spec, number: int, log: Path) -> Spec:
    """One of several workers of the same queue."""
    name = f"{spec.name}-{number}"
    return replace(spec, name=name, log=log / f"{name}.log", grace=3.0)
