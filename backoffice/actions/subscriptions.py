"""Subscriptions: cancel, keep after all, end at once, suspend, reinstate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, verdict
from backoffice.clock import now
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.subscriptions import change
from models import Subscription
from models.subscription import SubscriptionStatus
from models.subscription_invoice import Settlement

_RUNNING: Final = frozenset(SubscriptionStatus) - {SubscriptionStatus.EXPIRED}


class ReasonForm(Form):
    """Why."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


class TerminateForm(ReasonForm):
    """What becomes of the rest of the period, and why."""

    settlement = SelectField("Rest of the period", choices=choices(Settlement))


def _plan_terminate(session: Session, rows: Sequence[Subscription], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    return [_end_verdict(session, row, inputs) for row in rows]


def _end_verdict(session: Session, row: Subscription, inputs: Inputs) -> Verdict:
    given = change.worth(session, row, Settlement(inputs.get("settlement", Settlement.CREDIT)), now=now())
    text = f"Ends now; {money.format_amount(given, row.currency)} of the period is left."
    return Verdict(target_id=row.id, ok=True, message=text, amount=given, currency=row.currency)


def _terminate(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    settlement = Settlement(inputs["settlement"])
    given = change.terminate(session, row, settlement, reason=inputs["reason"], now=now(), acting=acting)
    return f"Ended; {money.format_amount(given, row.currency)} of the period was left."


def _cancel(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    change.cancel(session, row, reason=inputs["reason"], now=now(), acting=acting)
    return f"Cancelled; it lasts until {row.end_date:%Y-%m-%d}."


def _undo(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    del inputs
    change.undo_cancel(session, row, now=now(), acting=acting)
    return "Renews again."


def _suspend(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    change.suspend(session, row, reason=inputs["reason"], now=now(), acting=acting)
    return "Suspended."


def _reinstate(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    change.reinstate(session, row, reason=inputs["reason"], acting=acting)
    return "Runs again."


def _plan_keep(session: Session, rows: Sequence[Subscription], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs
    return [verdict(row, SubscriptionStatus.ACTIVE, acting, "Renews again at its end.") for row in rows]


def _action(
    verb: str, label: str, run: Callable[[Session, Any, Inputs, Acting], str], permission: Permission, **options: Any
) -> Action:
    settings: dict[str, Any] = {"form": ReasonForm, "bulk": False} | options
    return Action(
        key=f"subscription.{verb}",
        label=label,
        entity=Subscription,
        permission=permission,
        run=Each(run=run),
        **settings,
    )


ACTIONS = (
    _action(
        "cancel",
        "Cancel",
        _cancel,
        Permission.SUBSCRIPTIONS_CHANGE,
        plan=plan_move(SubscriptionStatus.CANCELLED, "Will not renew; what was paid for lasts until its end."),
        allowed_from=SubscriptionStatus.sources(SubscriptionStatus.CANCELLED),
        tone=Tone.WARNING,
        consequence="The subscription ends with its period.",
    ),
    _action(
        "undo_cancel",
        "Keep it after all",
        _undo,
        Permission.SUBSCRIPTIONS_KEEP,
        plan=_plan_keep,
        allowed_from=frozenset({SubscriptionStatus.CANCELLED}),
        form=None,
        tone=Tone.SUCCESS,
    ),
    _action(
        "terminate",
        "End at once",
        _terminate,
        Permission.SUBSCRIPTIONS_MANAGE,
        plan=_plan_terminate,
        allowed_from=_RUNNING,
        form=TerminateForm,
        preview=True,
        tone=Tone.DANGER,
        consequence="The subscription is over for good; new orders pay the default commission.",
    ),
    _action(
        "suspend",
        "Suspend",
        _suspend,
        Permission.SUBSCRIPTIONS_MANAGE,
        plan=plan_move(SubscriptionStatus.SUSPENDED, "New orders pay the default commission."),
        allowed_from=SubscriptionStatus.sources(SubscriptionStatus.SUSPENDED),
        tone=Tone.DANGER,
        consequence="The vendor's plan gives nothing until it is reinstated; it is not invoiced meanwhile.",
    ),
    _action(
        "reinstate",
        "Reinstate",
        _reinstate,
        Permission.SUBSCRIPTIONS_MANAGE,
        plan=plan_move(SubscriptionStatus.ACTIVE, "Runs again; what is unpaid stays open."),
        allowed_from=frozenset({SubscriptionStatus.SUSPENDED}),
        tone=Tone.SUCCESS,
    ),
)
