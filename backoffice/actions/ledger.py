"""Corrections of the book, which always need two people: writing off a debt, adjusting an account (E12, E14)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.actions.choices import choices
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.ledger import balances, corrections
from models import LedgerAccount
from models.ledger import AccountKind
from models.operation import QueueName

_PLATFORM = choices(kind for kind in AccountKind if not kind.of_vendor)


class WriteOffForm(Form):
    """How much of a debt the platform gives up, and why."""

    amount = StringField("Amount", validators=[DataRequired(), Length(max=20)])
    reason = TextAreaField("Reason", validators=[DataRequired(), Length(max=2000)])

    @classmethod
    def for_target(cls, session: Session, account: LedgerAccount) -> dict[str, Any]:
        """Initial values: all that the vendor owes."""
        owed = -balances.of_account(session, account.kind, account.currency, account.vendor_id)
        return {"amount": str(money.round_amount(max(-owed, Decimal(0)), account.currency))}


class AdjustForm(Form):
    """How much, against which account, and why."""

    amount = StringField(
        "Amount",
        description="A debit of this account; with a minus, a credit.",
        validators=[DataRequired(), Length(max=20)],
    )
    against = SelectField("Against", choices=_PLATFORM)
    reason = TextAreaField("Reason", validators=[DataRequired(), Length(max=2000)])


def _plan_write_off(
    session: Session, accounts: Sequence[LedgerAccount], inputs: Inputs, acting: Acting
) -> list[Verdict]:
    del acting
    return [_verdict(session, account, inputs) for account in accounts]


def _verdict(session: Session, account: LedgerAccount, inputs: Inputs) -> Verdict:
    try:
        debt = corrections.debt_of(session, account, _amount(inputs, account) if inputs else None)
    except DomainError as refusal:
        return Verdict(target_id=account.id, ok=False, message=refusal.message, code=refusal.code)
    text = money.format_amount(debt, account.currency)
    message = f"The vendor no longer owes {text}; the platform bears it."
    return Verdict(target_id=account.id, ok=True, message=message, amount=debt, currency=account.currency)


def _write_off(session: Session, account: LedgerAccount, inputs: Inputs, acting: Acting) -> str:
    amount = _amount(inputs, account)
    corrections.write_off(session, account, amount=amount, reason=str(inputs["reason"]), acting=acting)
    return f"{money.format_amount(amount, account.currency)} written off."


def _amount(inputs: Inputs, account: LedgerAccount) -> Decimal:
    return money.parse_amount(str(inputs["amount"]), account.currency)


def _plan_adjust(session: Session, accounts: Sequence[LedgerAccount], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    found = []
    for account in accounts:
        now = balances.of_account(session, account.kind, account.currency, account.vendor_id)
        message = f"The balance is {money.format_amount(now, account.currency)}, debits positive."
        try:
            amount = _amount(inputs, account) if inputs else None
            if amount is not None:
                corrections.check_adjustment(account, amount, AccountKind(inputs["against"]))
        except DomainError as refusal:
            found.append(Verdict(target_id=account.id, ok=False, message=refusal.message, code=refusal.code))
            continue
        if amount is not None:
            message += f" It becomes {money.format_amount(now + amount, account.currency)}."
        found.append(
            Verdict(
                target_id=account.id,
                ok=True,
                message=message,
                amount=abs(amount) if amount is not None else None,
                currency=account.currency if amount is not None else None,
            )
        )
    return found


def _adjust(session: Session, account: LedgerAccount, inputs: Inputs, acting: Acting) -> str:
    amount = _amount(inputs, account)
    against = AccountKind(inputs["against"])
    corrections.adjust(session, account, amount=amount, against=against, reason=str(inputs["reason"]), acting=acting)
    return f"{money.format_amount(amount, account.currency)} posted against {against.label}."


def _always(session: Session, accounts: Sequence[LedgerAccount], inputs: Inputs) -> bool:
    del session, accounts, inputs
    return True


ACTIONS = (
    Action(
        key="ledger_account.write_off",
        label="Write off",
        entity=LedgerAccount,
        permission=Permission.LEDGER_ADJUST,
        form=WriteOffForm,
        plan=_plan_write_off,
        run=Each(run=_write_off),
        second_person=_always,
        approve_permission=Permission.LEDGER_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.DANGER,
        consequence="What the vendor owes is given up for good; the platform bears it.",
        bulk=False,
    ),
    Action(
        key="ledger_account.adjust",
        label="Adjust",
        entity=LedgerAccount,
        permission=Permission.LEDGER_ADJUST,
        form=AdjustForm,
        plan=_plan_adjust,
        run=Each(run=_adjust),
        second_person=_always,
        approve_permission=Permission.LEDGER_APPROVE,
        queue=QueueName.MONEY,
        tone=Tone.DANGER,
        consequence="An amount is moved between two accounts; only another adjustment undoes it.",
        bulk=False,
        preview=True,
    ),
)
