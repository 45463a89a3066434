"""What would come of each number: found and allowed, or skipped and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import submit
from backoffice.actions.base import Action, Inputs, Target
from backoffice.actions.selection import Ids
from backoffice.services import scope
from models import Shipment
from views import cells
from views.records.query import pin

UNKNOWN = "No parcel has this number."
AGAIN = "Scanned before; it counts once."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One number as it was scanned. `pin` is set for those that go ahead: id and version as a list ticks them."""

    number: str
    message: str
    parcel: cells.Cell | None = None
    status: cells.Cell | None = None
    pin: str | None = None


def lines(
    session: Session, action: Action, numbers: Sequence[str], inputs: Inputs, acting: Acting, link: cells.Linker
) -> list[Line]:
    """A line for each number, in the order of scanning, in two statements and those of the action's dry run."""
    visible = scope.predicate(Shipment, acting)
    wanted = Shipment.tracking_number.in_(dict.fromkeys(numbers))
    parcels = {row.tracking_number: row for row in session.scalars(sa.select(Shipment).where(wanted, visible))}
    targets = [Target(id=row.id, version=row.version) for row in parcels.values()]
    plan = submit.plan(session, action, Ids(targets=targets), inputs, acting) if targets else None
    verdicts = {} if plan is None else {verdict.target_id: verdict for verdict in plan.verdicts}
    told: list[Line] = []
    before: set[str] = set()
    for number in numbers:
        parcel = parcels.get(number)
        if parcel is None or number in before:
            told.append(Line(number=number, message=AGAIN if number in before else UNKNOWN))
        else:
            verdict = verdicts[parcel.id]
            told.append(
                Line(
                    number=number,
                    message=verdict.message,
                    parcel=cells.Cell(number, link(Shipment, parcel.id)),
                    status=cells.enum_cell(parcel.status),
                    pin=pin(parcel.id, [parcel.version]) if verdict.ok else None,
                )
            )
        before.add(number)
    return told
