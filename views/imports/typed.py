"""From the text of a cell to what a person would have typed into the form: references by name, choices by label."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services import scope
from backoffice.services.exports.texts import safe_cell
from models import Category, User
from views.choosable import choosable
from views.columns import words
from views.forms.fields import ChoiceField, FlagField, PickerField
from views.ids import parse_uuid
from views.labels import label

#: By what a reference may be written, beside its id; where there is no entry it is the label.
_WRITTEN: Mapping[type[Any], tuple[str, ...]] = {Category: ("slug", "name"), User: ("email",)}
_FLAGS = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}


class Cells:
    """Reads cells of rows of `model` for one person; what a reference means is asked once for all rows."""

    def __init__(self, session: Session, model: type[Any], acting: Acting) -> None:
        self._session, self._model, self._acting = session, model, acting
        self._known: dict[tuple[Any, str, str], uuid.UUID | str] = {}
        self._labels: dict[tuple[Any, uuid.UUID, str | None], str] = {}

    def typed(self, field: Any, cell: Any) -> str:
        """What to send to `field`. Raises `ValueError` with a sentence."""
        if isinstance(cell, dict):
            raise ValueError(cell["problem"])  # noqa: TRY004 - it is about the cell, as every sentence here
        if isinstance(field, PickerField):
            return str(self._id(field.target, field.name, cell))
        if isinstance(field, FlagField):
            return _FLAGS.get(cell.casefold(), cell)
        if isinstance(field, ChoiceField):
            return {shown.casefold(): value for value, shown in field.options}.get(cell.casefold(), cell)
        # Our own exports put an apostrophe before what a spreadsheet would run.
        return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell

    def label_of(self, target: type[Any], row_id: uuid.UUID, name: str | None = None) -> str | None:
        """The label of a row that this person may see, and choose for `name`; None for any other (ACC-1)."""
        asked = (target, row_id, name)
        if asked not in self._labels:
            found = self._session.scalar(sa.select(label(target)).where(target.id == row_id, self._fits(target, name)))
            if found is None:
                return None
            self._labels[asked] = found
        return self._labels[asked]

    def _id(self, target: type[Any], name: str, text: str) -> uuid.UUID:
        """The row that is meant. One of the same kind may itself be in the file, so that is not remembered."""
        row_id = parse_uuid(text)
        if row_id is not None:
            return row_id
        if target is self._model:
            return self._look_up(target, name, text)
        asked = (target, name, text)
        if asked not in self._known:
            try:
                self._known[asked] = self._look_up(target, name, text)
            except ValueError as problem:
                self._known[asked] = str(problem)
        known = self._known[asked]
        if isinstance(known, str):
            raise ValueError(known)  # noqa: TRY004 - it is about the cell, as every sentence here
        return known

    def _look_up(self, target: type[Any], name: str, text: str) -> uuid.UUID:
        """The one row of this name. Raises `ValueError` with a sentence."""
        for column in [getattr(target, one) for one in _WRITTEN.get(target, ())] or [label(target)]:
            # Addresses are stored in small letters.
            wanted = text.lower() if target is User else text
            found = self._session.scalars(
                sa.select(target.id).where(column == wanted, self._fits(target, name)).limit(2)
            ).all()
            if len(found) == 1:
                return found[0]
            if found:
                raise ValueError(f"There are several called “{text[:80]}”. Write the id of the right one.")
        raise ValueError(f"There is no {words(name).lower()} “{text[:80]}”.")

    def _fits(self, target: type[Any], name: str | None) -> sa.ColumnElement[bool]:
        fits = sa.true() if name is None else choosable(target, name)
        return sa.and_(scope.predicate(target, self._acting), fits)
