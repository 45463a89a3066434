"""Payouts that people pay without the provider: settle one by hand, and report that the bank sent it back (PAY-13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session
from wtforms import DateField, Form, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.payouts import second_person
from backoffice.enums import Tone
from backoffice.errors import InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.failures import FAILURES
from backoffice.services.payouts import by_hand
from backoffice.services.payouts.eligibility import OF_PROVIDER, reasons
from models import Payout
from models.operation import QueueName
from models.payout import PayoutMethod, PayoutStatus

#: Why a bank sends a payment back, of the closed list (PAY-11).
_BANK_CODES = (
    "account_closed", "account_frozen", "bank_account_restricted", "could_not_process", "declined",
    "incorrect_account_holder_name", "invalid_account_number", "no_account",
)  # fmt: skip


class SettleForm(Form):
    """What the bank calls the payment, and when it made it."""

    reference = StringField("Bank reference", validators=[DataRequired(), Length(max=140)])
    paid_on = DateField("Paid on", validators=[DataRequired()])


class ReturnedForm(Form):
    """Why the bank sent the money back."""

    code = SelectField("What is wrong", choices=[SelectChoice(code, FAILURES[code]) for code in _BANK_CODES])
    reason = TextAreaField("What the bank says", validators=[DataRequired(), Length(max=2000)])


def _plan_settle(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    holding = reasons(session, [payout.id for payout in payouts])
    held = {key: [one.message for one in found if one.code not in OF_PROVIDER] for key, found in holding.items()}
    return [_verdict(session, payout, held[payout.id], inputs) for payout in payouts]


def _verdict(session: Session, payout: Payout, held: list[str], inputs: Inputs) -> Verdict:
    if held:
        return Verdict(target_id=payout.id, ok=False, message=" ".join(held), code="held")
    if inputs:
        try:
            by_hand.check_inputs(session, payout, reference=str(inputs["reference"]), paid_on=_day(inputs))
        except InvalidInputError as refusal:
            return Verdict(target_id=payout.id, ok=False, message=refusal.message, code=refusal.code)
    text = money.format_amount(payout.amount, payout.currency)
    message = f"{text} to {payout.vendor.name} was paid from our own bank; nothing is sent to Stripe."
    return Verdict(target_id=payout.id, ok=True, message=message, amount=payout.amount, currency=payout.currency)


def _settle(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> str:
    by_hand.settle(session, payout, reference=str(inputs["reference"]), paid_on=_day(inputs), acting=acting)
    return f"{money.format_amount(payout.amount, payout.currency)} settled by hand, reference {payout.bank_reference}."


def _day(inputs: Inputs) -> dt.date:
    return dt.date.fromisoformat(str(inputs["paid_on"]))


def _plan_returned(session: Session, payouts: Sequence[Payout], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del session, inputs, acting
    return [
        Verdict(target_id=payout.id, ok=True, message="Has failed; its money is available again and at our own bank.")
        if payout.payout_method is PayoutMethod.BY_HAND
        else Verdict(target_id=payout.id, ok=False, message=by_hand.NOT_BY_HAND, code="not_by_hand")
        for payout in payouts
    ]


def _returned(session: Session, payout: Payout, inputs: Inputs, acting: Acting) -> str:
    by_hand.returned(session, payout, code=str(inputs["code"]), raw=str(inputs["reason"]), acting=acting)
    return "Failed: the bank sent it back."


ACTIONS = (
    Action(
        key="payout.settle",
        label="Settle by hand",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        form=SettleForm,
        plan=_plan_settle,
        run=Each(run=_settle),
        second_person=second_person,
        approve_permission=Permission.PAYOUTS_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.WARNING,
        consequence="Says that our own bank has paid the vendor. Nothing is sent to Stripe, now or later.",
        allowed_from=frozenset({PayoutStatus.PENDING}),
        load=(Payout.vendor,),
        bulk=False,
    ),
    Action(
        key="payout.returned",
        label="Came back from the bank",
        entity=Payout,
        permission=Permission.PAYOUTS_RELEASE,
        form=ReturnedForm,
        plan=_plan_returned,
        run=Each(run=_returned),
        second_person=second_person,
        approve_permission=Permission.PAYOUTS_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.DANGER,
        consequence="A payout that was settled by hand has failed; make it ready again, or cancel it.",
        allowed_from=frozenset({PayoutStatus.COMPLETED}),
        bulk=False,
    ),
)
