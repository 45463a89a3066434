"""What each row of a file would do: asked of the page's own forms, and of the database under a savepoint, undone after.

So a row is new, changed, unchanged or bad for the same reasons as if somebody had typed it, in the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.services import constraints
from backoffice.services.imports.request import Chosen, Judged
from backoffice.services.imports.values import packed
from models.base import uuid7
from models.imports import Verdict
from views.access import Access, Entity
from views.forms import saving
from views.forms.convert import RowForm, make_form
from views.imports import mapping
from views.imports.typed import Cells

_FIXED = "This cannot be changed by an import."
#: Rows that are sent to the database together.
_GROUP = 25


class Judge:
    """Judges the rows of one file for one person."""

    def __init__(self, entity: Entity, access: Access, chosen: Chosen, session: Session, acting: Acting) -> None:
        self._entity, self._access, self._chosen = entity, access, chosen
        self._session, self._acting = session, acting
        self._model: Any = entity.model
        self._cells = Cells(session, entity.model, acting)
        self._labels = mapping.fields(access)
        self._create = make_form(entity.model, access.create, self._cells.label_of)
        self._edit = make_form(entity.model, access.edit, self._cells.label_of)
        every = make_form(entity.model, list(self._labels), self._cells.label_of)
        self._fields = {field.name: field for field in every()}
        self._any: type[RowForm] = every
        self._lines: dict[str, int] = {}
        self._one_by_one = False

    def judge(self, rows: Sequence[tuple[int, list[Any]]]) -> list[Judged]:
        """The verdict on each row; nothing of it is left in the database."""
        read = [
            (number, {name: cells[place] for place, name in self._chosen.mapping.items() if cells[place] is not None})
            for number, cells in rows
        ]
        tried = self._session.begin_nested()
        try:
            found = self._found([key for _, cells in read if (key := self._key(cells))])
            groups = [read[at : at + _GROUP] for at in range(0, len(read), _GROUP)]
            return [judged for group in groups for judged in self._together(group, found)]
        finally:
            tried.rollback()

    def _together(
        self, rows: Sequence[tuple[int, Mapping[str, Any]]], found: Mapping[str, list[Any]]
    ) -> Sequence[Judged]:
        """The verdicts on some rows: sent together, and again one by one when the database refuses any of them."""
        lines = dict(self._lines)
        try:
            with self._session.begin_nested():
                judged = [self._row(number, cells, found) for number, cells in rows]
                self._session.flush()
        except OperationalError:
            raise
        except DBAPIError:
            self._lines, self._one_by_one = lines, True
            judged = [self._row(number, cells, found) for number, cells in rows]
        self._one_by_one = False
        return judged

    def _key(self, cells: Mapping[str, Any]) -> str | None:
        """What finds the row; None when the cell is empty or cannot be read."""
        cell = cells.get(self._chosen.key)
        return self._cells.typed(self._fields[self._chosen.key], cell) if isinstance(cell, str) else None

    def _found(self, keys: Sequence[str]) -> Mapping[str, list[Any]]:
        """The rows that these keys mean, as far as the person may see them here (ACC-1)."""
        column = getattr(self._model, self._chosen.key)
        scope = self._access.scope(self._model, self._acting)
        found: dict[str, list[Any]] = {}
        for row in self._session.scalars(sa.select(self._model).where(column.in_(set(keys)), scope)):
            found.setdefault(getattr(row, self._chosen.key), []).append(row)
        return found

    def _row(self, number: int, cells: Mapping[str, Any], found: Mapping[str, list[Any]]) -> Judged:
        told: dict[str, str] = {}
        typed = {}
        for name, cell in cells.items():
            try:
                typed[name] = self._cells.typed(self._fields[name], cell)
            except ValueError as problem:
                told[name] = str(problem)
        key = typed.get(self._chosen.key)
        if key is None:
            told.setdefault(self._chosen.key, "It is needed to find the row.")
        elif problem := self._problem_of_key(number, key, found):
            told[self._chosen.key] = problem
        if key is None or self._chosen.key in told:
            return _bad(number, self._sentences(told))
        rows = found.get(key, [])
        return self._changed(number, typed, told, rows[0]) if rows else self._new(number, typed, told)

    def _problem_of_key(self, number: int, key: str, found: Mapping[str, list[Any]]) -> str | None:
        if self._lines.setdefault(key, number) != number:
            return f"Line {self._lines[key]} has the same."
        if len(found.get(key, [])) > 1:
            return "There are several with this one."
        if key in found and not self._access.edit:
            return "There is one already, and it cannot be changed here."
        if key not in found and not self._access.create:
            return f"There is no {self._entity.one} with this one."
        return None

    def _changed(self, number: int, typed: Mapping[str, str], told: dict[str, str], row: Any) -> Judged:
        names = self._access.edit
        fixed = self._any(MultiDict({name: text for name, text in typed.items() if name not in names}), obj=row)
        told |= {name: _FIXED for name in saving.touched(fixed, list(typed)) if name not in names}
        form = self._edit(MultiDict({name: text for name, text in typed.items() if name in names}), obj=row)
        if not form.validate() or told:
            return _bad(number, self._sentences(told, form))
        changed = saving.touched(form, names)
        row_id, version = row.id, row.version
        if not changed:
            return Judged(position=number, verdict=Verdict.UNCHANGED, target_id=row_id, target_version=version)
        changes = {name: _change(form[name], form[name].object_data) for name in names if name in changed}
        try:
            if self._entity.guard is not None:
                data = {name: form[name].data for name in changed}
                self._entity.guard(self._session, row, data, self._acting)
        except DomainError as refusal:
            return _bad(number, [refusal.message])
        refused = self._try(lambda: self._apply(form, row, changed), names)
        if refused is not None:
            return _bad(number, [refused])
        told_too = [waits] if (waits := saving.waits(form)) else []
        return Judged(
            position=number,
            verdict=Verdict.CHANGED,
            target_id=row_id,
            target_version=version,
            changes=changes,
            messages=told_too,
        )

    def _apply(self, form: RowForm, row: Any, changed: frozenset[str]) -> None:
        form.waiting = saving.apply(self._session, form, row, changed, self._acting)

    def _new(self, number: int, typed: Mapping[str, str], told: dict[str, str]) -> Judged:
        names = self._access.create
        told |= {name: "A new one cannot have this." for name in typed if name not in names}
        form = self._create(MultiDict({name: text for name, text in typed.items() if name in names}))
        if not form.validate() or told:
            return _bad(number, self._sentences(told, form))
        row_id = uuid7()
        row = self._model(id=row_id)
        saving.fill(form, row, frozenset(name for name in names if form[name].data is not None))
        try:
            if self._entity.prepare is not None:
                row = self._entity.prepare(self._session, row, self._acting)
        except DomainError as refusal:
            return _bad(number, [refusal.message])
        changes = _values(row, form)
        refused = self._try(lambda: self._session.add(row), names)
        if refused is not None:
            return _bad(number, [refused])
        return Judged(position=number, verdict=Verdict.NEW, target_id=row_id, changes=changes)

    def _try(self, change: Callable[[], None], names: Sequence[str]) -> str | None:
        """Make a change, and send it when rows go one by one: what a constraint refuses is a sentence, and undone."""
        if not self._one_by_one:
            change()
            return None
        try:
            with self._session.begin_nested():
                change()
                self._session.flush()
        except OperationalError:
            raise
        except DBAPIError as error:
            name = saving.field_of(error, names)
            sentence = constraints.sentence_for(error)
            return f"{self._labels[name]}: {sentence}" if name is not None else sentence
        return None

    def _sentences(self, told: Mapping[str, str], form: RowForm | None = None) -> list[str]:
        """What is told of the cells, and what the form says of the other fields."""
        found = [f"{self._labels[name]}: {sentence}" for name, sentence in told.items()]
        errors = [(field, error) for field in form or () for error in field.errors if field.name not in told]
        return [*found, *(f"{self._labels[field.name]}: {error}" for field, error in errors)]


def _bad(number: int, told: Sequence[str]) -> Judged:
    return Judged(position=number, verdict=Verdict.BAD, messages=list(dict.fromkeys(told)))


def _change(field: Any, before: Any) -> dict[str, Any]:
    """A changed attribute: as it is written, and as people read it."""
    was, now = (field.told(field.text(value)) for value in (before, field.data))
    return {"before": packed(before), "after": packed(field.data), "was": was, "is": now}


def _values(row: Any, form: RowForm) -> dict[str, dict[str, Any]]:
    """Every attribute that a new row is given; what the form does not ask is not shown."""
    held = {one.key: row.__dict__[one.key] for one in sa.inspect(type(row)).column_attrs if one.key in row.__dict__}
    shown = {field.name: field.told(field.text(field.data)) for field in form if field.data is not None}
    return {
        name: {"after": packed(value), **({"is": shown[name]} if name in shown else {})}
        for name, value in held.items()
        if name != "id"
    }
