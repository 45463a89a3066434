"""`backoffice user`: make, list and switch off the people who work here."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from backoffice.acting import Acting
    from models.user import User

STAFF_ROLES = ("admin", "finance", "logistics", "vendor")
_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin instead of asking for it."
)


@click.group()
def command() -> None:
    """Make, list and switch off users.

    Needs DATABASE_URL. Each change is written to the audit log as made by the command line, and ends the sessions of
    the person concerned. Passwords are never arguments, because every user of the machine could read them.
    """


@command.command()
@click.argument("email")
@click.option("--role", type=click.Choice(STAFF_ROLES), required=True, help="Which panel the person works in.")
@click.option("--first-name", default="New", show_default=True)
@click.option("--last-name", default="User", show_default=True)
@_password_stdin
def create(email: str, role: str, first_name: str, last_name: str, *, password_stdin: bool) -> None:
    """Make an active user with the address EMAIL, who can sign in at once; a vendor is verified first (VEN-3)."""
    from backoffice.permissions import Role
    from backoffice.services import users

    password = _password(from_stdin=password_stdin)
    with _transaction() as (session, acting):
        user = users.create(
            session,
            email=email,
            first_name=first_name,
            last_name=last_name,
            role=Role(role),
            acting=acting,
            password=password,
        )
        if user.role is Role.VENDOR:
            click.echo(f"{user.email} is a vendor, who is verified in the administration before it can sign in.")
            return
        users.activate(session, user_id=user.id, acting=acting)
        click.echo(f"{user.email} can sign in as {role}.")


@command.command("list")
def list_() -> None:
    """List everybody who can sign in, or could."""
    import sqlalchemy as sa

    from backoffice.permissions import Role
    from models.user import User

    statement = sa.select(User).where(User.role != Role.CUSTOMER, User.deleted_at.is_(None))
    with _transaction() as (session, _):
        for user in session.scalars(statement.order_by(User.role, User.email)):
            click.echo(f"{user.role.value:<10} {user.status.value:<10} {user.email}")


@command.command()
@click.argument("email")
@click.option("--reason", help="Why; it stands in the history.")
def disable(email: str, reason: str | None) -> None:
    """Switch the user EMAIL off and end all its sessions. The last active admin stays."""
    from backoffice.services import users

    with _transaction() as (session, acting):
        user = _find(session, email)
        users.deactivate(session, user_id=user.id, acting=acting, reason=reason)
        click.echo(f"{user.email} can no longer sign in.")


@command.command()
@click.argument("email")
@click.option("--reason", help="Why; it stands in the history.")
def enable(email: str, reason: str | None) -> None:
    """Let the user EMAIL sign in (again)."""
    from backoffice.services import users

    with _transaction() as (session, acting):
        user = _find(session, email)
        users.activate(session, user_id=user.id, acting=acting, reason=reason)
        click.echo(f"{user.email} can sign in.")


@command.command()
@click.argument("email")
@_password_stdin
def password(email: str, *, password_stdin: bool) -> None:
    """Give the user EMAIL a new password and end all its sessions."""
    from backoffice.services import users

    with _transaction() as (session, acting):
        user = _find(session, email)
        users.set_password(session, user_id=user.id, password=_password(from_stdin=password_stdin), acting=acting)
        click.echo(f"{user.email} has a new password; its sessions have ended.")


@contextmanager
def _transaction() -> Iterator[tuple[Session, Acting]]:
    """One session for one command, committed when it succeeds; the command line is the actor."""
    from backoffice.acting import Acting
    from backoffice.config import Config
    from backoffice.database import act_as, make_engine, session_factory

    engine = make_engine(Config.from_environment(os.environ).database_url)
    try:
        with session_factory(engine).begin() as session:
            acting = Acting.system("command line")
            act_as(session, acting)
            yield session, acting
    finally:
        engine.dispose()


def _find(session: Session, email: str) -> User:
    """The user of this address. Raises `NotFoundError`."""
    from backoffice.errors import NotFoundError
    from backoffice.services import users

    user = users.find_by_email(session, email)
    if user is None:
        raise NotFoundError(f"There is no user {email}.")
    return user


def _password(*, from_stdin: bool) -> str:
    """The password, asked for twice at a terminal."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
