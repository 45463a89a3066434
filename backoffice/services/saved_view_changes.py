"""Changes of saved views.

Only its owner changes, shares or deletes a view; the owner and admins decide which shared view a list opens with.
Vendors share nothing (ACC-1).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Role
from backoffice.services.saved_views import visible
from models.base import uuid7
from models.saved_view import SavedView, ViewVisibility

#: One person's views of one list.
MOST = 50
LONGEST_NAME = 80
LONGEST_QUERY = 8000
NAME_TAKEN = "You have a view of this name already."


def create(
    session: Session,
    *,
    panel: Role,
    noun: str,
    name: str,
    query: str,
    columns: Sequence[str] | None,
    sort: str | None,
    acting: Acting,
) -> uuid.UUID:
    """A new private view. Raises `InvalidInputError` for an empty, long or taken name, and for too many views."""
    count = sa.select(sa.func.count()).where(
        SavedView.user_id == acting.user_id, SavedView.panel == panel, SavedView.noun == noun
    )
    have = session.scalar(count) or 0
    if have >= MOST:
        raise InvalidInputError(f"You have {MOST} views of this list; delete one first.")
    statement = (
        insert(SavedView)
        .values(
            id=uuid7(),
            user_id=acting.user_id,
            panel=panel,
            noun=noun,
            name=_named(name),
            query=_query(query),
            columns=None if columns is None else list(columns),
            sort=sort,
            position=have,
        )
        .on_conflict_do_nothing(index_elements=["user_id", "panel", "noun", "name"])
        .returning(SavedView.id)
    )
    made = session.scalar(statement)
    if made is None:
        raise InvalidInputError(NAME_TAKEN, field="name")
    return made


def overwrite(
    session: Session,
    panel: Role,
    view_id: uuid.UUID,
    *,
    query: str,
    columns: Sequence[str] | None,
    sort: str | None,
    acting: Acting,
) -> SavedView:
    """Keep other filters, columns and order under the same name. Raises as `_own`."""
    view = _own(session, panel, view_id, acting)
    view.query, view.sort = _query(query), sort
    view.columns = None if columns is None else list(columns)
    session.flush()
    return view


def rename(session: Session, panel: Role, view_id: uuid.UUID, name: str, *, acting: Acting) -> SavedView:
    """Another name. Raises `InvalidInputError` for one that is taken, and as `_own`."""
    view, name = _own(session, panel, view_id, acting), _named(name)
    taken = sa.select(SavedView.id).where(
        SavedView.user_id == view.user_id,
        SavedView.panel == panel,
        SavedView.noun == view.noun,
        SavedView.name == name,
        SavedView.id != view.id,
    )
    if session.scalar(taken) is not None:
        raise InvalidInputError(NAME_TAKEN, field="name")
    view.name = name
    session.flush()
    return view


def share(session: Session, panel: Role, view_id: uuid.UUID, *, shared: bool, acting: Acting) -> SavedView:
    """Show the view to everybody in the panel, or to nobody else again. Raises `ForbiddenError` for vendors (ACC-1)."""
    view = _own(session, panel, view_id, acting)
    if shared and panel is Role.VENDOR:
        raise ForbiddenError("Vendors share no views.")
    view.visibility = ViewVisibility.ROLE if shared else ViewVisibility.PRIVATE
    view.is_default = view.is_default and shared
    session.flush()
    return view


def pin(session: Session, panel: Role, view_id: uuid.UUID, *, shown: bool, acting: Acting) -> SavedView:
    """Put the view into the menu, or take it out. Raises as `_own`."""
    view = _own(session, panel, view_id, acting)
    view.pinned = shown
    session.flush()
    return view


def set_default(session: Session, panel: Role, view_id: uuid.UUID, *, on: bool, acting: Acting) -> SavedView:
    """Open the list with this view for everybody in the panel, or no longer. The one before gives way.

    Raises `DomainError` for a view that is not shared, `ForbiddenError` for one that neither is the person's nor the
    person an admin.
    """
    view = _usable(session, panel, view_id, acting)
    if view.user_id != acting.user_id and acting.role is not Role.ADMIN:
        raise ForbiddenError("Its owner decides about this view.")
    if view.visibility is not ViewVisibility.ROLE:
        raise DomainError("Share the view first: others would open the list with it.")
    if on:
        before = sa.select(SavedView).where(
            SavedView.panel == panel, SavedView.noun == view.noun, SavedView.is_default, SavedView.id != view.id
        )
        for other in session.scalars(before.with_for_update()):
            other.is_default = False
        session.flush()
    view.is_default = on
    session.flush()
    return view


def move(session: Session, panel: Role, view_id: uuid.UUID, position: int, *, acting: Acting) -> SavedView:
    """Another place among the views. Raises `InvalidInputError` for one that no list has, and as `_own`."""
    view = _own(session, panel, view_id, acting)
    if not 0 <= position < 1000:
        raise InvalidInputError("A place is a number from 0 to 999.", field="position")
    view.position = position
    session.flush()
    return view


def delete(session: Session, panel: Role, view_id: uuid.UUID, *, acting: Acting) -> None:
    """Forget the view. Raises as `_own`."""
    session.delete(_own(session, panel, view_id, acting))
    session.flush()


def _usable(session: Session, panel: Role, view_id: uuid.UUID, acting: Acting) -> SavedView:
    """The view, locked. Raises `NotFoundError` for a missing one and for somebody's private one alike."""
    found = session.scalars(
        sa.select(SavedView).where(SavedView.id == view_id, visible(panel, acting)).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFoundError("There is no such view.")
    return found


def _own(session: Session, panel: Role, view_id: uuid.UUID, acting: Acting) -> SavedView:
    """The person's own view, locked. Raises `NotFoundError`, and `ForbiddenError` for a shared one of somebody else."""
    view = _usable(session, panel, view_id, acting)
    if view.user_id != acting.user_id:
        raise ForbiddenError("This view is somebody else's; save it as your own to change it.")
    return view


def _named(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInputError(f"A view needs a name of at most {LONGEST_NAME} characters.", field="name")
    return name


def _query(text: str) -> str:
    if len(text) > LONGEST_QUERY or not text.isprintable():
        raise InvalidInputError("These filters are too long to be kept.")
    return text
