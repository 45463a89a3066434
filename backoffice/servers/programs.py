"""The children of `backoffice up` that are our own programs, and what each may know (M16)."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from backoffice.config import WEBHOOK_SETTING
from backoffice.servers import ports
from backoffice.servers.child import Spec
from backoffice.servers.settings import UpSettings

QUEUES = ("money", "default", "bulk")
#: The queue whose worker sends mail.
_MAILS = "default"
#: Whom mail is from that goes to the sandbox.
SANDBOX_SENDER = "Back-office <backoffice@demo.example>"
#: Any string does for the sandbox; the prefix is what the SDK and our own check expect.
SANDBOX_KEY = "sk_test_sandbox"
#: Settings that a child gets only when it is named for it.
_PRIVATE = frozenset(
    {
        "DATABASE_URL",
        "MIGRATE_DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "STRIPE_API_KEY",
        "STRIPE_API_BASE",
        "STRIPE_MODE",
        "ANALYTICS_KEY",
        "MAIL_URL",
        "MAIL_FROM",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where everything is, once the servers run."""

    database_url: str
    migrate_database_url: str
    redis_url: str
    secret_key: str = field(repr=False)
    secret_key_fallbacks: str = field(repr=False, default="")
    stripe_api_key: str = field(repr=False)
    stripe_api_base: str
    #: What Stripe signs its events with, separated by commas; empty when it sends none.
    stripe_webhook_secret: str = field(repr=False, default="")
    #: What carrier services sign theirs with, by the names of the settings.
    carrier_settings: Mapping[str, str] = field(repr=False, hash=False, default_factory=dict)
    #: What the shop's servers send analytics events with; empty when nobody does.
    analytics_key: str = field(repr=False, default="")
    #: Where mail is handed over, and whom it is from.
    mail_url: str = field(repr=False, default="")
    mail_from: str = ""
    #: Where people reach the pages, for links in mails.
    public_url: str = ""

    @property
    def stripe_mode(self) -> str:
        """Whether events are about real money (M14)."""
        return "live" if "_live_" in self.stripe_api_key else "test"


def environment(**private: str) -> dict[str, str]:
    """Our own environment without anything private, plus what this child needs; empty values are left out."""
    shown = (name for name in os.environ if name not in _PRIVATE and not name.endswith(WEBHOOK_SETTING))
    public = {name: os.environ[name] for name in shown}
    return {**public, "PYTHONUNBUFFERED": "1", **{name: value for name, value in private.items() if value}}


def migrate(at: Addresses, log: Path) -> Spec:
    """Brings the schema to the newest version and ends."""
    env = environment(DATABASE_URL=at.database_url, MIGRATE_DATABASE_URL=at.migrate_database_url)
    return Spec(name="migrate", argv=_command("migrate"), env=env, log=log / "migrate.log", grace=5)


def demo(at: Addresses) -> Spec:
    """Loads the small demo marketplace and ends; its progress is shown at the terminal."""
    env = environment(DATABASE_URL=at.database_url, MIGRATE_DATABASE_URL=at.migrate_database_url)
    return Spec(name="demo", argv=_command("demo", "--scale", "small"), env=env, grace=5)


def sandbox(port: int, state: Path, log: Path) -> Spec:
    """The Stripe sandbox on loopback."""
    return _stand_in("sandbox", port, ("backoffice.sandbox", "--state", str(state)), log)


def mailbox(port: int, folder: Path, log: Path) -> Spec:
    """The mail server on loopback that writes each mail into `folder`."""
    return _stand_in("mailbox", port, ("backoffice.sandbox.mail", "--folder", str(folder)), log)


def _stand_in(name: str, port: int, module: tuple[str, ...], log: Path) -> Spec:
    """A server on loopback for one of somebody else's."""
    return Spec(
        name=name,
        argv=(sys.executable, "-m", *module, "--port", str(port)),
        env=environment(),
        log=log / f"{name}.log",
        server=True,
        grace=5,
        ready=partial(ports.answers, "127.0.0.1", port),
    )


def web(at: Addresses, settings: UpSettings, log: Path) -> Spec:
    """The web process. It has no Stripe key and cannot migrate; it knows what Stripe signs with, and in which mode."""
    env = environment(
        DATABASE_URL=at.database_url,
        REDIS_URL=at.redis_url,
        SECRET_KEY=at.secret_key,
        SECRET_KEY_FALLBACKS=at.secret_key_fallbacks,
        STRIPE_WEBHOOK_SECRET=at.stripe_webhook_secret,
        **at.carrier_settings,
        STRIPE_MODE=at.stripe_mode,
        ANALYTICS_KEY=at.analytics_key,
        PUBLIC_URL=settings.public_url,
        HOST=settings.host,
        PORT=str(settings.port),
        BACKOFFICE_VAR=str(log.parent),
    )
    ready = partial(serves, settings.probe_host, settings.port, settings.public_url)
    return Spec(name="web", argv=_command("web"), env=env, log=log / "web.log", grace=10, ready=ready)


def workers(at: Addresses, log: Path) -> list[Spec]:
    """One worker for each queue: RQ can lose a job that it takes while it listens to two (J8)."""
    shared = {
        "DATABASE_URL": at.database_url,
        "REDIS_URL": at.redis_url,
        "STRIPE_API_KEY": at.stripe_api_key,
        "STRIPE_API_BASE": at.stripe_api_base,
        "BACKOFFICE_VAR": str(log.parent),
    }
    mail = {"MAIL_URL": at.mail_url, "MAIL_FROM": at.mail_from, "PUBLIC_URL": at.public_url}
    return [
        Spec(
            name=f"worker-{queue}",
            argv=_command("worker", queue),
            env=environment(**shared, **(mail if queue == _MAILS else {})),
            log=log / f"worker-{queue}.log",
        )
        for queue in QUEUES
    ]


def scheduler(at: Addresses, log: Path) -> Spec:
    """The relay and the recurring work."""
    env = environment(DATABASE_URL=at.database_url, REDIS_URL=at.redis_url, BACKOFFICE_VAR=str(log.parent))
    return Spec(name="scheduler", argv=_command("scheduler"), env=env, log=log / "scheduler.log", grace=10)


def serves(host: str, port: int, public_url: str) -> bool:
    """Whether the web process answers a request, whatever it says, as long as it is no crash."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": public_url.split("://", 1)[1].split("/", 1)[0]})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _command(*arguments: str) -> tuple[str, ...]:
    """Our own console script with the interpreter that runs now."""
    return (sys.executable, "-m", "backoffice.cli", *arguments)
