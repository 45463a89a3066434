"""What belongs to a person: addresses, notifications, reports, and what was counted of them."""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from backoffice.clock import now
from models import (
    AnalyticsEvent,
    ListPreference,
    Mail,
    Notification,
    NotificationPreference,
    Report,
    ReportSchedule,
    SavedView,
    ShippingAddress,
    User,
    UserPreference,
)
from models.base import uuid7
from models.report import ReportFormat, ReportType, Rhythm

Told = TypeVar("Told", Notification, Mail)


def make_address(session: Session, *, user: User, **values: Any) -> ShippingAddress:
    """An address in the user's address book."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "user_id": user.id,
        "name": "Ada Byron",
        "address_line1": "1 Analytical Road",
        "city": "London",
        "postal_code": "N1 7AA",
        "country": "GB",
    }
    address = ShippingAddress(**(defaults | values))
    session.add(address)
    session.flush()
    return address


def make_notification(session: Session, *, user: User, **values: Any) -> Notification:
    """An unread notification in the back-office."""
    return _tell(session, Notification, {"user_id": user.id, "event_key": "test.happened"} | values)


def make_mail(session: Session, *, user: User, **values: Any) -> Mail:
    """A notification by e-mail that nobody has sent yet."""
    return _tell(session, Mail, {"user_id": user.id, "event_key": "payout.failed"} | values)


def _tell(session: Session, kind: type[Told], values: dict[str, Any]) -> Told:
    plain = {"id": uuid7(), "title": "Something happened", "message": "Look at it when there is time."}
    told = kind(**(plain | values))
    session.add(told)
    session.flush()
    return told


def make_settings(session: Session, user: User) -> None:
    """How this person wants the pages and a list, and one thing that they do not want to be told of."""
    session.add_all(
        [
            UserPreference(user_id=user.id, time_zone="Europe/Istanbul"),
            NotificationPreference(user_id=user.id, event_key="operation.finished", channel="in_app", enabled=False),
            SavedView(user_id=user.id, panel=user.role, noun="products", name=f"{user.first_name} view"),
            ListPreference(user_id=user.id, panel=user.role, noun="products", columns=["name"]),
        ]
    )
    session.flush()


def make_report(session: Session, *, user: User, **values: Any) -> Report:
    """A report that is being generated."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "user_id": user.id,
        "panel": user.role,
        "name": "Revenue",
        "type": ReportType.REVENUE,
        "format": ReportFormat.CSV,
        "filters": {"from": "2026-01-01", "to": "2026-12-31"},
    }
    report = Report(**(defaults | values))
    session.add(report)
    session.flush()
    return report


def make_report_schedule(session: Session, *, user: User, **values: Any) -> ReportSchedule:
    """A weekly report of `user`, next a week from now."""
    defaults: dict[str, Any] = {
        "user_id": user.id,
        "panel": user.role,
        "type": ReportType.REVENUE,
        "format": ReportFormat.CSV,
        "filters": {},
        "rhythm": Rhythm.WEEKLY,
        "next_run_at": now() + dt.timedelta(days=7),
    }
    schedule = ReportSchedule(**(defaults | values))
    session.add(schedule)
    session.flush()
    return schedule


def make_analytics_event(session: Session, *, user: User, **values: Any) -> AnalyticsEvent:
    """A page view of `user`."""
    defaults = {"id": uuid7(), "user_id": user.id, "event_type": "page", "event_name": "view", "created_at": now()}
    event = AnalyticsEvent(**(defaults | values))
    session.add(event)
    session.flush()
    return event
