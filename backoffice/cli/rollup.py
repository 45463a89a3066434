"""`backoffice rollup`."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def command() -> None:
    """Prove the figures of the dashboards against the facts, or sum them anew."""


@command.command()
def verify() -> None:
    """Sum every day anew and say which days differ from what is kept; exit code 1 when any does."""
    from sqlalchemy.orm import Session

    from backoffice.clock import now
    from backoffice.config import Config
    from backoffice.database import make_engine
    from backoffice.services.figures import keep

    config = Config.from_environment(os.environ)
    days = wrong = 0
    with Session(make_engine(config.database_url)) as session:
        for part in keep.all_days(session, now().date()):
            days += len(part)
            for day, count in keep.wrong(session, part).items():
                wrong += 1
                click.echo(f"WRONG: {count} figures of {day}")
            session.rollback()
    click.echo(f"{days:,} days looked at, {wrong:,} wrong.")
    sys.exit(1 if wrong else 0)


@command.command()
def rebuild() -> None:
    """Sum every day anew, and keep it."""
    from sqlalchemy.orm import Session

    from backoffice.clock import now
    from backoffice.config import Config
    from backoffice.database import make_engine
    from backoffice.services.figures import keep

    config = Config.from_environment(os.environ)
    days = 0
    with Session(make_engine(config.database_url)) as session:
        parts = keep.all_days(session, now().date())
        session.rollback()
        for part in parts:
            with session.begin():
                keep.rebuild(session, part)
            days += len(part)
    click.echo(f"{days:,} days summed anew.")
