"""`backoffice webhooks`: what to do about events after an outage."""

from __future__ import annotations

import datetime as dt
import os

import click


@click.group()
def command() -> None:
    """Work on the events of the payment provider.

    To handle some again, use the action: backoffice act webhook_event.replay ID... --as EMAIL
    """


@command.command()
@click.option("--since", type=click.DateTime(), required=True, help="In UTC; the provider keeps events for 30 days.")
def backfill(since: dt.datetime) -> None:
    """Ask the provider for every event since then that was not delivered.

    The money worker does it now, and once a day anyway. An event that is here already changes nothing.
    """
    from backoffice import queue
    from backoffice.config import Config
    from backoffice.database import make_engine, session_factory
    from backoffice.services.webhooks import backfill as service

    config = Config.from_environment(os.environ)
    queue.configure(config.redis_url)
    engine = make_engine(config.database_url)
    try:
        with session_factory(engine).begin() as session:
            service.begin_from(session, since.replace(tzinfo=dt.UTC))
    finally:
        engine.dispose()
    click.echo("The money worker asks for them; they appear in the webhook inbox.")
