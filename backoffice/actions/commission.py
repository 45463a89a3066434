"""Commission rates: of a product, of a vendor's contract, of a plan, and the default; each shows first what changes."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session
from wtforms import DecimalField, Form, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.enums import Tone
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services import commission_rates
from backoffice.services.commission_rates import Holder
from models import PlatformSetting, Product, SubscriptionPlan, VendorProfile

#: Percent with four decimals is a fraction with six (COM-7).
_DECIMALS: Final = 4
_OPEN: Final = "Leave it empty to let the next rule decide: contract, plan, default."


def _not_finer(_form: Form, field: DecimalField) -> None:
    if field.data is not None and round(field.data, _DECIMALS) != field.data:
        raise ValidationError(f"At most {_DECIMALS} decimals.")


_RANGE: Final = (NumberRange(min=0, max=100, message="From 0 to 100."), _not_finer)


class RateForm(Form):
    """A rate, or none."""

    percent = DecimalField("Commission in percent", places=None, description=_OPEN, validators=[Optional(), *_RANGE])


class FixedRateForm(Form):
    """A rate that must be there."""

    percent = DecimalField("Commission in percent", places=None, validators=[InputRequired("Write a rate."), *_RANGE])


def _percent(rate: Decimal | None) -> str:
    return "open" if rate is None else f"{(rate * 100).normalize():f} %"


def _rate(inputs: Inputs) -> Decimal | None:
    return None if inputs["percent"] is None else Decimal(inputs["percent"]) / 100


def _plan(session: Session, rows: Sequence[Holder], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del acting
    return [_verdict(session, row, inputs) for row in rows]


def _verdict(session: Session, row: Holder, inputs: Inputs) -> Verdict:
    try:
        now = _percent(commission_rates.current(row))
    except DomainError as refusal:
        return Verdict(target_id=row.id, ok=False, message=refusal.message, code=refusal.code)
    if "percent" not in inputs:
        return Verdict(target_id=row.id, ok=True, message=f"The rate is {now}. You see what changes before it does.")
    rate = _rate(inputs)
    found = commission_rates.effect(session, row, rate)
    sentences = [
        f"The rate is {now} and becomes {_percent(rate)}.",
        f"Active products whose commission changes: {found.changing:,}.",
        f"Kept by a narrower rate: {found.keeping:,}." if found.keeping else "",
        f"Careful: this hides the rate of the vendor's plan on {found.shadowed:,} products." if found.shadowed else "",
    ]
    return Verdict(target_id=row.id, ok=True, message=" ".join(filter(None, sentences)))


def _change(session: Session, row: Holder, inputs: Inputs, acting: Acting) -> str:
    found = commission_rates.change(session, row, _rate(inputs), acting=acting)
    return f"Changed; active products whose commission changes: {found.changing:,}."


def _action(verb: str, label: str, entity: type[Any], form: type[Form], consequence: str) -> Action:
    return Action(
        key=f"commission.{verb}",
        label=label,
        entity=entity,
        permission=Permission.COMMISSION_WRITE,
        plan=_plan,
        run=Each(run=_change),
        form=form,
        tone=Tone.WARNING,
        consequence=consequence,
        bulk=False,
        preview=True,
    )


_NEW_ORDERS: Final = "Holds for orders that are confirmed from then on; older ones keep what was frozen on them."
_AFTER_NOTICE: Final = "Reaches each vendor on the plan with the first renewal after the notice (SUB-1)."
ACTIONS = (
    _action("set_product_rate", "Set commission", Product, RateForm, _NEW_ORDERS),
    _action("set_vendor_rate", "Set contract rate", VendorProfile, RateForm, _NEW_ORDERS),
    _action("set_plan_rate", "Set commission", SubscriptionPlan, FixedRateForm, _AFTER_NOTICE),
    _action("set_default_rate", "Set the default commission", PlatformSetting, FixedRateForm, _NEW_ORDERS),
)
