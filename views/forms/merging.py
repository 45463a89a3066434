"""Two people changed one record: field by field, what it was, what is stored now, and what was typed (I8).

A form carries the texts it was opened with, sealed. What only one of two people changed needs no question; what both
changed is asked for, and the answer is itself a form over the newer version, so that a third change is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from backoffice.security.sealing import seal, unseal
from views.forms.fields import lines

#: Hidden fields of an edit form beside its attributes.
VERSION, OPENED = "row_version", "row_opened"
_PURPOSE = "form"
#: No attribute has a hyphen.
_CHOICE = "choice-"


class Choice(StrEnum):
    """Whose text a field that both changed shall have."""

    ORIGINAL = "original"
    THEIRS = "theirs"
    MINE = "mine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a form was opened with: the row's version, each field's text, and of fields asked about the text before."""

    version: str
    texts: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)

    def sealed(self, row_id: Any) -> str:
        """As the form carries it."""
        return seal(_PURPOSE, [str(row_id), self.version, dict(self.texts), dict(self.before)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A field that both changed; `original` is None when the form did not say what it was opened with."""

    name: str
    original: str | None
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What becomes of each field."""

    #: What the fields of the form hold now.
    typed: MultiDict[str, str]
    asked: Mapping[str, Question]
    #: What the fields that only one of the two changed were before.
    by_them: Mapping[str, str | None]
    by_me: Mapping[str, str | None]


def opened(sent: Mapping[str, str], row_id: Any) -> Opened | None:
    """What the form says it was opened with; None when it does not say so, or about another row or version."""
    found = unseal(_PURPOSE, sent.get(OPENED))
    if found is None or found[:2] != [str(row_id), sent.get(VERSION)]:
        return None
    return Opened(version=found[1], texts=found[2], before=found[3])


def chosen(sent: MultiDict[str, str], base: Opened | None) -> MultiDict[str, str]:
    """What was sent, with the text that was chosen in each field that was asked about."""
    result = MultiDict(sent)
    for name in base.before if base is not None else ():
        choice = sent.get(_CHOICE + name)
        if base is not None and choice == Choice.ORIGINAL:
            result[name] = base.before[name]
        elif base is not None and choice == Choice.THEIRS:
            result[name] = base.texts[name]
    return result


def merge(names: Sequence[str], stored: Mapping[str, str], sent: MultiDict[str, str], base: Opened | None) -> Merge:
    """Decide each field: `stored` is what the row holds now, `sent` what came with the form over `base`."""
    typed = chosen(sent, base)
    texts, earlier = (base.texts, base.before) if base is not None else ({}, {})
    asked: dict[str, Question] = {}
    by_them: dict[str, str | None] = {}
    by_me: dict[str, str | None] = {}
    for name in names:
        theirs, mine = lines(stored[name]), lines(typed.get(name, stored[name]))
        was = lines(texts[name]) if name in texts else None
        if name in earlier and was != theirs:
            # It was asked about and changed again, so the answer was about something else.
            mine = lines(sent.get(name, mine))
            asked[name] = Question(name=name, original=earlier[name], theirs=theirs, mine=mine)
        elif name not in sent or mine in {theirs, was}:
            if was not in {None, theirs}:
                by_them[name] = was
            mine = theirs
        elif was == theirs:
            by_me[name] = was
        else:
            asked[name] = Question(name=name, original=was, theirs=theirs, mine=mine)
        typed[name] = mine
    return Merge(typed=typed, asked=asked, by_them=by_them, by_me=by_me)


def before(asked: Mapping[str, Question]) -> dict[str, str]:
    """The texts that the next form can go back to, field by field."""
    return {name: one.theirs if one.original is None else one.original for name, one in asked.items()}
