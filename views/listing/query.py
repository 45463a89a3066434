"""The SELECT behind a list: columns only, scoped, filtered, in the order asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from views import cells
from views.access import Access, Entity
from views.columns import Column, resolve
from views.listing import search
from views.listing.filters import PREFIX, Filter, make_filter
from views.listing.keyset import Sort

PAGE_SIZES = (20, 50, 100)
DEFAULT_SIZE = 50
#: Rows are counted only up to here; beyond, the list says "10,000+".
COUNT_LIMIT = 10_000


@dataclass(slots=True, kw_only=True)
class Question:
    """What the address asks of a list."""

    text: str
    sort: Sort
    size: int
    after: str | None
    before: str | None
    clauses: list[sa.ColumnElement[bool]]
    shown: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter is on."""
        return bool(self.text or self.clauses)


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
        self.columns: tuple[Column, ...] = resolve(entity.model, access.columns)
        self.filters: tuple[Filter, ...] = tuple(make_filter(entity.model, name) for name in access.filters)
        self.sorts = {spec.removeprefix("-"): Sort.of(entity.model, spec) for spec in access.sorts}
        #: What the search box says; None without one.
        self.search_hint = search.hint(entity.search) if access.search and entity.search else None
        model: Any = entity.model
        #: Versions that a person sees; actions pin one of them (MOD-1, I8).
        self.pins = [name for name in ("version", "content_version") if hasattr(model, name)]
        head = [cells.as_text(model.id).label("row_id"), *(getattr(model, name) for name in self.pins)]
        self.reader = cells.RowReader(self.columns, offset=len(head) + 1)
        self._sorted_at = len(head)
        parts = cells.parts(self.columns)
        #: One SELECT an order, made once.
        self._selects = {key: sa.select(*head, getattr(model, key).label("sorted"), *parts) for key in self.sorts}

    def where(self, args: MultiDict[str, str]) -> Question:
        """Search and filters of the address, without order and place: what "all matching rows" means."""
        text = search.clean(args.get("q")) if self.search_hint else ""
        clauses: list[sa.ColumnElement[bool]] = []
        question = Question(
            text=text,
            sort=next(iter(self.sorts.values())),
            size=DEFAULT_SIZE,
            after=None,
            before=None,
            clauses=clauses,
            shown={},
        )
        found = search.condition(self.entity.model, self.entity.search, text)
        if found is not None:
            clauses.append(found)
        for each in self.filters:
            answer = each.answer(args)
            clauses.extend(answer.clauses)
            question.shown.update(answer.shown)
            question.problems.extend(answer.problems)
        return question

    def ask(self, args: MultiDict[str, str]) -> Question:
        """Everything the address asks; what it asks wrongly is told in `problems` and left out."""
        question = self.where(args)
        wanted = args.get("sort", "")
        known = self.sorts.get(wanted.removeprefix("-"))
        if known is not None:
            question.sort = Sort.of(self.entity.model, wanted)
        size = args.get("size", "")
        if size.isdecimal() and len(size) < 4 and int(size) in PAGE_SIZES:
            question.size = int(size)
        for side in ("after", "before"):
            cursor = args.get(side)
            if cursor and question.after is None:
                try:
                    question.sort.after(cursor)
                except ValueError as error:
                    question.problems.append(str(error))
                else:
                    setattr(question, side, cursor)
        return question

    def page(self, session: Session, question: Question, acting: Acting) -> Page:
        """One page, in one statement."""
        backwards = question.before is not None
        sort = question.sort
        statement = (
            self._selects[sort.key]
            .where(self.access.scope(self.entity.model, acting), *question.clauses)
            .order_by(*sort.order(backwards=backwards))
            .limit(question.size + 1)
        )
        cursor = question.before or question.after
        if cursor:
            statement = statement.where(sort.after(cursor, backwards=backwards))
        rows: list[Any] = list(session.execute(statement))
        more = len(rows) > question.size
        rows = rows[: question.size]
        if backwards:
            rows.reverse()
        page = Page(rows=rows)
        if rows and (more or backwards):
            page.next = self._cursor(sort, rows[-1])
        if rows and ((more and backwards) or question.after):
            page.previous = self._cursor(sort, rows[0])
        return page

    def _cursor(self, sort: Sort, row: Any) -> str:
        return sort.encode(row[0], row[self._sorted_at])

    def count(self, session: Session, question: Question, acting: Acting) -> str | None:
        """How many rows there are, up to 10,000; None for a search, where counting costs more than the page."""
        if question.text:
            return None
        inner = (
            sa.select(sa.literal_column("1"))
            .select_from(self.entity.model)
            .where(self.access.scope(self.entity.model, acting), *question.clauses)
            .limit(COUNT_LIMIT + 1)
        )
        found = session.execute(sa.select(sa.func.count()).select_from(inner.subquery())).scalar_one()
        return f"{COUNT_LIMIT:,}+" if found > COUNT_LIMIT else f"{found:,}"


def kept(args: MultiDict[str, str], *, without: Sequence[str] = (), only_filter: bool = False) -> str:
    """The address's own parameters as a query string, filters and search only when asked."""
    pairs = [
        (name, value)
        for name, value in args.items(multi=True)
        if name not in without and value and (not only_filter or name == "q" or name.startswith(PREFIX))
    ]
    return urlencode(pairs)
