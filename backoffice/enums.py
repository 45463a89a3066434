"""Base classes of the enums: a member knows its stored value, its label, its colour and what may follow it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Actor(StrEnum):
    """Who makes a status change (the letters of domain rules B12)."""

    ADMIN = "A"
    VENDOR = "V"
    LOGISTICS = "L"
    FINANCE = "F"
    SYSTEM = "S"
    PROVIDER = "P"


class Tone(StrEnum):
    """Colour family in which a status is shown."""

    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


class LabelledEnum(StrEnum):
    """A closed list of values, stored as text, each with a label for people."""

    label: str

    def __new__(cls, value: str, label: str | None = None) -> Self:
        """Make a member; without a label it is the value in words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value.replace("_", " ").capitalize()
        return member


class Status(StrEnum):
    """A status machine: `moves` names each following value and the actors who may make that step (B12).

    A member is written `PENDING = "pending", "Pending", Tone.WARNING, {"approved": "A", "draft": "V"}`. The database
    trigger, the guards in services, the buttons and the tests are all derived from it.
    """

    label: str
    tone: Tone
    moves: dict[str, frozenset[Actor]]

    def __new__(cls, value: str, label: str, tone: Tone = Tone.NEUTRAL, moves: dict[str, str] | None = None) -> Self:
        """Make a member from its value, label, tone and moves."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.tone = tone
        member.moves = {to: frozenset(Actor(letter) for letter in actors) for to, actors in (moves or {}).items()}
        return member

    def allows(self, to: Status, actor: Actor | None = None) -> bool:
        """Whether `to` may follow; for any actor when none is named."""
        actors = self.moves.get(to.value)
        return actors is not None and (actor is None or actor in actors)

    @property
    def following(self) -> list[Self]:
        """The members that may follow, in order of declaration."""
        return [member for member in type(self) if member.value in self.moves]

    @classmethod
    def transitions(cls) -> list[tuple[str, str]]:
        """Every (from, to) pair of the machine, sorted."""
        return sorted((member.value, to) for member in cls for to in member.moves)

    @classmethod
    def sources(cls, to: Status, actor: Actor | None = None) -> frozenset[Self]:
        """The members from which `actor` may reach `to`."""
        return frozenset(member for member in cls if member.allows(to, actor))
