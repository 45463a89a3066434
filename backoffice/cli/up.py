"""`backoffice up`."""

from __future__ import annotations

import os

import click


@click.command()
@click.option("--demo/--no-demo", default=None, help="Load the demo marketplace into a database without users. "
              "Default: only when this machine alone can reach the copy.")  # fmt: skip
def command(*, demo: bool | None) -> None:
    """Start everything on this machine, until Ctrl-C.

    PostgreSQL, Valkey and sandboxes of Stripe and mail are started under BACKOFFICE_VAR (default: ./var) unless set:

    \b
    DATABASE_URL          PostgreSQL 15 or newer; the application signs in with it
    MIGRATE_DATABASE_URL  the same database as its owner (default: DATABASE_URL)
    REDIS_URL             Redis 7 or Valkey 8, with maxmemory-policy noeviction
    STRIPE_API_KEY        a restricted key; only workers get it
    MAIL_URL              smtp:// or smtps:// with user:password@host:port; MAIL_FROM says whom mail is from

    Then come the newest migrations, the web process, one worker per queue and the scheduler. What crashes is started
    again. HOST, PORT and PUBLIC_URL say where the web process listens and how people reach it.
    """
    from backoffice.servers import stack

    stack.run(os.environ, demo=demo)
