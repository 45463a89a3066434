"""The large marketplace: an embedded PostgreSQL under `var/bench`, loaded once, or the server of BENCH_DATABASE_URL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from backoffice import migrate
from backoffice.clock import now
from backoffice.demo import is_loaded, load
from backoffice.servers import folders, postgres, roles
from backoffice.servers.child import Child, Spec
from tests.support import databases

DATABASE = "backoffice_bench"
#: Memory for the large data on a machine of 4 GB or more.
SETTINGS = {"shared_buffers": "1GB", "effective_cache_size": "3GB", "max_wal_size": "8GB"}


@contextmanager
def server() -> Iterator[str]:
    """A superuser's address of the server that keeps the data from run to run."""
    given = os.environ.get("BENCH_DATABASE_URL")
    if given:
        yield given
        return
    with embedded(Path("var/bench").absolute()) as admin_url:
        yield admin_url


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """A superuser's address of a PostgreSQL of the wheel, its data kept in `folder` for the next run."""
    (folder / "run").mkdir(parents=True, exist_ok=True)
    kept = postgres.prepare(folder / "postgres", folders.socket_folder(folder, "postgres"))
    with running(kept.spec(folder / "postgres.log", SETTINGS)):
        yield kept.url("postgres")


@contextmanager
def running(spec: Spec) -> Iterator[None]:
    """A child, from when it is ready until it is stopped."""
    child = Child(spec)
    child.start()
    try:
        limit = time.monotonic() + 60
        while not (spec.ready and spec.ready()):
            if not child.running or time.monotonic() > limit:
                raise RuntimeError(f"{spec.name} did not start: {child.last_words()}")
            time.sleep(0.1)
        yield
    finally:
        child.stop()


def prepared(admin_url: str) -> tuple[str, str]:
    """Addresses of the owner and of the application, of a database with 1,000,000 products and 2,000,000 orders."""
    databases.new(admin_url, DATABASE)
    owner = databases.address(admin_url, DATABASE, roles.OWNER)
    migrate.upgrade(owner)
    roles.grant(owner, roles.APP)
    if not is_loaded(owner):
        print("Loading the large marketplace; this takes some minutes, once.", flush=True)
        print(load(owner, scale="large", as_of=now()), flush=True)
    with psycopg.connect(owner, autocommit=True) as connection:
        # A list is measured as on a quiet day: statistics are fresh and nothing waits to be cleaned.
        connection.execute("VACUUM (ANALYZE) products")
    return owner, databases.address(admin_url, DATABASE, roles.APP)
