"""Saved views of lists and each person's own settings of a list.

A view is private, or shared with everybody in its panel; `saved_view_changes` says who may change what.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Role
from models.base import uuid7
from models.saved_view import ListPreference, SavedView, ViewVisibility

#: What a menu can hold.
MOST_PINNED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A saved view as this person sees it."""

    id: uuid.UUID
    noun: str
    name: str
    query: str
    columns: list[str] | None
    sort: str | None
    shared: bool
    is_default: bool
    pinned: bool
    position: int
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How a person likes a list; None is the list's own."""

    columns: list[str] | None = None
    sort: str | None = None
    size: int | None = None


_VIEW = (
    SavedView.id,
    SavedView.noun,
    SavedView.name,
    SavedView.query,
    SavedView.columns,
    SavedView.sort,
    SavedView.visibility,
    SavedView.is_default,
    SavedView.pinned,
    SavedView.position,
    SavedView.user_id,
)


def visible(panel: Role, acting: Acting) -> sa.ColumnElement[bool]:
    """The views that this person may use: the own ones, and those shared in the panel."""
    shared = SavedView.visibility == ViewVisibility.ROLE
    return sa.and_(SavedView.panel == panel, sa.or_(SavedView.user_id == acting.user_id, shared))


def _of_list() -> sa.CompoundSelect[Any]:
    """Views and settings of one list; made once, since every list asks it."""
    person, panel, noun = (sa.bindparam(name, type_=type_) for name, type_ in _ASKED.items())
    shared = SavedView.visibility == ViewVisibility.ROLE
    views = sa.select(*_VIEW, sa.null().label("size")).where(
        SavedView.panel == panel, SavedView.noun == noun, sa.or_(SavedView.user_id == person, shared)
    )
    nothing = [sa.cast(sa.null(), column.type) for column in (SavedView.name, SavedView.query)]
    own = sa.select(
        ListPreference.id,
        ListPreference.noun,
        *nothing,
        sa.type_coerce(ListPreference.columns, JSONB),
        ListPreference.sort,
        *(sa.cast(sa.null(), column.type) for column in _VIEW[6:]),
        ListPreference.size,
    ).where(ListPreference.user_id == person, ListPreference.panel == panel, ListPreference.noun == noun)
    return views.union_all(own)


_ASKED: Final = {"person": SavedView.user_id.type, "panel": SavedView.panel.type, "noun": SavedView.noun.type}
_OF_LIST: Final = _of_list()


def of_list(session: Session, panel: Role, noun: str, acting: Acting) -> tuple[Preference, list[View]]:
    """Settings of a list and the views of it that the person may use, in one statement."""
    preference, found = Preference(), []
    for row in session.execute(_OF_LIST, {"person": acting.user_id, "panel": panel, "noun": noun}):
        if row.name is None:
            preference = Preference(columns=row.columns, sort=row.sort, size=row.size)
        else:
            found.append(_seen(row, acting))
    return preference, sorted(found, key=lambda view: (view.position, view.name.lower(), view.id))


def pinned(session: Session, panel: Role, acting: Acting) -> list[View]:
    """The views in this person's menu, in one statement."""
    statement = (
        sa.select(*_VIEW)
        .where(visible(panel, acting), SavedView.pinned)
        .order_by(SavedView.noun, SavedView.position, SavedView.name, SavedView.id)
        .limit(MOST_PINNED)
    )
    return [_seen(row, acting) for row in session.execute(statement)]


def _seen(row: Any, acting: Acting) -> View:
    return View(
        id=row.id,
        noun=row.noun,
        name=row.name,
        query=row.query,
        columns=row.columns,
        sort=row.sort,
        shared=row.visibility == ViewVisibility.ROLE,
        is_default=bool(row.is_default),
        pinned=bool(row.pinned),
        position=row.position,
        mine=row.user_id == acting.user_id,
    )


def prefer(
    session: Session,
    panel: Role,
    noun: str,
    *,
    columns: Sequence[str] | None,
    sort: str | None,
    size: int | None,
    acting: Acting,
) -> None:
    """Remember how this person likes the list; the same again, or with nothing chosen, is fine."""
    chosen = {"columns": None if columns is None else list(columns), "sort": sort, "size": size}
    statement = insert(ListPreference).values(id=uuid7(), user_id=acting.user_id, panel=panel, noun=noun, **chosen)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id", "panel", "noun"], set_=chosen))
