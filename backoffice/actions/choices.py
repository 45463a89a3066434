"""Choices of a form's select field, made from an enum."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectChoice

from backoffice.enums import LabelledEnum, Status


def choices(members: Iterable[LabelledEnum | Status]) -> list[SelectChoice]:
    """One choice a member: its value, shown by its label."""
    return [SelectChoice(member.value, member.label) for member in members]
