"""Engine, sessions and the Flask-SQLAlchemy handle; each transaction tells PostgreSQL who is acting."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from backoffice.acting import Acting

#: The clock of every session is UTC; neither a request nor a job step waits long for a lock.
_SESSION_SETTINGS = (
    "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s -c jit=off"
)
ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": 8,
    "max_overflow": 8,
    "pool_timeout": 5,
    # Values stay out of error messages, which end in logs.
    "hide_parameters": True,
    "connect_args": {"connect_timeout": 5, "application_name": "backoffice", "options": _SESSION_SETTINGS},
}
SESSION_OPTIONS: dict[str, Any] = {"expire_on_commit": False}

#: Session per request for the web process; other processes use `session_factory`. It gets copies, because
#: Flask-SQLAlchemy writes its own session class into the options.
db = SQLAlchemy(disable_autonaming=True, session_options=dict(SESSION_OPTIONS), engine_options=dict(ENGINE_OPTIONS))


def make_engine(url: str, **options: Any) -> sa.Engine:
    """An engine with the house settings, for processes without Flask."""
    return sa.create_engine(url, **{**ENGINE_OPTIONS, **options})


def session_factory(engine: sa.Engine) -> sessionmaker[Session]:
    """Sessions with the house settings, for processes without Flask."""
    return sessionmaker(engine, **SESSION_OPTIONS)


def act_as(session: Session, acting: Acting, *, told: bool = False) -> None:
    """Make `acting` the author of everything this session writes from now on (AUD-1).

    `told` when a statement with `telling` has told PostgreSQL in this transaction already.
    """
    session.info["acting"] = acting
    if session.in_transaction() and not told:
        _tell(session.connection(), acting)


def telling(
    actor: sa.ColumnElement[Any], role: sa.ColumnElement[Any], on_behalf_of: sa.ColumnElement[Any]
) -> list[sa.ColumnElement[str]]:
    """What to select to hand the people to the audit log, for this transaction only; see `told_values`.

    `on_behalf_of` is as whom the actor views (ACC-4); NULL or empty when he is here as himself.
    """
    values: dict[str, sa.ColumnElement[str]] = {
        "actor_id": sa.cast(actor, sa.Text),
        "actor_role": sa.cast(role, sa.Text),
        "on_behalf_of": sa.func.coalesce(sa.cast(on_behalf_of, sa.Text), ""),
    }
    values |= {name: sa.bindparam(name, type_=sa.Text) for name in ("request_id", "ip", "user_agent")}
    return [sa.func.set_config(f"backoffice.{name}", value, True) for name, value in values.items()]


def told_values(acting: Acting) -> dict[str, str]:
    """Parameters of a statement with `telling`: where a request came from."""
    return {
        "request_id": acting.request_id,
        "ip": acting.ip or "",
        "user_agent": (acting.user_agent or "")[:200],
    }


_TELL = sa.select(*telling(*(sa.bindparam(name, type_=sa.Text) for name in ("actor", "role", "for_whom"))))


def _tell(connection: sa.Connection, acting: Acting) -> None:
    people = {
        "actor": str(acting.author_id or ""),
        "role": acting.author_role,
        "for_whom": str(acting.on_behalf_of or ""),
    }
    connection.execute(_TELL, {**people, **told_values(acting)})


@event.listens_for(Session, "after_begin")
def _tell_at_begin(session: Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    """Repeat it in every new transaction, because the setting ends with the transaction."""
    acting = session.info.get("acting")
    if acting is not None and not transaction.nested:
        _tell(connection, acting)
