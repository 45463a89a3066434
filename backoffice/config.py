"""Configuration, read once from the environment into a frozen object; every missing or wrong name is told together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

MIN_SECRET_LENGTH = 32
#: How settings end that hold what somebody signs webhooks with.
WEBHOOK_SETTING = "_WEBHOOK_SECRET"


class ConfigError(Exception):
    """One or more settings are missing or wrong; the message lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Configuration: " + "; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings of one process. Business settings (thresholds, hold days) live in `platform_settings` instead."""

    database_url: str
    #: Owner of the schema; the same as `database_url` when one role does both.
    migrate_database_url: str
    redis_url: str | None = None
    secret_key: str = ""
    secret_key_fallbacks: tuple[str, ...] = ()
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    #: Present in the worker only (M16).
    stripe_api_key: str | None = None
    #: Set when the sandbox stands in for Stripe; None means Stripe itself.
    stripe_api_base: str | None = None
    #: What Stripe signs its events with, in the web process; two while one replaces the other.
    stripe_webhook_secrets: tuple[str, ...] = ()
    #: What carrier services sign theirs with, in the web process: `EASYPOST_WEBHOOK_SECRET` is `easypost` here.
    carrier_webhook_secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False, hash=False)
    #: Whether events are about real money; one of the other mode is refused (M14).
    stripe_live: bool = False
    #: What the shop's servers say to send analytics events, in the web process; two while one replaces the other.
    analytics_keys: tuple[str, ...] = ()
    #: `smtp://` or `smtps://`, in the worker that sends mail; a user and password in it sign in there.
    mail_url: str | None = field(default=None, repr=False)
    #: Who mail is from, such as `Market <office@example.com>`.
    mail_from: str | None = None
    #: Hops of trusted reverse proxies in front of the web process; 0 means X-Forwarded-For is ignored.
    trusted_proxies: int = 0
    var: Path = Path("var")

    @property
    def files(self) -> Path:
        """Where the files of exports are; web process and workers need the same folder."""
        return self.var / "exports"

    @property
    def secure_cookies(self) -> bool:
        """Cookies are `Secure` with the `__Host-` prefix when the public address is https."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, need: frozenset[str] = frozenset()) -> Self:
        """Read `env`. `need` names what the calling process cannot do without (`redis_url`, `secret_key`, ...).

        Raises `ConfigError` naming every problem at once.
        """
        problems = [
            f"{name.upper()} is not set" for name in sorted({"database_url", *need}) if not env.get(name.upper())
        ]
        database_url = sqlalchemy_url(env.get("DATABASE_URL", ""))
        if database_url and not database_url.startswith("postgresql+psycopg://"):
            problems.append("DATABASE_URL must start with postgresql://")
        secret_key = env.get("SECRET_KEY", "")
        if secret_key and len(secret_key) < MIN_SECRET_LENGTH:
            problems.append(f"SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters")
        public_url = env.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
        if urlsplit(public_url).scheme not in {"http", "https"} or not urlsplit(public_url).hostname:
            problems.append("PUBLIC_URL must be an http or https address")
        analytics_keys = _several(env.get("ANALYTICS_KEY", ""))
        if any(len(key) < MIN_SECRET_LENGTH for key in analytics_keys):
            problems.append(f"ANALYTICS_KEY must have at least {MIN_SECRET_LENGTH} characters")
        problems += _mail_problems(env.get("MAIL_URL") or "", env.get("MAIL_FROM") or "")
        mode = env.get("STRIPE_MODE") or "test"
        if mode not in {"test", "live"}:
            problems.append("STRIPE_MODE must be test or live")
        numbers = {}
        for name, default in (("PORT", "8000"), ("TRUSTED_PROXIES", "0")):
            text = env.get(name) or default
            if not text.isdigit() or int(text) > 65535:
                problems.append(f"{name} must be a whole number")
            numbers[name] = int(text) if text.isdigit() else 0
        if problems:
            raise ConfigError(problems)
        return cls(
            database_url=database_url,
            migrate_database_url=sqlalchemy_url(env.get("MIGRATE_DATABASE_URL") or env["DATABASE_URL"]),
            redis_url=env.get("REDIS_URL") or None,
            secret_key=secret_key,
            secret_key_fallbacks=tuple(key for key in env.get("SECRET_KEY_FALLBACKS", "").split(",") if key),
            public_url=public_url,
            host=env.get("HOST", "127.0.0.1"),
            port=numbers["PORT"],
            stripe_api_key=env.get("STRIPE_API_KEY") or None,
            stripe_api_base=env.get("STRIPE_API_BASE") or None,
            stripe_webhook_secrets=_several(env.get("STRIPE_WEBHOOK_SECRET", "")),
            carrier_webhook_secrets=_carrier_secrets(env),
            analytics_keys=analytics_keys,
            mail_url=env.get("MAIL_URL") or None,
            mail_from=env.get("MAIL_FROM") or None,
            stripe_live=mode == "live",
            trusted_proxies=numbers["TRUSTED_PROXIES"],
            var=Path(env.get("BACKOFFICE_VAR", "var")),
        )


def _carrier_secrets(env: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What ends like the setting of a carrier service's secrets, by the service's name."""
    names = [name for name in env if name.endswith(WEBHOOK_SETTING) and name != f"STRIPE{WEBHOOK_SETTING}"]
    return {name.removesuffix(WEBHOOK_SETTING).lower(): _several(env[name]) for name in names}


def _several(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _mail_problems(url: str, sender: str) -> list[str]:
    """What is wrong with where mail is handed over, and with whom it is from; the password is never repeated."""
    problems = []
    if url:
        if not _is_mail_url(url):
            problems.append("MAIL_URL must be smtp://host or smtps://host, with user:password@ and :port as needed")
        if not sender:
            problems.append("MAIL_FROM is not set but MAIL_URL is")
    if sender:
        address = parseaddr(sender)[1]
        name, _, domain = address.rpartition("@")
        if not (name and domain and sender.isascii() and sender.isprintable() and " " not in address):
            problems.append("MAIL_FROM must be an address, such as Market <office@example.com>")
    return problems


def _is_mail_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    signs_in = unquote(parts.username or "") + unquote(parts.password or "")
    return (
        parts.scheme in {"smtp", "smtps"}
        and bool(parts.hostname)
        and port != 0
        and bool(parts.username) == bool(parts.password)
        and signs_in.isascii()
        and not parts.path.strip("/")
        and not (parts.query or parts.fragment)
    )


def sqlalchemy_url(url: str) -> str:
    """A libpq address as SQLAlchemy wants it, with psycopg 3 as the driver."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def libpq_url(url: str) -> str:
    """The same address as psycopg and the PostgreSQL tools want it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
