"""The SELECT behind a list: columns only, scoped, filtered, in the order asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from views.access import Access, Entity
from views.columns import Column
from views.ids import parse_uuid
from views.listing import conditions, search
from views.listing.filters import Filter, make_asked, make_filter
from views.listing.keyset import Sort
from views.listing.layout import Layout, Layouts
from views.listing.times import At

PAGE_SIZES = (20, 50, 100)
DEFAULT_SIZE = 50
#: Rows are counted only up to here; beyond, the list says "10,000+".
COUNT_LIMIT = 10_000
#: Parameters that say where in the list one is.
PLACE = ("after", "before", "last")


@dataclass(slots=True, kw_only=True)
class Question:
    """What the address asks of a list."""

    entity: Entity
    text: str
    sort: Sort
    layout: Layout
    #: The WHERE of the filters.
    filters: list[sa.ColumnElement[bool]]
    size: int = DEFAULT_SIZE
    after: str | None = None
    before: str | None = None
    #: The end of the list.
    last: bool = False
    conditions: list[conditions.Condition] = field(default_factory=list)
    #: Groups of which one condition is enough.
    any_of: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def clauses(self) -> list[sa.ColumnElement[bool]]:
        """The WHERE of search and filters."""
        found = search.condition(self.entity.model, self.entity.search, self.text)
        return [*([] if found is None else [found]), *self.filters]

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter is on."""
        return bool(self.text or self.filters)


@dataclass(slots=True, kw_only=True)
class Page:
    """One page of raw rows, in display order, with what lies on both sides."""

    rows: list[Any]
    next: str | None = None
    previous: str | None = None


class ListQuery:
    """The list of one entity in one panel. Made once at start; `ask`, `page` and `count` serve requests."""

    def __init__(self, entity: Entity, access: Access) -> None:
        self.entity = entity
        self.access = access
        self.filters: dict[str, Filter] = {name: make_filter(entity.model, name) for name in access.filters}
        self.filters |= {one.key: make_asked(one.key, one.label, one.options) for one in access.asked}
        self.sorts = {spec.removeprefix("-"): Sort.of(entity.model, spec) for spec in access.sorts}
        #: What the search box says; None without one.
        self.search_hint = search.hint(entity.search) if access.search and entity.search else None
        #: Versions that a person sees; actions pin one of them (MOD-1, I8).
        self.pins = [name for name in ("version", "content_version") if hasattr(entity.model, name)]
        self.layouts = Layouts(entity, access, self.pins, tuple(self.sorts))
        self.columns: tuple[Column, ...] = self.layouts.usual.columns
        self.reader = self.layouts.usual.reader

    def where(self, args: MultiDict[str, str], at: At | None = None) -> Question:
        """Search and filters of the address, without order and place: what "all matching rows" means."""
        text = search.clean(args.get("q")) if self.search_hint else ""
        asked = conditions.read(self.filters, args, at or At())
        return Question(
            entity=self.entity,
            text=text,
            sort=next(iter(self.sorts.values())),
            layout=self.layouts.usual,
            filters=asked.clauses(),
            conditions=asked.conditions,
            any_of=asked.any_of,
            problems=asked.problems,
        )

    def ask(
        self,
        args: MultiDict[str, str],
        at: At | None = None,
        *,
        columns: Sequence[Any] | None = None,
        sort: str | None = None,
        size: int | None = None,
    ) -> Question:
        """Everything the address asks; what it asks wrongly is told in `problems` and left out.

        `columns`, `sort` and `size` are what this person has chosen for the list; the address comes before them.
        """
        question = self.where(args, at)
        question.layout = self.layouts.of(columns)
        question.sort = self.sort(args.get("sort")) or self.sort(sort) or question.sort
        question.size = page_size(args.get("size")) or page_size(str(size)) or DEFAULT_SIZE
        for side in ("after", "before"):
            cursor = args.get(side)
            if cursor and question.after is None:
                try:
                    question.sort.after(cursor)
                except ValueError as error:
                    question.problems.append(str(error))
                else:
                    setattr(question, side, cursor)
        question.last = bool(args.get("last")) and not (question.after or question.before)
        return question

    def sort(self, wanted: str | None) -> Sort | None:
        """The order of this name, when the list has it."""
        known = self.sorts.get((wanted or "").removeprefix("-"))
        return Sort.of(self.entity.model, wanted) if known is not None and wanted else None

    def page(self, session: Session, question: Question, acting: Acting) -> Page:
        """One page, in one statement."""
        backwards = question.before is not None or question.last
        sort, who = question.sort, _eyes(acting)
        cursor = question.before or question.after
        by_words = bool(question.text) and parse_uuid(question.text) is None
        if question.filters or cursor or (question.text and not by_words):
            statement = _select(self, question.layout, sort, who, backwards=backwards).where(*question.clauses)
            if cursor:
                statement = statement.where(sort.after(cursor, backwards=backwards))
        else:
            statement = _begun(self, question.layout, sort, who, backwards=backwards, by_words=by_words)
        values = {"text": question.text, "size": question.size + 1}
        # Columns and never entities: Core reads them with less ado than the ORM.
        rows: list[Any] = list(session.connection().execute(statement, values))
        more = len(rows) > question.size
        rows = rows[: question.size]
        if backwards:
            rows.reverse()
        page = Page(rows=rows)
        if rows and (question.before or (more and not backwards)):
            page.next = self._cursor(sort, rows[-1])
        if rows and ((more and backwards) or question.after):
            page.previous = self._cursor(sort, rows[0])
        return page

    def _cursor(self, sort: Sort, row: Any) -> str:
        return sort.encode(row[0], row[self.layouts.sorted_at])

    def count(self, question: Question, acting: Acting) -> sa.ScalarSelect[Any] | None:
        """How many rows there are, up to the limit; None for a search, where counting costs more than the page."""
        return None if question.text else self.counted(question, acting, COUNT_LIMIT)

    def counted(self, question: Question, acting: Acting, limit: int) -> sa.ScalarSelect[Any]:
        """How many rows match, as an expression that counts no further than one beyond `limit`."""
        inner = (
            sa.select(sa.literal_column("1"))
            .select_from(self.entity.model)
            .where(self.access.scope(self.entity.model, acting), *question.clauses)
            .limit(limit + 1)
        )
        return sa.select(sa.func.count()).select_from(inner.subquery()).scalar_subquery()


