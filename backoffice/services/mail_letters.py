"""What a notification looks like as a mail. Its words are values of the templates, never templates themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backoffice.gateways.mail import Letter
from backoffice.permissions import Role
from backoffice.services.notification_events import EVENTS
from models import Mail, User
from models.notification import NotificationType

_FOLDER: Final = Path(__file__).resolve().parents[2] / "templates" / "mail"
_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=select_autoescape(("html",)), undefined=StrictUndefined
)
#: What mails are about that has record pages, by the noun of the page, which is the table; and who has those pages.
RECORDS: Final = frozenset({"chargebacks", "disputes", "payouts", "subscriptions"})
READERS: Final = frozenset({Role.ADMIN, Role.FINANCE, Role.VENDOR})
_REPORTS: Final = "reports"


def letter(mail: Mail, user: User, public_url: str) -> Letter:
    """The letter to `user`, with links to `public_url`. Sent twice it has the same id, which is the mail's own."""
    event = EVENTS.get(mail.event_key)
    home = f"{public_url}/{user.role.value}/"
    preferences = f"{home}profile/"
    values = {
        "name": " ".join(user.name.split()),
        "title": " ".join(mail.title.split()),
        "message": mail.message,
        "link": f"{home}{_place(mail, user.role)}",
        "preferences": preferences,
        "optional": event is not None and event.optional,
    }
    return Letter(
        to=user.email,
        subject=mail.title,
        text=_ENVIRONMENT.get_template("notification.txt").render(values),
        html=_ENVIRONMENT.get_template("notification.html").render(values),
        message_id=f"{mail.id}@{urlsplit(public_url).hostname}",
        date=mail.created_at,
        unsubscribe=preferences if values["optional"] else None,
    )


def _place(mail: Mail, role: Role) -> str:
    """Where in the person's panel it is about: the file, the record, or the panel's home."""
    if mail.subject_type == _REPORTS:
        done = mail.type is NotificationType.SUCCESS
        return f"own_reports/download/?id={mail.subject_id}" if done else "own_reports/"
    if mail.subject_type in RECORDS and role in READERS:
        return f"{mail.subject_type}/details/?id={mail.subject_id}"
    return ""
