"""What `backoffice up` was asked for: which servers are embedded, and where the web process listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from backoffice.config import WEBHOOK_SETTING, Config, ConfigError

_EMBEDDED = "postgresql://embedded"
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_STRIPE_PREFIXES = ("rk_", "sk_")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpSettings:
    """The environment of `backoffice up`, checked. None means: the embedded server."""

    var: Path
    host: str
    port: int
    public_url: str
    database_url: str | None
    migrate_database_url: str | None
    redis_url: str | None
    stripe_api_key: str | None = field(repr=False)
    stripe_api_base: str | None
    secret_key: str | None = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False, default=())
    carrier_webhook_secrets: Mapping[str, tuple[str, ...]] = field(repr=False, hash=False, default_factory=dict)
    analytics_keys: tuple[str, ...] = field(repr=False, default=())
    #: None: the mail server of the sandbox.
    mail_url: str | None = field(repr=False, default=None)
    mail_from: str | None = None

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Read `env`. Raises `ConfigError` with all problems at once, also those of the children."""
        problems = _problems(env)
        host, port = env.get("HOST") or "127.0.0.1", env.get("PORT") or "8000"
        defaults = {"DATABASE_URL": _EMBEDDED, "PUBLIC_URL": f"http://{_url_host(host)}:{port}"}
        try:
            config = Config.from_environment({**defaults, **{name: value for name, value in env.items() if value}})
        except ConfigError as error:
            raise ConfigError([*error.problems, *problems]) from None
        if problems:
            raise ConfigError(problems)
        return cls(
            var=config.var,
            host=config.host,
            port=config.port,
            public_url=config.public_url,
            database_url=env.get("DATABASE_URL") or None,
            migrate_database_url=env.get("MIGRATE_DATABASE_URL") or env.get("DATABASE_URL") or None,
            redis_url=config.redis_url,
            stripe_api_key=config.stripe_api_key,
            stripe_api_base=config.stripe_api_base,
            secret_key=config.secret_key or None,
            stripe_webhook_secrets=config.stripe_webhook_secrets,
            carrier_webhook_secrets=config.carrier_webhook_secrets,
            analytics_keys=config.analytics_keys,
            mail_url=config.mail_url,
            mail_from=config.mail_from,
        )

    @property
    def for_this_machine_only(self) -> bool:
        """Whether nobody on another machine is meant to reach this copy: then the demo marketplace is harmless."""
        return self.host in _LOOPBACK and urlsplit(self.public_url).hostname in _LOOPBACK

    @property
    def carrier_settings(self) -> dict[str, str]:
        """The secrets of carrier services as they were given."""
        found = self.carrier_webhook_secrets.items()
        return {f"{name.upper()}{WEBHOOK_SETTING}": ",".join(secrets) for name, secrets in found}

    @property
    def webhook_url(self) -> str:
        """Where a sandbox on this machine sends its events."""
        return f"http://{_url_host(self.probe_host)}:{self.port}/webhooks/stripe"

    @property
    def probe_host(self) -> str:
        """Where this machine itself reaches the web process."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound


def _problems(env: Mapping[str, str]) -> list[str]:
    """What only `up` can see to be wrong."""
    problems = []
    if env.get("MIGRATE_DATABASE_URL") and not env.get("DATABASE_URL"):
        problems.append("MIGRATE_DATABASE_URL is set but DATABASE_URL is not")
    redis_url = env.get("REDIS_URL")
    if redis_url and urlsplit(redis_url).scheme not in _REDIS_SCHEMES:
        problems.append("REDIS_URL must start with redis://, rediss:// or unix://")
    stripe_key = env.get("STRIPE_API_KEY")
    if stripe_key and not stripe_key.startswith(_STRIPE_PREFIXES):
        problems.append("STRIPE_API_KEY must start with rk_ or sk_")
    return problems


def _url_host(host: str) -> str:
    """A host as it stands in an address; everywhere is this machine, an IPv6 address goes in brackets."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
