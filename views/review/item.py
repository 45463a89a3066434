"""What the screen shows of one item: its record, what belongs to it, and each decision with its form."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Action
from backoffice.security.sealing import seal, unseal
from backoffice.services import scope
from backoffice.services.review_queues import ReviewQueue
from models import ModerationDecision, Product, ProductChangeRequest
from models.moderation_decision import ModerationVerdict
from views.actions import forms
from views.change_diff import Difference, differences
from views.formats import Format
from views.panel import Panel
from views.records.query import Record, RelatedRows, related

_PURPOSE = "review"
#: How the buttons say it, and in which look.
_LOOKS = {"a": "btn-success", "r": "btn-danger", "c": "btn-warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decision: its key, its action, and the form of it, when it asks for something."""

    key: str
    action: Action
    look: str
    form: Any
    errors: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as the screen shows it; `changed` is what is different from what the person decided about."""

    record: Record
    noun: str
    differences: list[Difference]
    tables: list[RelatedRows]
    #: How the vendor's products fared: words and numbers.
    standing: list[tuple[str, int]]
    choices: list[Choice]
    shown: str
    changed: list[tuple[str, str, str]] = field(default_factory=list)


def load(
    session: Session,
    queue: ReviewQueue,
    panel: Panel,
    row_id: uuid.UUID,
    acting: Acting,
    form: Format,
    *,
    typed: Mapping[str, Any] | None = None,
    before: str | None = None,
) -> Item:
    """The item, with what was typed in a form that was refused, and what changed since `before`, which was sealed."""
    view = panel.view_of(queue.entity)
    record = view.record.fetch(session, row_id, acting, panel.linker(), form)
    found = _differences(session, queue, row_id, acting, form)
    tables = [
        related(session, panel.views[one.noun].listing, one.via, row_id, acting, panel.linker(), form)
        for one in view.access.related
    ]
    texts = {label: cell.title or cell.text for label, cell in record.fields if cell.look != "time"}
    texts |= {f"{one.label}, proposed": str(one.after.value or one.after.text) for one in found}
    return Item(
        record=record,
        noun=view.entity.noun,
        differences=found,
        tables=[table for table in tables if table.rows],
        standing=_standing(session, queue, row_id),
        choices=[_choice(session, queue, key, row_id, acting, typed or {}) for key in queue.actions],
        shown=seal(_PURPOSE, [str(row_id), texts]),
        changed=_changed(row_id, before, texts) if before is not None else [],
    )


def _differences(
    session: Session, queue: ReviewQueue, row_id: uuid.UUID, acting: Acting, form: Format
) -> list[Difference]:
    if queue.entity is not ProductChangeRequest:
        return []
    return differences(session, scope.get_visible(session, ProductChangeRequest, row_id, acting), form)


def _standing(session: Session, queue: ReviewQueue, row_id: uuid.UUID) -> list[tuple[str, int]]:
    """What was decided about this vendor's products before."""
    if queue.entity not in {Product, ProductChangeRequest}:
        return []
    entity: Any = queue.entity
    vendor = sa.select(entity.vendor_id).where(entity.id == row_id).scalar_subquery()
    found = session.execute(
        sa.select(ModerationDecision.verdict, sa.func.count())
        .where(ModerationDecision.vendor_id == vendor)
        .group_by(ModerationDecision.verdict)
    )
    counts = {verdict: number for verdict, number in found}  # noqa: C416 - rows are no pairs to a type checker
    return [(verdict.label, counts.get(verdict, 0)) for verdict in ModerationVerdict]


def _choice(
    session: Session, queue: ReviewQueue, key: str, row_id: uuid.UUID, acting: Acting, typed: Mapping[str, Any]
) -> Choice:
    action = registry.get(queue.actions[key])
    mine, errors = typed.get("key") == key, {}
    form = forms.shown(session, action, typed if mine else None, target_id=row_id, acting=acting)
    if form is not None:
        if mine:
            form.validate()
            errors = form.errors
        for one in form:
            one.id = f"{key}-{one.id}"
    return Choice(key=key, action=action, look=_LOOKS[key], form=form, errors=errors)


def _changed(row_id: uuid.UUID, before: str, texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Label, text then, text now."""
    opened = unseal(_PURPOSE, before)
    if not isinstance(opened, list) or opened[0] != str(row_id):
        return []
    was: dict[str, str] = opened[1]
    return [
        (label, was.get(label, ""), texts.get(label, ""))
        for label in dict.fromkeys([*was, *texts])
        if was.get(label, "") != texts.get(label, "")
    ]
