"""Form fields that give back exactly what they got: an untouched field leaves its attribute untouched.

A field shows its value as text. When the text that comes back is the text that was shown, the value stays the very
object it was, so microseconds, time zones, empty lists and odd legacy values survive a save.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import wtforms
from wtforms.utils import unset_value

MAX_TEXT = 100_000


class ValueField(wtforms.Field):
    """One value as text. `control` names the macro that draws it."""

    control = "input"
    input_type = "text"

    def __init__(
        self, *args: Any, nullable: bool = True, private: bool = False, shown_when: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.nullable = nullable
        #: Personal data is kept on no machine of a reader.
        self.private = private
        self.shown_when = shown_when

    @property
    def needed(self) -> bool:
        """Whether it must not be sent empty: an empty text that is stored already may stay."""
        return not self.nullable and (self.object_data is None or bool(self.text(self.object_data).strip()))

    @property
    def checks(self) -> dict[str, str]:
        """What the browser checks before it sends, as attributes of the control; never more than the server refuses."""
        return {}

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """A field that was not sent keeps its value; absence is never a wish."""
        if formdata is not None and self.name not in formdata:
            formdata = None
        super().process(formdata, data, extra_filters)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; the last wins when a name comes twice."""
        if not self.touched:
            self.data = self.object_data
            return
        self.data = None
        raw = valuelist[-1]
        if "\x00" in raw or len(raw) > MAX_TEXT:
            raise ValueError("This text cannot be stored.")
        text = raw if self.control == "textarea" else raw.strip()
        if text.strip():
            self.data = self.parse(text.replace("\r\n", "\n"))
        elif not self.nullable:
            raise ValueError("This field is needed.")

    @property
    def touched(self) -> bool:
        """Whether what came back differs from what was shown."""
        return bool(self.raw_data) and lines(self.raw_data[-1]) != lines(self.text(self.object_data))

    def text(self, value: Any) -> str:
        """The value as it is shown in the form."""
        return "" if value is None else str(value)

    def told(self, text: str) -> str:
        """The text as people read it: a choice by its label."""
        return text

    def parse(self, text: str) -> Any:
        """The value behind the text. Raises `ValueError` with a sentence."""
        return text

    def _value(self) -> str:
        return self.raw_data[-1] if self.raw_data else self.text(self.data)

    @property
    def shown(self) -> str:
        """What the control holds: what was typed, else the value."""
        return self._value()

    def post_validate(self, *_: Any) -> None:
        """An empty field that must not be empty, also when nothing was sent at all."""
        if self.data is None and not self.nullable and not self.errors:
            raise wtforms.ValidationError("This field is needed.")


def lines(text: str) -> str:
    """The text with plain line feeds: browsers send CRLF whatever they were given."""
    return text.replace("\r\n", "\n")


class TextField(ValueField):
    """Text of at most `length` characters."""

    def __init__(self, *args: Any, length: int | None = None, long: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.length = length
        self.control = "textarea" if long else "input"

    @property
    def checks(self) -> dict[str, str]:
        """As long as the column, or as long as any text may be."""
        return {"maxlength": str(self.length or MAX_TEXT)}

    def parse(self, text: str) -> str:
        """The text itself."""
        if self.length is not None and len(text) > self.length:
            raise ValueError(f"At most {self.length} characters.")
        return text


class NumberField(ValueField):
    """A decimal number of the column's precision and scale, or a whole number when the scale is 0."""

    def __init__(self, *args: Any, precision: int, scale: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.precision = precision
        self.scale = scale

    @property
    def checks(self) -> dict[str, str]:
        """The keys that a telephone shows."""
        return {"inputmode": "decimal" if self.scale else "numeric", "autocomplete": "off"}

    def text(self, value: Any) -> str:
        """The number without zeros that say nothing."""
        if value is None:
            return ""
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def parse(self, text: str) -> Decimal | int:
        """The number. Raises `ValueError` when it is none, too fine, or too big for the column."""
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise ValueError("This is not a number.") from None
        if not value.is_finite() or abs(value) >= Decimal(10) ** (self.precision - self.scale):
            raise ValueError("This number is out of range.")
        if value != round(value, self.scale):
            raise ValueError(f"At most {self.scale} decimals." if self.scale else "This is not a whole number.")
        return value if self.scale else int(value)


class ChoiceField(ValueField):
    """One member of an enum: its label is shown, the member is the value."""

    control = "select"

    def __init__(self, *args: Any, members: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members

    @property
    def options(self) -> list[tuple[str, str]]:
        """Value and label of each choice."""
        return [(member.value, getattr(member, "label", member.value)) for member in self.members]

    def text(self, value: Any) -> str:
        """The stored value."""
        return "" if value is None else value.value

    def told(self, text: str) -> str:
        """The label of the choice."""
        return dict(self.options).get(text, text)

    def parse(self, text: str) -> Any:
        """The member. Raises `ValueError` for a value that is none."""
        if text not in set(self.members):
            raise ValueError("This is not one of the choices.")
        return self.members(text)


class FlagField(ValueField):
    """Yes or no as a choice, so that an absent parameter is not a "no"."""

    control = "select"
    options: Sequence[tuple[str, str]] = (("yes", "Yes"), ("no", "No"))

    def text(self, value: Any) -> str:
        """`yes`, `no`, or nothing when it is not known."""
        return "" if value is None else "yes" if value else "no"

    def told(self, text: str) -> str:
        """`Yes` or `No`."""
        return dict(self.options).get(text, text)

    def parse(self, text: str) -> bool:
        """True or False."""
        if text not in {"yes", "no"}:
            raise ValueError("This is not one of the choices.")
        return text == "yes"


class MomentField(ValueField):
    """A time with its zone; without one it is UTC."""

    def text(self, value: Any) -> str:
        """ISO 8601 in UTC, to the microsecond when there is one."""
        return "" if value is None else value.astimezone(dt.UTC).isoformat(sep=" ")

    def parse(self, text: str) -> dt.datetime:
        """The moment."""
        try:
            value = dt.datetime.fromisoformat(text)
            value = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
            return value.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise ValueError("This is not a time such as 2026-03-01 14:30.") from None


class PickerField(ValueField):
    """A reference, chosen from a search; `label_of` finds the label of the row and whether it may be chosen."""

    control = "picker"

    def __init__(self, *args: Any, target: type[Any], label_of: Callable[..., str | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        self.label_of = label_of

    @property
    def shown_label(self) -> str:
        """The label of what is chosen now."""
        return self._label(self.shown) or ""

    def told(self, text: str) -> str:
        """The label of the row."""
        return self._label(text) or text

    def _label(self, text: str) -> str | None:
        try:
            return self.label_of(self.target, uuid.UUID(text)) if text else None
        except ValueError:
            return None

    def parse(self, text: str) -> uuid.UUID:
        """The id of a row that this person may see (ACC-1)."""
        try:
            chosen = uuid.UUID(text)
        except ValueError:
            raise ValueError("Choose one from the list.") from None
        if self.label_of(self.target, chosen, self.short_name) is None:
            raise ValueError("Choose one from the list.")
        return chosen
