"""Sending mail: what a letter is, and the closed set of ways in which sending one can end.

Delivery is at least once: whoever gets no answer sends the letter again, under the same Message-ID.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one address. `message_id` without brackets; `unsubscribe` is the page on which it is switched off."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    date: dt.datetime
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took it over; whether it arrives is not known."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Definite: the server will not take this letter, or its address is none."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """The server could not be reached, asked to come again, or gave no answer: then it may have taken the letter."""

    reason: str


Outcome = Accepted | Refused | TryLater


class Mailer(Protocol):
    """A way to send mail."""

    @property
    def worst_case_seconds(self) -> float:
        """The longest that sending one letter takes; a job's time-out must be longer (J13)."""

    def send(self, letter: Letter) -> Outcome:
        """Hand one letter over."""
