"""Targets of disputes and the hours in which they count: kept by admins (DSP-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import InvalidInputError
from backoffice.permissions import Permission, Role
from backoffice.services.sla.hours import Calendar
from models import BusinessCalendar, SlaPolicy
from views.access import Access, Entity

_POLICY = ("position", "name", "priority", "type", "first_reply_minutes", "resolve_minutes", "calendar_id")
_CALENDAR = ("name", "time_zone", "hours", "holidays")


def _guard(_session: Session, calendar: Any, changed: Mapping[str, Any], _acting: Acting) -> None:
    """What the clock of disputes could not read is refused here, not met by it."""
    _check({name: changed.get(name, getattr(calendar, name)) for name in _CALENDAR})


def _prepare(_session: Session, calendar: Any, _acting: Acting) -> Any:
    _check({name: getattr(calendar, name) for name in _CALENDAR})
    return calendar


def _check(calendar: Mapping[str, Any]) -> None:
    if calendar["time_zone"] not in available_timezones():
        raise InvalidInputError("Write a time zone like Europe/Berlin, or UTC.", field="time_zone")
    try:
        Calendar.of(calendar["time_zone"], calendar["hours"], calendar["holidays"] or [])
    except ValueError as refused:
        field = "hours" if "follow" in str(refused) else "holidays"
        raise InvalidInputError(f"This does not fit: {refused}", field=field) from refused


POLICIES = Entity(
    noun="sla_policies",
    model=SlaPolicy,
    label="SLA policies",
    singular="SLA policy",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=_POLICY,
            detail=(*_POLICY, "created_at", "updated_at"),
            sorts=("position",),
            search=False,
            create=_POLICY,
            edit=_POLICY,
            write=Permission.SETTINGS_WRITE,
            history=True,
        ),
    },
)
CALENDARS = Entity(
    noun="business_calendars",
    model=BusinessCalendar,
    label="Business calendars",
    singular="Business calendar",
    group="System",
    guard=_guard,
    prepare=_prepare,
    access={
        Role.ADMIN: Access(
            columns=("name", "time_zone", "updated_at"),
            detail=(*_CALENDAR, "created_at", "updated_at"),
            search=False,
            create=_CALENDAR,
            edit=_CALENDAR,
            write=Permission.SETTINGS_WRITE,
            history=True,
        ),
    },
)
