"""What all pages of one panel share: its name, its menu, and where each entity's pages are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request

from backoffice.permissions import Role
from models.base import Base
from views.access import Entity


@dataclass(slots=True, kw_only=True)
class Panel:
    """One role's panel. Filled once at start by `views.panels.register`."""

    role: Role
    name: str
    #: Views by noun; only what the panel has.
    views: dict[str, Any] = field(default_factory=dict)
    #: Headings with their (label, path, noun).
    menu: list[tuple[str, list[tuple[str, str, str]]]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Path of the panel's home, without a slash at the end."""
        return f"/{self.role.value}"

    def has(self, model: type[Base]) -> Entity | None:
        """The entity of this model, when the panel has record pages for it."""
        return self._by_model().get(model)

    def _by_model(self) -> dict[type[Base], Entity]:
        return {view.entity.model: view.entity for view in self.views.values() if hasattr(view, "entity")}

    def link(self, model: type[Base], row_id: Any) -> str | None:
        """Path of the record page of a row; None when this panel has none."""
        entity = self.has(model)
        return f"{request.script_root}{self.path}/{entity.noun}/details/?id={row_id}" if entity else None

    def add_to_menu(self, groups: Sequence[str], group: str, label: str, noun: str) -> None:
        """Put a page under its heading, headings in the order of `groups`."""
        entries = dict(self.menu)
        entries.setdefault(group, []).append((label, f"{self.path}/{noun}/", noun))
        self.menu = [(name, entries[name]) for name in groups if name in entries]
