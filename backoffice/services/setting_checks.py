"""What a business setting may be; each check raises `InvalidInputError`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, TypeAlias

from backoffice.errors import InvalidInputError
from backoffice.money import CURRENCIES, parse_amount

Check: TypeAlias = Callable[[Any], None]
_RATE: Final = re.compile(r"[01](\.[0-9]{1,6})?")
_EMAIL: Final = re.compile(r"([^@\s]+@[^@\s]+)?")


def _unusable(sentence: str) -> InvalidInputError:
    return InvalidInputError(sentence, field="value")


def flag(value: Any) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise _unusable("Write true or false.")


def whole(low: int, high: int) -> Check:
    """A whole number between `low` and `high`."""

    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _unusable(f"Write a whole number from {low} to {high}.")

    return check


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(value: Any) -> None:
        if value not in choices:
            raise _unusable(f"Write one of: {', '.join(map(json.dumps, choices))}.")

    return check


def currency(value: Any) -> None:
    """An ISO 4217 code (MON-2)."""
    if value not in CURRENCIES:
        raise _unusable('Write the three letters of a currency, like "USD".')


def email(value: Any) -> None:
    """An address, or nothing."""
    if not isinstance(value, str) or not _EMAIL.fullmatch(value):
        raise _unusable('Write an address like "ann@example.com", or "" for nobody in particular.')


def rate(value: Any) -> None:
    """A fraction as text, with six decimals at most (COM-7)."""
    if not isinstance(value, str) or not _RATE.fullmatch(value) or Decimal(value) > 1:
        raise _unusable('Write a fraction from 0 to 1 with at most six decimals, like "0.125".')


def days(value: Any) -> None:
    """Days after something, each later than the one before (SUB-5)."""
    usable = isinstance(value, list) and 0 < len(value) <= 20 and all(type(day) is int for day in value)
    if not usable or value != sorted(set(value)) or not 0 <= value[0] <= value[-1] <= 90:
        raise _unusable("Write days from 0 to 90 in rising order, like [0, 1, 3].")


def amounts(value: Any) -> None:
    """Amounts as text by currency (MON-1)."""
    if not isinstance(value, dict):
        raise _unusable('Write amounts by currency, like {"USD": "500.00"}.')
    for code, amount in value.items():
        currency(code)
        if not isinstance(amount, str):
            raise _unusable(f'Write the amount of {code} in quotes, like "500".')
        try:
            negative = parse_amount(amount, code) < 0
        except InvalidInputError as error:
            raise _unusable(f"{code}: {error.message}") from error
        if negative or amount != amount.strip() or "," in amount or " " in amount:
            raise _unusable(f'Write the amount of {code} as digits, like "500".')
