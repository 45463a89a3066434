"""`backoffice up`: everything on one machine, from the data folder to the line that says where to sign in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg.rows import scalar_row
from sqlalchemy.orm import Session

from backoffice.config import libpq_url, sqlalchemy_url
from backoffice.database import make_engine
from backoffice.demo import DEMO_PASSWORD, sandbox_seed
from backoffice.servers import folders, leftovers, ports, postgres, probe, programs, roles, running, valkey
from backoffice.servers.programs import SANDBOX_KEY, Addresses
from backoffice.servers.runlock import RunLock
from backoffice.servers.settings import UpSettings
from backoffice.servers.supervisor import StopRequested, Supervisor
from backoffice.servers.terminal import say

_LOG_LIMIT = 10_000_000


class Stack:
    """One start of the whole back-office."""

    def __init__(self, settings: UpSettings, *, demo: bool | None = None) -> None:
        """`demo`: load the demo marketplace into a database without users; None decides by who can reach it."""
        self.settings = settings
        self.demo = settings.for_this_machine_only if demo is None else demo
        self.var = folders.prepare(settings.var)
        self.log = self.var / "log"
        self.supervisor = Supervisor(self.var / "run" / "children.json")

    def run(self) -> None:
        """Start, watch until Ctrl-C or SIGTERM, stop. Raises `StartError` when something does not start."""
        with RunLock(self.var) as lock, self.supervisor.signals():
            left = leftovers.end(self.supervisor.record)
            if left:
                say(f"Ended {left} processes that an earlier copy had left.")
            ports.require_free(self.settings.host, self.settings.port, setting="PORT")
            _shorten_logs(self.log)
            try:
                addresses = self._start()
                lock.note(self.settings.public_url)
                running.publish(self.var, self._published(addresses))
                self._greet(addresses)
                self.supervisor.watch()
            except StopRequested:
                pass
            finally:
                say("Stopping.")
                running.withdraw(self.var)
                self.supervisor.stop()

    def _start(self) -> Addresses:
        """Servers first, then the schema and the demo data, then the programs."""
        key = self.settings.secret_key or folders.secret_key(self.var)
        database_url, migrate_url = self._database()
        redis_url = self._redis()
        stripe_key, stripe_base = self._stripe()
        mail_url = self._mail()
        addresses = Addresses(
            database_url=database_url,
            migrate_database_url=migrate_url,
            redis_url=redis_url,
            secret_key=key,
            secret_key_fallbacks=os.environ.get("SECRET_KEY_FALLBACKS", ""),
            stripe_api_key=stripe_key,
            stripe_api_base=stripe_base,
            stripe_webhook_secret=self._webhook_secret(),
            carrier_settings=self.settings.carrier_settings,
            analytics_key=",".join(self.settings.analytics_keys),
            mail_url=mail_url,
            mail_from=self.settings.mail_from or programs.SANDBOX_SENDER,
            public_url=self.settings.public_url,
        )
        self.supervisor.complete(programs.migrate(addresses, self.log))
        if self.demo and not _has_users(migrate_url):
            say("Loading the demo marketplace.")
            self.supervisor.complete(programs.demo(addresses))
        self._fill_sandbox(addresses)
        self.supervisor.start(programs.web(addresses, self.settings, self.log))
        for spec in (*programs.workers(addresses, self.log), programs.scheduler(addresses, self.log)):
            self.supervisor.start(spec)
        return addresses

    def _database(self) -> tuple[str, str]:
        """The addresses for the application and for the owner, with the embedded server started if need be."""
        if self.settings.database_url and self.settings.migrate_database_url:
            probe.require_database(self.settings.database_url, setting="DATABASE_URL")
            probe.require_database(self.settings.migrate_database_url, setting="MIGRATE_DATABASE_URL")
            return self.settings.database_url, self.settings.migrate_database_url
        server = postgres.prepare(self.var / "postgres", folders.socket_folder(self.var, "postgres"))
        # Crash recovery of a large database takes a while.
        self.supervisor.start(server.spec(self.log / "postgres.log"), timeout=300)
        roles.create_database(server.url("postgres"))
        return server.url(roles.DATABASE, roles.APP), server.url(roles.DATABASE, roles.OWNER)

    def _redis(self) -> str:
        """The address of Redis, with the embedded Valkey started if need be."""
        if self.settings.redis_url:
            probe.require_redis(self.settings.redis_url)
            return self.settings.redis_url
        sockets = folders.socket_folder(self.var, "valkey")
        self.supervisor.start(valkey.spec(self.var / "valkey", sockets, self.log / "valkey.log"))
        return valkey.url(sockets)

    def _stripe(self) -> tuple[str, str]:
        """Key and address of Stripe; the address is empty for Stripe itself."""
        if self.settings.stripe_api_key:
            return self.settings.stripe_api_key, self.settings.stripe_api_base or ""
        port = ports.free_port()
        self.supervisor.start(programs.sandbox(port, self.var / "stripe-sandbox.sqlite", self.log))
        return SANDBOX_KEY, f"http://127.0.0.1:{port}"

    def _mail(self) -> str:
        """The address of the mail server, with the one of the sandbox started if need be."""
        if self.settings.mail_url:
            return self.settings.mail_url
        port = ports.free_port()
        self.supervisor.start(programs.mailbox(port, self.var / "mail", self.log))
        return f"smtp://127.0.0.1:{port}"

    def _webhook_secret(self) -> str:
        """What events are signed with: as set; of our own sandbox, a secret of this installation."""
        if self.settings.stripe_api_key or self.settings.stripe_webhook_secrets:
            return ",".join(self.settings.stripe_webhook_secrets)
        return folders.webhook_secret(self.var)

    def _fill_sandbox(self, addresses: Addresses) -> None:
        """Tell the sandbox of the demo marketplace's charges and accounts, and where its events are to go."""
        if not self.settings.stripe_api_key:
            engine = make_engine(sqlalchemy_url(addresses.database_url))
            with Session(engine) as session:
                known = sandbox_seed(session)
            engine.dispose()
            ports.post_json(addresses.stripe_api_base, "/_seed", known)
            secret = addresses.stripe_webhook_secret.split(",", 1)[0]
            webhook = {"url": self.settings.webhook_url, "secret": secret}
            ports.post_json(addresses.stripe_api_base, "/_webhooks", webhook)

    def _published(self, addresses: Addresses) -> dict[str, str]:
        """What commands in another terminal need; the Stripe key is for workers only."""
        return {
            "DATABASE_URL": addresses.database_url,
            "MIGRATE_DATABASE_URL": addresses.migrate_database_url,
            "REDIS_URL": addresses.redis_url,
            "SECRET_KEY": addresses.secret_key,
            "PUBLIC_URL": self.settings.public_url,
        }

    def _greet(self, addresses: Addresses) -> None:
        """Say where it is and who can sign in."""
        say(f"\nThe back-office is ready: {self.settings.public_url}\n")
        sign_ins = _demo_sign_ins(addresses.database_url)
        if sign_ins:
            for role, email, password in sign_ins:
                say(f"  {role:<10} {email:<26} {password}")
        else:
            say("  Make the first user with: backoffice user create EMAIL --role admin")
        say(f"\nLogs are in {self.log}. Ctrl-C stops everything.")


def run(env: Mapping[str, str], *, demo: bool | None = None) -> None:
    """Read the settings, then run until asked to stop. Raises `ConfigError` or `StartError`."""
    Stack(UpSettings.from_environment(env), demo=demo).run()


def _has_users(url: str) -> bool:
    """Whether anybody is in the database, so that it is never filled twice and never over real data."""
    with psycopg.connect(libpq_url(url), row_factory=scalar_row) as connection:
        return bool(connection.execute("SELECT EXISTS (SELECT FROM users)").fetchone())


def _demo_sign_ins(url: str) -> list[tuple[str, str, str]]:
    """Role, e-mail and password of one demo user per role, as far as the database has them."""
    statement = (
        "SELECT DISTINCT ON (role) role, email FROM users WHERE email LIKE '%@demo.example'"
        " AND role <> 'customer' AND status = 'active' ORDER BY role, length(email)"
    )
    with psycopg.connect(libpq_url(url)) as connection:
        return [(role, email, DEMO_PASSWORD) for role, email in connection.execute(statement)]


def _shorten_logs(folder: Path) -> None:
    """Put a large log aside, so that each file holds the last starts only."""
    for path in folder.glob("*.log"):
        if path.stat().st_size > _LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
