"""What `backoffice check` looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from backoffice import migrate
from backoffice.config import Config, ConfigError
from backoffice.servers import probe, roles
from backoffice.servers.errors import StartError


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    kind: Literal["ok", "warning", "failure"]
    text: str


def findings(env: Mapping[str, str]) -> Iterator[Finding]:
    """Look at the settings, then at each server; what cannot be looked at is left out."""
    try:
        config = Config.from_environment(env, need=frozenset({"redis_url", "secret_key"}))
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("failure", f"settings: {problem}")
        return
    yield Finding("ok", "settings: complete")
    yield from _database(config)
    yield _redis(config.redis_url or "")


def _database(config: Config) -> Iterator[Finding]:
    """Reachable, new enough, migrated, and used by the right role."""
    try:
        probe.require_database(config.database_url, setting="DATABASE_URL")
    except StartError as error:
        yield Finding("failure", f"database: {error}")
        return
    yield Finding("ok", f"database: reachable at {probe.place(config.database_url)}")
    at, newest = migrate.current(config.database_url), migrate.head()
    if at == newest:
        yield Finding("ok", f"schema: at {at}")
    else:
        yield Finding("failure", f"schema: at {at or 'nothing'}, but the newest is {newest}: run `backoffice migrate`")
    if roles.is_owner(config.database_url):
        yield Finding(
            "warning",
            f"role: {roles.role_of(config.database_url) or 'the role'} of DATABASE_URL can change tables and history;"
            " give the application a role of its own and set MIGRATE_DATABASE_URL to the owner",
        )
    else:
        yield Finding("ok", f"role: {roles.role_of(config.database_url)} cannot change tables")


def _redis(url: str) -> Finding:
    """Reachable, and never evicting."""
    try:
        probe.require_redis(url)
    except StartError as error:
        return Finding("failure", f"redis: {error}")
    return Finding("ok", f"redis: reachable at {probe.place(url)}, never evicts")
