"""Where in a list a record stands: the list that the person came from, and the rows before and after in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from backoffice.permissions import Role
from backoffice.services import saved_views
from views.listing.opening import NO_VIEW, VIEW, asked, open_list
from views.listing.query import PLACE, ListQuery

#: Parameter that carries the list's address from record to record.
PARAMETER = "in"
_LONGEST = 2000
#: Where a list was scrolled to says nothing about which rows it has.
_PLACE = frozenset({*PLACE, "size"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Ids of the neighbours of a record in a list, and the list's query; None where it ends."""

    query: str
    previous: uuid.UUID | None
    next: uuid.UUID | None


def list_query(list_path: str) -> str | None:
    """The query of the list that the person came from: carried in the address, else that of the page before.

    None for whoever came from elsewhere.
    """
    carried = request.args.get(PARAMETER)
    if carried is not None:
        return carried[:_LONGEST]
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host or page.path != list_path:
        return None
    kept = urlencode([(name, value) for name, value in _pairs(page.query) if name not in _PLACE])[:_LONGEST]
    # A list that was open without its default view must not get it for the way back.
    return kept or (f"{VIEW}={NO_VIEW}" if page.query else "")


def place(panel: Role, query: ListQuery, session: Session, row_id: uuid.UUID, text: str, acting: Acting) -> Place:
    """The neighbours of the row in the list as `text` opens it for this person, in four statements.

    As on the list itself, a saved view and the person's own order count also where the address does not say them.
    """
    args = MultiDict([(name, value) for name, value in _pairs(text) if name not in _PLACE])
    preference, views = saved_views.of_list(session, panel, query.entity.noun, acting)
    question = asked(query, open_list(args, views), preference)
    model: Any = query.entity.model
    value = session.scalar(sa.select(getattr(model, question.sort.key)).where(model.id == row_id))
    if value is None:
        return Place(query=text, previous=None, next=None)
    cursor, question.size = question.sort.encode(row_id, value), 1
    question.before = cursor
    before = query.page(session, question, acting).rows
    question.before, question.after = None, cursor
    after = query.page(session, question, acting).rows
    return Place(query=text, previous=_id(before), next=_id(after))


def _id(rows: list[Any]) -> uuid.UUID | None:
    return uuid.UUID(str(rows[0][0])) if rows else None


def _pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query[:_LONGEST], keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return []
