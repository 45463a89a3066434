"""Keeping how a person wants the pages; everybody sets their own."""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.preferences import Density, Locale, Preferences, Theme, time_zones
from backoffice.services.guards import require_person
from models.user_preference import UserPreference

_E = TypeVar("_E", bound=StrEnum)
_COLUMNS: Final = UserPreference.__table__.c
#: What to select, after an outer join, for `read`.
SELECTED: Final = (_COLUMNS.time_zone, _COLUMNS.locale, _COLUMNS.theme, _COLUMNS.density)


def read(row: Any) -> Preferences:
    """The preferences in a row with `SELECTED`; the defaults when the join found nothing."""
    if row.time_zone is None:
        return Preferences()
    return Preferences(time_zone=row.time_zone, locale=row.locale, theme=row.theme, density=row.density)


def of(session: Session, user_id: uuid.UUID) -> Preferences:
    """What this person chose."""
    row = session.execute(sa.select(*SELECTED).where(_COLUMNS.user_id == user_id)).one_or_none()
    return Preferences() if row is None else read(row)


def save(session: Session, *, time_zone: str, locale: str, theme: str, density: str, acting: Acting) -> None:
    """Keep all four. Raises `InvalidInputError` naming the field for what is on none of the lists."""
    if time_zone not in time_zones():
        raise InvalidInputError("Choose a time zone from the list.", field="time_zone")
    _write(
        session,
        acting,
        time_zone=time_zone,
        locale=_member(Locale, locale, "locale"),
        theme=_member(Theme, theme, "theme"),
        density=_member(Density, density, "density"),
    )


def set_appearance(session: Session, *, theme: str | None, density: str | None, acting: Acting) -> None:
    """Keep theme or density alone, as the switches in the header do. Raises `InvalidInputError`."""
    values: dict[str, Any] = {}
    if theme is not None:
        values["theme"] = _member(Theme, theme, "theme")
    if density is not None:
        values["density"] = _member(Density, density, "density")
    if not values:
        raise InvalidInputError("Choose a theme or a density.", field="theme")
    _write(session, acting, **values)


def _member(kind: type[_E], value: str, field: str) -> _E:
    try:
        return kind(value)
    except ValueError:
        raise InvalidInputError(f"Choose a {field} from the list.", field=field) from None


def _write(session: Session, acting: Acting, **values: Any) -> None:
    """One row a person, whoever of two requests comes first."""
    statement = insert(UserPreference).values(user_id=require_person(acting), **values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
