"""`backoffice ledger`."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def command() -> None:
    """Check the book, or sum its balances anew."""


@command.command()
def verify() -> None:
    """Sum the whole book and say what is wrong with it; exit code 1 when anything is."""
    from sqlalchemy.orm import Session

    from backoffice import money
    from backoffice.config import Config
    from backoffice.database import make_engine
    from backoffice.services.ledger import verify as book

    config = Config.from_environment(os.environ)
    with Session(make_engine(config.database_url)) as session:
        report = book.verify(session)
    click.echo(f"{report.journals:,} journals, {report.lines:,} lines")
    for one in report.currencies:
        debits, credited, clearing = (
            money.format_amount(amount, one.currency) for amount in (one.debits, one.credits, one.psp_clearing)
        )
        click.echo(f"debits {debits}, credits {credited}, at Stripe {clearing}")
    for complaint in report.complaints:
        click.echo(f"WRONG: {complaint}")
    click.echo("The book is whole." if not report.complaints else "The book is not whole.")
    sys.exit(1 if report.complaints else 0)


@command.command()
def rebuild() -> None:
    """Sum every balance anew from the lines, as the owner of the tables; says how many were wrong."""
    from sqlalchemy.orm import Session

    from backoffice.config import Config
    from backoffice.database import make_engine
    from backoffice.services.ledger import verify as book

    config = Config.from_environment(os.environ)
    with Session(make_engine(config.migrate_database_url)) as session, session.begin():
        wrong = book.rebuild(session)
    click.echo(f"Balances are the sums of their lines; {wrong:,} were not.")
