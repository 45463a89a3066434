"""What the columns of a file mean: guessed from their headings, and chosen by the person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from backoffice.errors import InvalidInputError
from backoffice.services.imports.request import Chosen
from models import Import
from models.imports import ImportMode
from views.access import Access, Entity
from views.columns import words

_NO_LETTERS = re.compile(r"[\W_]+")
#: The second column of an amount, in the files that lists are exported to.
_CURRENCY = "currency"


def fields(access: Access) -> dict[str, str]:
    """Label of every attribute that the forms of this panel have, by name."""
    return {name: words(name) for name in dict.fromkeys((*access.create, *access.edit))}


def keys(entity: Entity, access: Access) -> list[str]:
    """The attributes by which this panel may find rows; none where it may neither make nor change them."""
    known = fields(access)
    return [name for name in entity.imports if name in known]


def guessed(headings: Sequence[str], known: Mapping[str, str]) -> dict[int, str]:
    """The attribute of each column whose heading is its name or label, whatever the case and the signs."""
    meant = {_plain(text): name for name, label in known.items() for text in (name, name.removesuffix("_id"), label)}
    found: dict[int, str] = {}
    for number, heading in enumerate(headings):
        name = meant.get(_plain(heading))
        if name is not None and name not in found.values():
            found[number] = name
    if _CURRENCY in known and _CURRENCY not in found.values():
        second = [number for number, heading in enumerate(headings) if _plain(heading).endswith(_CURRENCY)]
        found |= dict.fromkeys(second[:1], _CURRENCY)
    return found


def chosen(sent: Mapping[str, str], kept: Import, entity: Entity, access: Access) -> Chosen:
    """What the person has chosen. Raises `InvalidInputError` with the field at fault."""
    known = fields(access)
    found: dict[int, str] = {}
    for number, heading in enumerate(kept.headings):
        name = sent.get(f"column_{number}", "")
        if name and name not in known:
            raise InvalidInputError(f"Choose what “{heading}” means from the list.", field=f"column_{number}")
        if name in found.values():
            raise InvalidInputError(f"Two columns are both {known[name]}. Leave one out.", field=f"column_{number}")
        if name:
            found[number] = name
    key = sent.get("key", "")
    if key not in keys(entity, access):
        raise InvalidInputError("Choose by what rows are found.", field="key")
    if key not in found.values():
        raise InvalidInputError(f"No column is {known[key]}, by which rows are found.", field="key")
    try:
        mode = ImportMode(sent.get("mode", ""))
    except ValueError:
        raise InvalidInputError("Choose what a bad row means.", field="mode") from None
    return Chosen(mapping=found, key=key, mode=mode)


def _plain(text: str) -> str:
    return _NO_LETTERS.sub("", text.casefold())
