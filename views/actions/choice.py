"""What a posted or linked selection means: ticked rows, one record, or all rows that match the filter."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa
from flask import abort, request
from werkzeug.datastructures import MultiDict

from backoffice.actions.base import Action, Target
from backoffice.actions.selection import Ids, Matching, One, Selection
from backoffice.errors import InvalidInputError
from views.ids import parse_uuid
from views.listing.moment import moment
from views.listing.query import ListQuery


def chosen(query: ListQuery, action: Action, values: MultiDict[str, str]) -> Selection:
    """The selection in `values`. A bogus id is a record that does not exist: 404, for the whole batch."""
    if values.get("matching"):
        return matching(query, values.get("filter", ""))
    targets = [_target(query, action, text) for text in dict.fromkeys(values.getlist("rowid"))]
    if values.get("one") and len(targets) == 1:
        return One(id=targets[0].id, version=targets[0].version)
    return Ids(targets=targets)


def matching(query: ListQuery, text: str) -> Matching:
    """All rows that match the filter `text`. Raises `InvalidInputError` for one that nobody can read."""
    try:
        pairs = parse_qsl(text[:8000], keep_blank_values=False, max_num_fields=100)
    except ValueError:
        raise InvalidInputError("This filter is too long.") from None
    question = query.where(MultiDict(pairs), moment())
    if question.problems:
        raise InvalidInputError(question.problems[0])
    model: Any = query.entity.model
    return Matching(ids=sa.select(model.id).where(*question.clauses), filter={"query": text[:8000]})


def _target(query: ListQuery, action: Action, text: str) -> Target:
    """`id.version.content_version`; a bare id means the version of now."""
    head, *versions = text.split(".")
    row_id: uuid.UUID = parse_uuid(head) or abort(404)
    if len(versions) > len(query.pins) or not all(map(_is_version, versions)):
        abort(404)
    pins = dict(zip(query.pins, versions, strict=False))
    version = pins.get(action.version_attribute)
    return Target(id=row_id, version=None if version is None else int(version))


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def carried(values: MultiDict[str, str]) -> list[tuple[str, str]]:
    """The selection again, as hidden fields of the confirmation page."""
    names = ("rowid", "one", "matching", "filter")
    return [(name, value) for name in names for value in values.getlist(name)]


def came_from(otherwise: str) -> str:
    """Path and query of the page of ours that sent this request; `otherwise` when the browser does not tell."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host or not page.path.startswith("/") or page.path.startswith("//"):
        return otherwise
    return f"{page.path}?{page.query}" if page.query else page.path
