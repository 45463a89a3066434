"""The active filters as people read them, each with the address that leaves it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from backoffice.services import scope
from views.ids import parse_uuid
from views.labels import label
from views.listing import conditions
from views.listing.opening import NO_VIEW, VIEW
from views.listing.query import PLACE, Question


class Chip(NamedTuple):
    """One condition in words; `joint` stands before it where it is one of several of which one is enough."""

    text: str
    without: str
    group: int = 0
    joint: str | None = None


def labels(session: Session, asked: Sequence[conditions.Condition], acting: Acting) -> dict[str, str]:
    """Labels of the rows that conditions refer to, in one statement; foreign ones have none (ACC-1)."""
    return labels_and_count(session, asked, acting, None)[0]


def labels_and_count(
    session: Session, asked: Sequence[conditions.Condition], acting: Acting, count: sa.ScalarSelect[Any] | None
) -> tuple[dict[str, str], int | None]:
    """As `labels`, and the number that `count` stands for, all in one statement; in none when nothing is asked."""
    wanted: dict[Any, dict[Any, str]] = {}
    for one in asked:
        if conditions.needs_label(one):
            for text in one.values:
                row_id = parse_uuid(text)
                if row_id is not None:
                    wanted.setdefault(one.filter.target, {})[row_id] = text
    parts: list[Any] = [
        sa.select(target.id.label("id"), label(target).label("text"), sa.cast(sa.null(), sa.BigInteger).label("number"))
        .select_from(target)
        .where(target.id.in_(list(ids)), scope.predicate(target, acting))
        for target, ids in wanted.items()
    ]
    if count is not None:
        nothing = sa.cast(sa.null(), sa.Uuid).label("id"), sa.cast(sa.null(), sa.Text).label("text")
        parts.append(sa.select(*nothing, count.label("number")))
    if not parts:
        return {}, None
    spelled = {row_id: text for ids in wanted.values() for row_id, text in ids.items()}
    found = session.execute(sa.union_all(*parts) if len(parts) > 1 else parts[0]).all()
    named = {spelled[row_id]: str(text) for row_id, text, _ in found if text is not None}
    return named, next((number for row_id, _, number in found if row_id is None), None)


def chips(question: Question, args: MultiDict[str, str], names: Mapping[str, str]) -> list[Chip]:
    """A chip for the search and for each condition."""
    made = [Chip(f"Search “{question.text}”", address(args, {("q", value) for value in args.getlist("q")}))]
    made = made if question.text else []
    before: set[int] = set()
    for one in question.conditions:
        joint = "or" if one.group in question.any_of and one.group in before else None
        before.add(one.group)
        made.append(Chip(one.sentence(names), address(args, set(one.pairs), stripped=True), one.group, joint))
    return made


def address(args: MultiDict[str, str], leave_out: set[tuple[str, str]], *, stripped: bool = False) -> str:
    """The query string without these parameters and without a place; `view=none` when no filter is left."""
    pairs = [
        (name, value)
        for name, value in args.items(multi=True)
        if value and name not in PLACE and (name, value.strip() if stripped else value) not in leave_out
    ]
    if not any(name == "q" or conditions.asks(name) for name, _ in pairs):
        pairs = [(VIEW, NO_VIEW), *((name, value) for name, value in pairs if name in {"sort", "size"})]
    return "?" + urlencode(pairs, errors="replace")


def cleared(args: MultiDict[str, str]) -> str:
    """The list without search and filters, in the same order."""
    kept = [(name, args[name]) for name in ("sort", "size") if args.get(name)]
    return "?" + urlencode([(VIEW, NO_VIEW), *kept], errors="replace")
