"""`backoffice act`."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from backoffice.acting import Acting
    from models import Operation

_POLL = 0.3


@click.command()
@click.argument("key", metavar="ACTION")
@click.argument("ids", metavar="ID...", nargs=-1, required=True, type=click.UUID)
@click.option("--as", "email", metavar="EMAIL", required=True, help="Who acts: the e-mail of an active user.")
@click.option("--input", "inputs", metavar="NAME=VALUE", multiple=True, help="A field of the action's form.")
@click.option("--wait/--no-wait", default=False, help="Wait for the end and show the result of each record.")
@click.option("--timeout", default=300.0, show_default=True, help="Seconds to wait at most.")
def command(
    key: str, ids: tuple[uuid.UUID, ...], email: str, inputs: tuple[str, ...], *, wait: bool, timeout: float
) -> None:
    """Do ACTION to the records ID..., as the pages do it.

    The operation goes through the same checks and is carried out by a worker, for example:

    \b
    backoffice act product.approve 0190... --as admin@demo.example --wait
    backoffice act payout.release 0190... 0191... --as finance@demo.example
    """
    from backoffice import queue
    from backoffice.actions import registry
    from backoffice.actions.base import Target
    from backoffice.actions.submit import Ids, submit
    from backoffice.config import Config
    from backoffice.database import act_as, make_engine, session_factory

    config = Config.from_environment(os.environ)
    queue.configure(config.redis_url)
    engine = make_engine(config.database_url)
    sessions = session_factory(engine)
    try:
        with sessions.begin() as session:
            acting = _person(session, email)
            act_as(session, acting)
            operation = submit(
                session,
                registry.get(key),
                Ids([Target(id=one, version=None) for one in ids]),
                _pairs(inputs),
                client_key=uuid.uuid4().hex,
                acting=acting,
                panel=acting.role,  # type: ignore[arg-type]
            )
        click.echo(f"Operation {operation.id}: {operation.status.label.lower()}.")
        if wait:
            _wait(sessions, operation, timeout)
    finally:
        engine.dispose()


def _person(session: Session, email: str) -> Acting:
    """The active user with this address, who must be staff or a vendor."""
    from backoffice.acting import Acting
    from backoffice.permissions import GRANTS
    from backoffice.services.operations_rights import active_user

    user = active_user(session, email)
    if user is None or not GRANTS[user.role]:
        raise click.BadParameter(f"{email} is no active user of the back-office.", param_hint="--as")
    return Acting(user_id=user.id, role=user.role, name=user.name)


def _pairs(inputs: tuple[str, ...]) -> dict[str, str | list[str]]:
    """NAME=VALUE options as a form posts them: a repeated name has several values."""
    found: dict[str, str | list[str]] = {}
    for pair in inputs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE.", param_hint="--input")
        before = found.get(name)
        if before is None:
            found[name] = value
        else:
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
    return found


def _wait(sessions: sessionmaker[Session], operation: Operation, timeout: float) -> None:
    """Show each record's result when the operation is over; exit code 1 unless all of it succeeded."""
    import sqlalchemy as sa

    from backoffice.services.operations import FINAL
    from models import Operation, OperationItem
    from models.operation import OperationStatus

    limit = time.monotonic() + timeout
    while True:
        with sessions() as session:
            now = session.get_one(Operation, operation.id)
            if now.status in FINAL or now.status is OperationStatus.AWAITING_APPROVAL or time.monotonic() > limit:
                items = sa.select(OperationItem).where(OperationItem.operation_id == operation.id)
                for item in session.scalars(items.order_by(OperationItem.position)):
                    click.echo(f"{item.target_id}  {item.status.label:<16} {item.message or ''}".rstrip())
                click.echo(f"{now.status.label}.")
                break
        time.sleep(_POLL)
    if now.status is not OperationStatus.SUCCEEDED:
        raise click.exceptions.Exit(1)
