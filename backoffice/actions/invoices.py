"""Invoices of plan fees: take back (admins), give up (finance)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs
from backoffice.actions.moves import plan_move
from backoffice.actions.subscriptions import ReasonForm
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.subscriptions import invoices
from models import SubscriptionInvoice
from models.subscription_invoice import InvoiceStatus


def _void(session: Session, row: SubscriptionInvoice, inputs: Inputs, acting: Acting) -> str:
    invoices.void(session, row, reason=inputs["reason"], acting=acting)
    return "Taken back."


def _give_up(session: Session, row: SubscriptionInvoice, inputs: Inputs, acting: Acting) -> str:
    invoices.give_up(session, row, reason=inputs["reason"], acting=acting)
    return "Given up; it can still be paid."


def _action(
    verb: str, label: str, run: Callable[[Session, Any, Inputs, Acting], str], permission: Permission, **options: Any
) -> Action:
    return Action(
        key=f"invoice.{verb}",
        label=label,
        entity=SubscriptionInvoice,
        permission=permission,
        run=Each(run=run),
        form=ReasonForm,
        tone=Tone.DANGER,
        allowed_from=frozenset({InvoiceStatus.OPEN}),
        **options,
    )


ACTIONS = (
    _action(
        "void",
        "Take back",
        _void,
        Permission.SUBSCRIPTIONS_MANAGE,
        plan=plan_move(InvoiceStatus.VOID, "Is taken back; the vendor owes nothing of it."),
        consequence="The invoice counts as never made out.",
    ),
    _action(
        "mark_uncollectible",
        "Give up",
        _give_up,
        Permission.INVOICES_GIVE_UP,
        plan=plan_move(InvoiceStatus.UNCOLLECTIBLE, "Is not collected any more; it can still be paid."),
        consequence="No further attempt is made.",
    ),
)
