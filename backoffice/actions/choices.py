"""Choices of a form's select field, made from an enum, or offered when the form is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wtforms import SelectChoice, SelectField

from backoffice.enums import LabelledEnum, Status


class OfferedField(SelectField):
    """A choice among rows: the form's `for_target` gives value and label of each, and the service judges what came."""

    def __init__(self, label: str, **options: object) -> None:
        super().__init__(label, validate_choice=False, **options)

    def process_data(self, value: Sequence[tuple[str, str]] | None) -> None:
        """Take what is offered; nothing is chosen, so that nobody sends the first by accident."""
        self.choices = [SelectChoice("", "Choose one"), *(SelectChoice(key, label) for key, label in value or ())]
        self.data = ""


def choices(members: Iterable[LabelledEnum | Status], *, none: str | None = None) -> list[SelectChoice]:
    """One choice a member: its value, shown by its label."""
    first = [] if none is None else [SelectChoice("", none)]
    return [*first, *(SelectChoice(member.value, member.label) for member in members)]
