"""`backoffice recon`: compare a day with the payment provider's book."""

from __future__ import annotations

import datetime as dt
import os

import click


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="A day that is over, in UTC.")
def command(day: dt.datetime) -> None:
    """Compare a day with the payment provider's book, again if it was before.

    The money worker does it now; every day is compared six hours after its end anyway.
    """
    from backoffice import queue
    from backoffice.config import Config
    from backoffice.database import make_engine, session_factory
    from backoffice.services.recon import run as recon

    config = Config.from_environment(os.environ)
    queue.configure(config.redis_url)
    engine = make_engine(config.database_url)
    try:
        with session_factory(engine).begin() as session:
            currencies = recon.request(session, day.date())
    finally:
        engine.dispose()
    click.echo(f"The money worker compares {', '.join(currencies)}; see Reconciled days in the panel of finance.")
