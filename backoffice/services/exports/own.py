"""A person's own files: exports and reports are two tables of them, and nobody sees another person's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Role
from models import Export, Report

SHOWN: Final = 50

File = TypeVar("File", Export, Report)


def mine(
    session: Session, entity: type[File], panel: Role, acting: Acting, *, without: Sequence[Any] = ()
) -> Sequence[File]:
    """The person's own files of this panel, newest first; `without` columns that nobody looks at."""
    return session.scalars(
        sa.select(entity)
        .options(*(sa.orm.defer(column, raiseload=True) for column in without))
        .where(entity.user_id == acting.user_id, entity.panel == panel)
        .order_by(entity.created_at.desc(), entity.id.desc())
        .limit(SHOWN)
    ).all()


def own(
    session: Session, entity: type[File], panel: Role, row_id: uuid.UUID, acting: Acting, *, lock: bool = False
) -> File:
    """The person's own file. Raises `NotFoundError` for anybody else's, whatever their role."""
    statement = sa.select(entity).where(entity.id == row_id, entity.user_id == acting.user_id, entity.panel == panel)
    if lock:
        statement = statement.with_for_update(of=entity).execution_options(populate_existing=True)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def to_fetch(session: Session, entity: type[File], panel: Role, row_id: uuid.UUID, acting: Acting) -> File:
    """The person's own file, when it can be fetched.

    Raises `NotFoundError`, to a viewer (ACC-4) as well, and `DomainError` when there is no file.
    """
    if acting.viewer is not None:
        raise NotFoundError("A file is for the person who asked for it.")
    found = own(session, entity, panel, row_id, acting)
    expired = sa.select(sa.literal(found.expires_at, sa.DateTime(timezone=True)) < NOW)
    if found.file_name is None or session.scalar(expired):
        raise DomainError("There is no file to fetch: it is not ready, or has expired.", code="no_file")
    return found
