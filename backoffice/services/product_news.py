"""Telling vendors what was decided about their products: one message a vendor, however many products."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy.orm import Session

from backoffice.services.notifications import Note, send
from backoffice.services.transitions import Outcome
from models.notification import NotificationType


def tell_vendors(
    session: Session, outcomes: Iterable[Outcome], *, event: str, verb: str, why: str | None = None
) -> None:
    """Tell each vendor how many products were `verb` ("approved"), and `why` when it was against their wish."""
    products: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.moved:
            products[outcome.owner].append(outcome.id)
    send(
        session,
        [
            Note(
                user_id=vendor,
                title=f"Products {verb}",
                message=_sentence(len(ids), verb) + (f" {why}" if why else ""),
                subject=("products", ids[0]),
            )
            for vendor, ids in products.items()
        ],
        event=event,
        severity=NotificationType.WARNING if why else NotificationType.INFO,
    )


def _sentence(count: int, verb: str) -> str:
    return f"One of your products was {verb}." if count == 1 else f"{count} of your products were {verb}."
