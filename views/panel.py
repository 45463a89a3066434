"""What all pages of one panel share: its name, its menu, and where each entity's pages are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from flask import request

from backoffice.permissions import Role
from backoffice.security.redirects import local_path
from models.base import Base
from views.access import Entity
from views.palette import places


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A heading of the menu: an area of work."""

    label: str
    icon: str


@dataclass(kw_only=True)
class Panel:
    """One role's panel. Filled once at start by `views.panels.register`."""

    role: Role
    name: str
    #: Views by noun; only what the panel has.
    views: dict[str, Any] = field(default_factory=dict)
    #: Headings with their (label, path, noun).
    menu: list[tuple[Group, list[tuple[str, str, str]]]] = field(default_factory=list)
    #: Nouns beside whose entries the menu tells how much waits.
    counted: frozenset[str] = frozenset()
    _entities: dict[Any, Entity] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Path of the panel's home, without a slash at the end."""
        return f"/{self.role.value}"

    def has(self, model: type[Base] | None) -> Entity | None:
        """The entity of this model, when the panel has record pages for it."""
        return self._entities.get(model) if model is not None else None

    def view_of(self, model: type[Base] | None) -> Any:
        """The view of this model's entity; None where the panel has none."""
        entity = self.has(model)
        return None if entity is None else self.views[entity.noun]

    def address(self, target: str | None) -> str | None:
        """`target` when it is a page of this panel, to which a person may be sent back (I10)."""
        path = local_path(target)
        inside = f"{request.script_root}{self.path}/"
        # Browsers take the dots out before they ask, and might end up in another panel.
        if path is None or not path.startswith(inside) or ".." in unquote(path.partition("?")[0]).split("/"):
            return None
        return path

    def shows(self, noun: str) -> bool:
        """Whether the noun has a list in the menu."""
        return noun in self.views and self.views[noun].access.in_menu

    def add_view(self, view: Any) -> None:
        """Take in the view of an entity."""
        self.views[view.entity.noun] = view
        self._entities[view.entity.model] = view.entity

    def linker(self) -> Callable[[type[Any] | None, Any], str | None]:
        """A function from entity and id to the path of the record page, for the cells of one answer."""
        root = request.script_root + self.path
        prefixes = {model: f"{root}/{entity.noun}/details/?id=" for model, entity in self._entities.items()}

        def link(model: type[Any] | None, row_id: Any) -> str | None:
            prefix = prefixes.get(model)
            return prefix and f"{prefix}{row_id}"

        return link

    @cached_property
    def letters(self) -> list[places.Place]:
        """The pages that a letter leads to, after `g`; found once, because every page of the panel tells them."""
        return [place for place in places.pages(self) if place.letter]

    def add_to_menu(self, groups: Sequence[Group], group: str, label: str, noun: str) -> None:
        """Put a page under its heading, headings in the order of `groups`."""
        entries = {each.label: found for each, found in self.menu}
        entries.setdefault(group, []).append((label, f"{self.path}/{noun}/", noun))
        self.menu = [(each, entries[each.label]) for each in groups if each.label in entries]
