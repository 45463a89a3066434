"""Choices of a form's select field, made from an enum."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectChoice

from backoffice.enums import LabelledEnum, Status


def choices(members: Iterable[LabelledEnum | Status], *, none: str | None = None) -> list[SelectChoice]:
    """One choice a member: its value, shown by its label."""
    first = [] if none is None else [SelectChoice("", none)]
    return [*first, *(SelectChoice(member.value, member.label) for member in members)]
