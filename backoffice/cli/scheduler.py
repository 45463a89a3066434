"""`backoffice scheduler`."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Wake what is due and make recurring work, until SIGTERM.

    Needs DATABASE_URL and REDIS_URL. Two of them do no harm: a lock in PostgreSQL lets one work at a time.
    """
    from backoffice.jobs.relay import run

    run()
