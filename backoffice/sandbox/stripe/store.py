"""What the sandbox remembers: objects, balances, saved answers, deliveries and the log, in one SQLite database.

A file keeps them between runs; without one they live in memory. Every effect and the answer saved for its
idempotency key are written in one transaction, so a killed sandbox never knows one without the other.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backoffice import clock

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, body TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT 'platform');
CREATE INDEX IF NOT EXISTS objects_owner ON objects (type, account, seq);
CREATE INDEX IF NOT EXISTS owner_intent ON objects (type, account, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS owner_charge ON objects (type, account, json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS owner_group ON objects (type, account, json_extract(body, '$.transfer_group'));
CREATE INDEX IF NOT EXISTS owner_destination ON objects (type, account, json_extract(body, '$.destination'));
CREATE INDEX IF NOT EXISTS owner_source ON objects (type, account, json_extract(body, '$.source'));
CREATE INDEX IF NOT EXISTS owner_transfer ON objects (type, account, json_extract(body, '$.transfer'));
CREATE TABLE IF NOT EXISTS balances (
    account TEXT NOT NULL, currency TEXT NOT NULL, available INTEGER NOT NULL, PRIMARY KEY (account, currency));
CREATE TABLE IF NOT EXISTS pending (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS agenda (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, act TEXT NOT NULL, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    state TEXT NOT NULL, at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, answers TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS deliveries_place ON deliveries (place);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, at);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS saved_answers (
    key TEXT PRIMARY KEY, path TEXT NOT NULL, digest TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request_id TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS requests (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS effects (seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_TABLES: Final = (
    "objects",
    "balances",
    "pending",
    "agenda",
    "deliveries",
    "saved_answers",
    "requests",
    "effects",
    "settings",
)
_KEPT_REQUESTS: Final = 20_000
_ID_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Cause:
    """Which request makes something happen; neither is set when the clock or a control does."""

    request_id: str | None = None
    key: str | None = None


NOBODY: Final = Cause()


class Store:
    """One open database. Every use of `sql` stands inside `transaction()`, which also serialises threads."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        #: The request that is being carried out, for its events and the log of effects.
        self.cause: Cause = NOBODY
        self.sql = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self.sql.execute("PRAGMA journal_mode = WAL")
        self.sql.execute("PRAGMA synchronous = NORMAL")
        self._add_owners()
        self.sql.executescript(_SCHEMA)
        self.sql.execute("DELETE FROM requests WHERE seq <= (SELECT max(seq) FROM requests) - ?", (_KEPT_REQUESTS,))
        self._prepare()

    def _add_owners(self) -> None:
        """A file written before objects had an owner: all of its objects are the platform's."""
        columns = [row[1] for row in self.sql.execute("PRAGMA table_info(objects)")]
        if columns and "account" not in columns:
            self.sql.execute("ALTER TABLE objects ADD COLUMN account TEXT NOT NULL DEFAULT 'platform'")
            for name in ("intent", "charge", "group", "destination"):
                self.sql.execute(f"DROP INDEX IF EXISTS objects_{name}")

    def _prepare(self) -> None:
        """Give a fresh database its seed, so that two databases never make the same id."""
        self.sql.execute("INSERT OR IGNORE INTO settings VALUES ('seed', ?)", (secrets.token_hex(16),))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one thread at a time; a nested use joins the outer one."""
        with self._lock:
            if self.sql.in_transaction:
                yield
                return
            self.sql.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.sql.execute("ROLLBACK")
                raise
            self.sql.execute("COMMIT")

    @contextmanager
    def caused_by(self, cause: Cause) -> Iterator[None]:
        """Put the request's name on what happens inside."""
        self.cause = cause
        try:
            yield
        finally:
            self.cause = NOBODY

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises, and keep the rest of the transaction."""
        self.sql.execute("SAVEPOINT work")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK TO work")
            raise
        finally:
            self.sql.execute("RELEASE work")

    def reset(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in _TABLES:
                self.sql.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are constants above
            self._prepare()

    def setting(self, name: str, default: str = "") -> str:
        """A remembered text."""
        row = self.sql.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else default

    def remember(self, name: str, value: str) -> None:
        """Keep a text under a name."""
        self.sql.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def now(self) -> int:
        """Seconds since 1970 by the sandbox's own clock, which tests move (`/_clock`)."""
        return int(clock.now().timestamp()) + int(self.setting("clock_offset", "0"))

    def new_id(self, prefix: str) -> str:
        """The next id: unique, and the same again for the same seed and order."""
        count = int(self.setting("ids", "0")) + 1
        self.remember("ids", str(count))
        digest = hashlib.sha256(f"{self.setting('seed')}:{count}".encode()).hexdigest()
        return f"{prefix}_{digest[:_ID_LENGTH]}"

    def append(self, table: str, body: Mapping[str, Any]) -> int:
        """Add a line to the log of requests or effects; returns its number."""
        statement = {
            "requests": "INSERT INTO requests (body) VALUES (?)",
            "effects": "INSERT INTO effects (body) VALUES (?)",
        }[table]
        return int(self.sql.execute(statement, (json.dumps(body),)).lastrowid or 0)

    def amend_request(self, seq: int, body: Mapping[str, Any]) -> None:
        """Rewrite a request's line once its answer is known."""
        self.sql.execute("UPDATE requests SET body = ? WHERE seq = ?", (json.dumps(body), seq))

    def lines(self, table: str) -> list[dict[str, Any]]:
        """The whole log of requests or effects, oldest first, each with its `seq`."""
        statement = {
            "requests": "SELECT seq, body FROM requests ORDER BY seq",
            "effects": "SELECT seq, body FROM effects ORDER BY seq",
        }[table]
        return [{"seq": seq, **json.loads(body)} for seq, body in self.sql.execute(statement)]
