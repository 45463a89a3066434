"""Where the palette leads besides records: pages of the menu, forms for something new, lists with an action."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backoffice.acting import Acting
from backoffice.services import names

SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page that has a name. `note` says more about it; `letter` leads there after `g`."""

    label: str
    path: str
    note: str = ""
    letter: str = ""


def pages(panel: Any) -> list[Place]:
    """The home page, the menu, the person's own page, and a page for each thing that can be made here."""
    entries = [entry for _, group in panel.menu for entry in group]
    letters = _letters([label for label, _, _ in entries])
    found = [Place(label="Home", path=f"{panel.path}/", letter="h")]
    found += [
        Place(label=label, path=path, letter=letter) for (label, path, _), letter in zip(entries, letters, strict=True)
    ]
    found.append(Place(label="Profile", path=f"{panel.path}/profile/"))
    for noun, view in panel.views.items():
        if view.access.create:
            found.append(Place(label=f"New {view.entity.one}", path=f"{panel.path}/{noun}/new/"))
    return found


def actions(panel: Any, acting: Acting) -> list[Place]:
    """What the person can do to many rows: on the list where they are ticked."""
    return [
        Place(label=action.label, path=f"{panel.path}/{noun}/", note=view.entity.label)
        for noun, view in panel.views.items()
        for action in view.actions_here(acting, bulk=True)
    ]


def fitting(places: Sequence[Place], text: str) -> list[Place]:
    """Those of which every typed word begins a word, or the whole is a part; the names that begin so first."""
    typed, lower = names.words(text), text.lower()
    found = [place for place in places if _fits(place, typed) or (typed and lower in place.label.lower())]
    return sorted(found, key=lambda place: not place.label.lower().startswith(lower))[:SHOWN]


def _fits(place: Place, typed: Sequence[str]) -> bool:
    held = names.words(f"{place.label} {place.note}")
    return bool(typed) and all(any(word.startswith(one) for word in held) for one in typed)


def _letters(labels: Sequence[str]) -> Iterator[str]:
    """For each label the first of its letters that none before has; `h` is the home page's."""
    taken = {"h"}
    for label in labels:
        letter = next((one for one in label.lower() if one.isalpha() and one not in taken), "")
        taken.add(letter)
        yield letter
