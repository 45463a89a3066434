"""The table of access: for each entity and panel, what exists there. What is not declared does not exist."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission, Role
from backoffice.services import scope
from models.base import Base
from models.searchable_name import NameKind
from views.columns import Column

Columns: TypeAlias = tuple[str | Column, ...]
#: What a service says of the rows of a page, by id: sentences, or nothing.
Remarks: TypeAlias = Callable[[Session, Sequence[uuid.UUID]], Mapping[uuid.UUID, Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One way to find a row by what was typed: its name for people, and the condition for a text."""

    hint: str
    #: Takes the text itself, or a parameter that stands for it.
    clause: Callable[[Any], sa.ColumnElement[bool]]
    #: The attribute that it reads; the palette uses it only where the panel shows that, unmasked (ACC-3). None: words
    #: of several, which the palette finds as names.
    reads: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The rows of an entity have a name, or belong to somebody who has: it is found in spite of a typo."""

    kind: NameKind
    #: Attribute with the id of the row that has the name: the row itself, or its vendor.
    via: str = "id"
    #: The attributes that the name is made of; the palette searches it only where the panel shows them (ACC-3).
    reads: tuple[str, ...] = ("name",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Rows of another entity shown on a record page: those whose `via` is the record's id."""

    noun: str
    via: str
    #: The tab that shows them; without one they have a tab of their own.
    tab: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTab:
    """A tab of a record page with a template of its own; the view's `of_tab` says what it shows."""

    label: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A filter that is no column: its options by value, each with its words and the condition that it stands for."""

    key: str
    label: str
    options: Mapping[str, tuple[str, sa.ColumnElement[bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one panel has of one entity.

    Sorts are attributes with an index `(attribute, id)`, a leading `-` for descending; the first is the default. Form
    fields never name statuses or amounts that actions own. `write` is the permission that create, edit and delete need.
    """

    columns: Columns
    detail: Columns = ()
    #: None: this panel does not export this entity; empty: the columns of the list.
    export: Columns | None = ()
    filters: tuple[str, ...] = ()
    #: Filters of rules, beside those of columns.
    asked: tuple[Asked, ...] = ()
    sorts: tuple[str, ...] = ("-created_at",)
    search: bool = True
    create: tuple[str, ...] = ()
    edit: tuple[str, ...] = ()
    delete: bool = False
    write: Permission | None = None
    related: tuple[Related, ...] = ()
    own_tabs: tuple[OwnTab, ...] = ()
    history: bool = False
    #: Heading and source of a last column that a rule computes for the rows of a page, in a few statements.
    remarks: tuple[str, Remarks] | None = None
    #: A condition of the panel on top of the row scope.
    narrow: Callable[[], sa.ColumnElement[bool]] | None = None
    #: Shown in the menu; entities that are only seen inside another one are not.
    in_menu: bool = True

    def scope(self, model: type[Base], acting: Acting) -> sa.ColumnElement[bool]:
        """Which rows this person sees here: their row scope (ACC-1), and what the panel is about."""
        rows = scope.predicate(model, acting)
        return rows if self.narrow is None else sa.and_(rows, self.narrow())

    def shows(self, name: str) -> bool:
        """Whether the attribute is shown as it is, in the list or on the record page: neither masked nor computed."""
        return name in self.columns or name in self.details

    @property
    def details(self) -> Columns:
        """Columns of the record page."""
        return self.detail or self.columns


#: Called with the row and the new values of the attributes that a form is about to change; may refuse.
Guard: TypeAlias = Callable[[Session, Any, Mapping[str, Any], Acting], None]
#: Called with a new row before it is written, to fill what the form does not ask; gives the row to write, which may
#: be another one that a service has made.
Prepare: TypeAlias = Callable[[Session, Any, Acting], Any]
#: Called with the id of a row whose record page a person looks at.
Opened: TypeAlias = Callable[[Session, uuid.UUID, Acting], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One business noun: its model, its words, and its access per panel."""

    noun: str
    model: type[Base]
    label: str
    singular: str
    #: Heading in the menu.
    group: str
    access: Mapping[Role, Access] = field(default_factory=dict)
    search: tuple[Branch, ...] = ()
    guard: Guard | None = None
    prepare: Prepare | None = None
    opened: Opened | None = None
    #: Attributes by which the rows of an imported file are found; panels that make or change rows may import them.
    imports: tuple[str, ...] = ()
    #: How the palette finds it by name.
    named: Named | None = None
    #: Attribute that tells rows of the same name apart, in the palette of panels that show it.
    note: str | None = None

    @property
    def one(self) -> str:
        """The singular as it stands inside a sentence."""
        return _inside(self.singular)

    @property
    def many(self) -> str:
        """The label as it stands inside a sentence."""
        return _inside(self.label)


PANEL_PERMISSIONS: Mapping[Role, Permission] = {
    Role.ADMIN: Permission.PANEL_ADMIN,
    Role.FINANCE: Permission.PANEL_FINANCE,
    Role.LOGISTICS: Permission.PANEL_LOGISTICS,
    Role.VENDOR: Permission.PANEL_VENDOR,
}


def _inside(words: str) -> str:
    """Without the capital of a beginning; abbreviations and names keep theirs."""
    return words if words[1:2].isupper() else words[0].lower() + words[1:]
