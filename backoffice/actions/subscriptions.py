"""Subscriptions: cancel, keep, another plan, end at once, suspend, reinstate; and invoices: take back, give up."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import Form, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, verdict
from backoffice.clock import now
from backoffice.enums import Tone
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.subscriptions import change, invoices, renew
from models import Subscription, SubscriptionInvoice, SubscriptionPlan
from models.subscription import BillingCycle, SubscriptionStatus
from models.subscription_invoice import InvoiceStatus, Settlement

_RUNNING: Final = frozenset(SubscriptionStatus) - {SubscriptionStatus.EXPIRED}


class ReasonForm(Form):
    """Why."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


class TerminateForm(ReasonForm):
    """What becomes of the rest of the period, and why."""

    settlement = SelectField("Rest of the period", choices=choices(Settlement))


class ChangePlanForm(Form):
    """The plan to go to, by the last part of its address, and how often it is paid."""

    plan = StringField("Plan", description="Its short name, such as growth.", validators=[InputRequired("Which?")])
    billing_cycle = SelectField("Billing cycle", choices=choices(BillingCycle))

    def validate_plan(self, field: StringField) -> None:
        """Short names are lower case."""
        field.data = field.data.strip().lower()
        if not field.data:
            raise ValidationError("Which?")


def _plan_of(session: Session, inputs: Inputs) -> tuple[SubscriptionPlan, BillingCycle]:
    wanted = (SubscriptionPlan.slug == inputs["plan"], SubscriptionPlan.deleted_at.is_(None))
    plan = session.scalars(sa.select(SubscriptionPlan).where(*wanted)).one_or_none()
    if plan is None:
        raise InvalidInputError("There is no plan of this name.", field="plan")
    return plan, BillingCycle(inputs["billing_cycle"])


def _plan_change(session: Session, rows: Sequence[Subscription], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    return [_change_verdict(session, row, inputs) for row in rows]


def _change_verdict(session: Session, row: Subscription, inputs: Inputs) -> Verdict:
    if "plan" not in inputs:
        return _yes(row.id, "You see what it costs before it changes.")
    try:
        plan, cycle = _plan_of(session, inputs)
        found = change.quote(session, row, plan, cycle, now=now())
    except DomainError as refusal:
        return Verdict(target_id=row.id, ok=False, message=refusal.message, code=refusal.code)
    fee = money.format_amount(renew.price(plan, cycle), row.currency)
    if found is None:
        return _yes(row.id, f"Changes to {plan.name} ({fee}) when the period ends, on {row.period_end:%Y-%m-%d}.")
    sides = [money.format_amount(one, row.currency) for one in (found.charge, found.credit, found.net)]
    text = f"Changes to {plan.name} ({fee}) now: {sides[0]} for the rest of the period, less {sides[1]}, is {sides[2]}."
    return Verdict(target_id=row.id, ok=True, message=text, amount=found.net, currency=row.currency)


def _yes(target_id: uuid.UUID, message: str) -> Verdict:
    return Verdict(target_id=target_id, ok=True, message=message)


def _change(session: Session, row: Subscription, inputs: Inputs, acting: Acting) -> str:
    plan, cycle = _plan_of(session, inputs)
    invoice = change.change_plan(session, row, plan, cycle, now=now(), acting=acting)
    if invoice is None:
        return f"Changes to {plan.name} when the period ends."
    return f"On {plan.name} now; {money.format_amount(invoice.amount, invoice.currency)} invoiced."


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


def _void(session: Session, row: SubscriptionInvoice, inputs: Inputs, acting: Acting) -> str:
    invoices.void(session, row, reason=inputs["reason"], acting=acting)
    return "Taken back."


def _give_up(session: Session, row: SubscriptionInvoice, inputs: Inputs, acting: Acting) -> str:
    invoices.give_up(session, row, reason=inputs["reason"], acting=acting)
    return "Given up; it can still be paid."


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


def _invoice_action(
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
        "change_plan",
        "Change the plan",
        _change,
        Permission.SUBSCRIPTIONS_CHANGE,
        plan=_plan_change,
        allowed_from=frozenset({SubscriptionStatus.ACTIVE}),
        form=ChangePlanForm,
        preview=True,
        consequence="A dearer plan holds at once, for the difference; any other from the next period on.",
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
    _invoice_action(
        "void",
        "Take back",
        _void,
        Permission.SUBSCRIPTIONS_MANAGE,
        plan=plan_move(InvoiceStatus.VOID, "Is taken back; the vendor owes nothing of it."),
        consequence="The invoice counts as never made out.",
    ),
    _invoice_action(
        "mark_uncollectible",
        "Give up",
        _give_up,
        Permission.INVOICES_GIVE_UP,
        plan=plan_move(InvoiceStatus.UNCOLLECTIBLE, "Is not collected any more; it can still be paid."),
        consequence="No further attempt is made.",
    ),
)
