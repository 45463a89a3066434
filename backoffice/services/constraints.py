"""What PostgreSQL refused, as a sentence a person understands; the constraint's name is the key.

Names that say too little have an entry in `SENTENCES`. The others are read: an enum's CHECK, a unique key and a
reference can be put into words from the table and its columns.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from backoffice.errors import DomainError
from backoffice.services.constraint_sentences import SENTENCES
from models.base import Base

#: SQLSTATE of what a person can mend; 23001 is what PostgreSQL 18 says where older ones said 23503.
_UNIQUE, _REFERENCE, _RESTRICT, _MISSING, _EXCLUDED = "23505", "23503", "23001", "23502", "23P01"
_CONFLICTS = {_UNIQUE, _REFERENCE, _RESTRICT, _EXCLUDED}
_GENERIC = "The database refused this, because the values do not fit together."


def sentence_for(exc: BaseException) -> str:
    """The refusal in words: never SQL, never the row (flask-admin #6)."""
    diagnosis = _diagnosis(exc)
    name = str(getattr(diagnosis, "constraint_name", None) or "")
    table = str(getattr(diagnosis, "table_name", None) or "")
    if name in SENTENCES:
        return SENTENCES[name]
    code = _code(exc)
    if code == _UNIQUE:
        return _taken(table, name)
    if code in {_REFERENCE, _RESTRICT}:
        return _reference(table, name, str(getattr(diagnosis, "message_detail", None) or ""))
    if code == _MISSING:
        return f"{_words(str(getattr(diagnosis, 'column_name', None) or 'a value')).capitalize()} must be filled in."
    if code.startswith("22"):
        return "A value is too long, too large, or not of the right kind."
    return _check(table, name)


def refusal_for(exc: DBAPIError) -> DomainError:
    """The same as an error to raise: 409 for what collides with other rows, 422 for what is wrong in itself."""
    code = _code(exc)
    name = getattr(_diagnosis(exc), "constraint_name", None)
    moved = str(name or "").startswith("tr_")
    return DomainError(sentence_for(exc), code=name or "invalid", status=409 if moved or code in _CONFLICTS else 422)


def _taken(table: str, name: str) -> str:
    columns = _columns(table, name)
    what = " and ".join(_words(column.removesuffix("_id")) for column in columns) or "value"
    return f"Another {_noun(table)} already has this {what}."


def _reference(table: str, name: str, detail: str) -> str:
    if "referenced from" in detail:
        return f"This cannot be deleted, because {_words(table)} refer to it."
    column = next(iter(_columns(table, name)), "record").removesuffix("_id")
    return f"The chosen {_words(column)} does not exist any more."


def _check(table: str, name: str) -> str:
    """A CHECK without an entry: its name is written to be read, such as `ck_products_price_positive`."""
    rule = name.removeprefix("ck_").removeprefix("tr_").removeprefix(f"{table}_")
    if not rule or not table:
        return _GENERIC
    if rule in _column_names(table):
        return f"The {_words(rule)} is not one of the values that are allowed, or may not follow the present one."
    for ending, meaning in _ENDINGS.items():
        if rule.endswith(ending):
            return f"The {_words(rule.removesuffix(ending))} {meaning}."
    return f"The values do not fit together ({_words(rule)})."


_ENDINGS = {
    "_not_negative": "cannot be negative",
    "_positive": "must be more than zero",
    "_range": "is outside its range",
    "_known": "is not one that is used here",
    "_exact": "has more decimals than its currency",
    "_format": "is not written in the right form",
}


def _columns(table: str, name: str) -> list[str]:
    """Columns of the named constraint or unique index, as the models declare it."""
    declared = Base.metadata.tables.get(table)
    if declared is None:
        return []
    rules: list[Any] = [*declared.constraints, *declared.indexes]
    return [column.name for one in rules if one.name == name for column in one.columns]


def _column_names(table: str) -> set[str]:
    declared = Base.metadata.tables.get(table)
    return set(declared.columns.keys()) if declared is not None else set()


def _noun(table: str) -> str:
    """The singular of a table's name, in words."""
    words = _words(table)
    if words.endswith("ies"):
        return words[:-3] + "y"
    return words.removesuffix("s") or "record"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _diagnosis(exc: BaseException) -> Any:
    return getattr(getattr(exc, "orig", exc), "diag", None)


def _code(exc: BaseException) -> str:
    return str(getattr(getattr(exc, "orig", exc), "sqlstate", None) or "")
