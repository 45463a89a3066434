"""`backoffice migrate`."""

from __future__ import annotations

import os

import click


@click.command()
@click.option("--revision", default="head", show_default=True, help="Alembic revision to upgrade to.")
def command(revision: str) -> None:
    """Bring the database to the newest schema.

    Needs DATABASE_URL only. With MIGRATE_DATABASE_URL the migrations run as that (owner) role, and the role of
    DATABASE_URL, which must exist, gets the rights that the application needs and no more.
    """
    from backoffice import migrate
    from backoffice.config import Config
    from backoffice.servers import probe, roles

    config = Config.from_environment(os.environ)
    probe.require_database(config.migrate_database_url, setting="MIGRATE_DATABASE_URL or DATABASE_URL")
    migrate.upgrade(config.migrate_database_url, revision)
    app = roles.role_of(config.database_url)
    if app and app != roles.role_of(config.migrate_database_url):
        roles.grant(config.migrate_database_url, app)
    click.echo(f"The schema is at {migrate.current(config.migrate_database_url)}.")
