"""`backoffice demo`."""

from __future__ import annotations

import datetime as dt
import os
from typing import Literal

import click

SCALES = ("small", "medium", "large")


@click.command()
@click.option("--scale", type=click.Choice(SCALES), default="small", show_default=True, help="How much of it.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that counts as today in the histories (UTC); the same day gives the same rows. Default: today.",
)
def command(scale: Literal["small", "medium", "large"], as_of: dt.datetime | None) -> None:
    """Load a demo marketplace into a database that has none.

    \b
    small    600 products, 800 orders; seconds
    medium   50,000 products, 100,000 orders; a minute or so
    large    1,000,000 products, 2,000,000 orders; a quarter of an hour or more, and some 20 GB

    Needs DATABASE_URL, or MIGRATE_DATABASE_URL, as the owner of the tables.
    """
    from rich.progress import Progress

    from backoffice import clock
    from backoffice.config import Config
    from backoffice.demo import load

    config = Config.from_environment(os.environ)
    day = as_of.replace(tzinfo=dt.UTC) if as_of else clock.now()
    with Progress(transient=True) as bar:
        task = bar.add_task("Loading", total=1.0)
        summary = load(
            config.migrate_database_url,
            scale=scale,
            as_of=day,
            progress=lambda step, done: bar.update(task, description=step, completed=done),
        )
    click.echo(str(summary))
