"""`backoffice worker`."""

from __future__ import annotations

import click

from backoffice.servers.programs import QUEUES


@click.command()
@click.argument("queue", type=click.Choice(QUEUES))
def command(queue: str) -> None:
    """Carry out the jobs of one QUEUE, until SIGTERM.

    Needs DATABASE_URL and REDIS_URL; that of `money` STRIPE_API_KEY, that of `default` MAIL_URL and MAIL_FROM, and
    PUBLIC_URL for the links in mails. A worker listens to one queue only, because RQ can lose a job that it takes while
    it listens to two. Start it under something that starts it again: RQ's worker ends when Redis does.
    """
    from backoffice.jobs.worker import run

    run(queue)
