"""Plans: subscribe to one, go to another; both show first what it costs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import Form, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import choices
from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.guards import require_person
from backoffice.services.subscriptions import change, renew
from models import Subscription, SubscriptionPlan, User
from models.subscription import BillingCycle, SubscriptionStatus

_RUNNING: Final = frozenset(SubscriptionStatus) - {SubscriptionStatus.EXPIRED}


class SubscribeForm(Form):
    """How often the plan is paid."""

    billing_cycle = SelectField("Billing cycle", choices=choices(BillingCycle))


class ChangePlanForm(Form):
    """The plan to go to, by the last part of its address, and how often it is paid."""

    plan = StringField("Plan", description="Its short name, such as growth.", validators=[InputRequired("Which?")])
    billing_cycle = SelectField("Billing cycle", choices=choices(BillingCycle))

    def validate_plan(self, field: StringField) -> None:
        """Short names are lower case."""
        field.data = field.data.strip().lower()
        if not field.data:
            raise ValidationError("Which?")


def _plan_subscribe(session: Session, rows: Sequence[SubscriptionPlan], inputs: Inputs, who: Acting) -> list[Verdict]:
    running = (Subscription.vendor_id == who.user_id, Subscription.status.in_(_RUNNING))
    if session.scalar(sa.select(sa.exists().where(*running))):
        text = "You have a plan already: change that one."
        return [Verdict(target_id=row.id, ok=False, message=text, code="running") for row in rows]
    cycle = BillingCycle(inputs.get("billing_cycle", BillingCycle.MONTHLY))
    fees = [money.format_amount(renew.price(row, cycle), row.currency) for row in rows]
    return [
        _yes(row.id, f"Begins now; {fee} is invoiced for the first period ({cycle.label.lower()}).")
        for row, fee in zip(rows, fees, strict=True)
    ]


def _subscribe(session: Session, row: SubscriptionPlan, inputs: Inputs, acting: Acting) -> str:
    vendor = session.get_one(User, require_person(acting))
    made = renew.start(session, vendor, row, BillingCycle(inputs["billing_cycle"]), now=now(), acting=acting)
    return f"Runs until {made.next_billing_date:%Y-%m-%d}, then renews."


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


ACTIONS = (
    Action(
        key="subscription_plan.subscribe",
        label="Subscribe",
        entity=SubscriptionPlan,
        permission=Permission.SUBSCRIPTIONS_KEEP,
        plan=_plan_subscribe,
        run=Each(run=_subscribe),
        form=SubscribeForm,
        bulk=False,
        preview=True,
        consequence="The fee is due at once, and again with every period until you cancel.",
    ),
    Action(
        key="subscription.change_plan",
        label="Change the plan",
        entity=Subscription,
        permission=Permission.SUBSCRIPTIONS_CHANGE,
        plan=_plan_change,
        run=Each(run=_change),
        allowed_from=frozenset({SubscriptionStatus.ACTIVE}),
        form=ChangePlanForm,
        bulk=False,
        preview=True,
        consequence="A dearer plan holds at once, for the difference; any other from the next period on.",
    ),
)
