"""What a change request would change, side by side: the shop now and the proposal, as people read them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.services.imports.values import unpacked
from models import Category, Product, ProductChangeRequest
from models.change_request import OPEN
from models.product import MATERIAL_FIELDS
from views import cells
from views.columns import Kind, column
from views.formats import Format
from views.labels import labels_of

#: Words of a text beyond which nobody marks what is different, because it takes too long.
_MARKED = 2000
_TEXTS = frozenset({Kind.TEXT, Kind.LONG, Kind.CODE})

#: Text, and whether the other side has it too.
Part = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One attribute on both sides; texts also in parts, so that what is different is marked."""

    name: str
    label: str
    before: cells.Cell
    after: cells.Cell
    parts_before: list[Part]
    parts_after: list[Part]


def differences(session: Session, request: ProductChangeRequest, form: Format) -> list[Difference]:
    """Every proposed attribute, in two statements; while the request is open its left side is the product of now."""
    columns = [getattr(Product, name) for name in request.proposed]
    product = session.execute(sa.select(Product.currency, *columns).where(Product.id == request.product_id)).one()
    live = dict(zip(request.proposed, product[1:], strict=True))
    former = {name: unpacked(Product, name, value) for name, value in request.former.items()}
    before = live if request.status in OPEN else former
    after = {name: unpacked(Product, name, value) for name, value in request.proposed.items()}
    names = [name for name in MATERIAL_FIELDS if name in after]
    labels = _labels(session, [before.get("category_id"), after.get("category_id")])
    return [_difference(name, before[name], after[name], product.currency, labels, form) for name in names]


def _labels(session: Session, ids: list[uuid.UUID | None]) -> dict[Any, str]:
    """Names of the categories, when the category changes."""
    wanted = [one for one in ids if one is not None]
    return labels_of(session, Category, wanted) if wanted else {}


def _difference(name: str, before: Any, after: Any, currency: str, labels: dict[Any, str], form: Format) -> Difference:
    found = column(Product, name)
    sides = [_cell(found.kind, value, currency, labels, form) for value in (before, after)]
    parts = _parts(sides[0].text, sides[1].text) if found.kind in _TEXTS else ([], [])
    return Difference(
        name=name,
        label=found.label,
        before=sides[0],
        after=sides[1],
        parts_before=parts[0],
        parts_after=parts[1],
    )


def _cell(kind: Kind, value: Any, currency: str, labels: dict[Any, str], form: Format) -> cells.Cell:
    if value is None:
        return cells.BLANK
    if kind is Kind.REF:
        return cells.Cell(labels.get(value, str(value)))
    return cells.cell_of(kind, (value, currency), form)


def _parts(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts, by words."""
    old, new = (re.findall(r"\s+|[^\s]+", text) for text in (before, after))
    if len(old) + len(new) > _MARKED:
        return [(before, True)], [(after, True)]
    left: list[Part] = []
    right: list[Part] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = what == "equal"
        left.append(("".join(old[a:b]), same))
        right.append(("".join(new[c:d]), same))
    return [one for one in left if one[0]], [one for one in right if one[0]]