def _eyes(acting: Acting) -> Acting:
    """What the scope of rows depends on, and nothing of the request."""
    return Acting(user_id=acting.user_id, role=acting.role, name="", request_id="")


def _select(listing: ListQuery, layout: Layout, sort: Sort, who: Acting, *, backwards: bool) -> sa.Select[Any]:
    return (
        layout.selects[sort.key]
        .where(listing.access.scope(listing.entity.model, who))
        .order_by(*sort.order(backwards=backwards))
        .limit(sa.bindparam("size", type_=sa.Integer))
    )


@lru_cache(maxsize=256)
def _begun(
    listing: ListQuery, layout: Layout, sort: Sort, who: Acting, *, backwards: bool, by_words: bool
) -> sa.Select[Any]:
    """The first or the last page without filters, kept: to build what is asked most takes longer than to answer it."""
    statement = _select(listing, layout, sort, who, backwards=backwards)
    if not by_words:
        return statement
    return statement.where(search.by_branches(listing.entity.search, sa.bindparam("text", type_=sa.Text)))


def count_text(found: int | None) -> str | None:
    """A count as people read it: `1,234`, or `10,000+`."""
    if found is None:
        return None
    return f"{COUNT_LIMIT:,}+" if found > COUNT_LIMIT else f"{found:,}"


def page_size(text: str | None) -> int | None:
    """A size of page that is offered; None for anything else."""
    return int(text) if text and text.isdecimal() and len(text) < 4 and int(text) in PAGE_SIZES else None


def kept(args: MultiDict[str, str], *, without: Sequence[str] = (), only_filter: bool = False) -> str:
    """The address's own parameters as a query string, filters and search only when asked."""
    pairs = [
        (name, value)
        for name, value in args.items(multi=True)
        if name not in without and value and (not only_filter or name == "q" or conditions.is_condition(name))
    ]
    return urlencode(pairs, errors="replace")
