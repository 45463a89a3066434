"""Are the servers there, and are they what the back-office needs? One sentence each when not."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
import redis

from backoffice.config import libpq_url
from backoffice.servers.errors import StartError

OLDEST_POSTGRES = 15


def require_database(url: str, *, setting: str) -> None:
    """Raise `StartError` unless PostgreSQL 15 or newer takes connections at `url`."""
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
            version = connection.info.server_version
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        reason = " ".join(str(error).split())
        raise StartError(f"The database of {setting} cannot be reached at {place(url)}: {reason}") from None
    if version // 10000 < OLDEST_POSTGRES:
        raise StartError(f"The database of {setting} is PostgreSQL {version // 10000}; {OLDEST_POSTGRES} is needed.")


def require_redis(url: str) -> None:
    """Raise `StartError` unless Redis or Valkey answers at `url` and never evicts keys."""
    client: redis.Redis | None = None
    try:
        client = redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)
        client.ping()
        policy = eviction_policy(client)
    except (redis.RedisError, ValueError) as error:
        raise StartError(f"The server of REDIS_URL cannot be reached at {place(url)}: {error}") from None
    finally:
        if client is not None:
            client.close()
    if policy not in {"noeviction", "unknown"}:
        raise StartError(f"The server of REDIS_URL has maxmemory-policy {policy}; jobs need noeviction.")


def eviction_policy(client: redis.Redis) -> str:
    """The server's maxmemory-policy; `unknown` where CONFIG is forbidden, as hosted servers do."""
    try:
        settings = client.config_get("maxmemory-policy")
    except redis.ResponseError:
        return "unknown"
    return str(settings.get("maxmemory-policy", "unknown"))


def place(url: str) -> str:
    """The address without user and password, for messages."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or 'a local socket'}{port}{parts.path}"
