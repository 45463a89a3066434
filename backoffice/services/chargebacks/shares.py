"""Who bears a chargeback if it is lost: the vendor, the commission, and the platform the rest (E9b, E10)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from backoffice.gateways.provider import ProviderDispute
from backoffice.services.order_money import parts_of
from backoffice.services.refunds.effects import LineEffect, Reversed, is_available, line_effect, reversed_before
from backoffice.services.refunds.limits import LineLimit, line_limits
from models import Chargeback, Order, Payment
from models.refund import RefundStatus

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of a chargeback; `pending` is what of the vendor's part is still within the hold."""

    vendor: Decimal
    pending: Decimal
    commission: Decimal


def divided(
    session: Session, state: ProviderDispute, known: Sequence[Chargeback]
) -> Mapping[uuid.UUID, ProviderDispute]:
    """What the provider says of a dispute, for each order of the payment that has a part in it (MON-6).

    A dispute about the payment of a checkout is spread over what its orders still have of that payment; from then on
    the parts are those of the chargebacks that were made, so that a fee that changes later follows them.
    """
    if known:
        amounts = {one.order_id: one.amount for one in known}
    else:
        payment = session.scalars(
            sa.select(Payment).where(Payment.stripe_payment_intent_id == state.payment_intent).with_for_update()
        ).one()
        parts = parts_of(session, payment)
        weights = [part.kept for part in parts]
        if not any(weights):
            weights = [part.authorized for part in parts]
        split = money.split_amount(state.amount, weights, state.currency)
        amounts = {part.order_id: amount for part, amount in zip(parts, split, strict=True) if amount}
    weights = list(amounts.values())
    fees = money.split_amount(state.fee, weights, state.currency)
    taken = money.split_amount(state.fee_taken, weights, state.currency)
    return {
        order_id: replace(state, amount=amount, fee=fee, fee_taken=fee_taken)
        for (order_id, amount), fee, fee_taken in zip(amounts.items(), fees, taken, strict=True)
    }


def shares_of(session: Session, chargeback: Chargeback, order: Order) -> Shares:
    """The parts of `chargeback` by the lines of its `order`, as a refund of the same amount would have them (COM-4).

    It is spread over what refunds left of the lines (MON-6); what is more than that is shipping cost or was given back
    already, and is the platform's.
    """
    limits = [line for line in line_limits(session, order, (RefundStatus.SUCCEEDED,)).values() if line.total > 0]
    goods = min(chargeback.amount, sum((line.total for line in limits), ZERO))
    if not goods:
        return Shares(vendor=ZERO, pending=ZERO, commission=ZERO)
    parts = money.split_amount(goods, [line.total for line in limits], order.currency)
    before = reversed_before(session, [line.item.id for line in limits])
    effects = [
        (line, _effect(line, part, order, before.get(line.item.id, Reversed())))
        for line, part in zip(limits, parts, strict=True)
    ]
    pending = [effect.vendor for line, effect in effects if not is_available(session, line.item.id)]
    return Shares(
        vendor=sum((effect.vendor for _, effect in effects), ZERO),
        pending=sum(pending, ZERO),
        commission=sum((effect.commission for _, effect in effects), ZERO),
    )


def _effect(line: LineLimit, part: Decimal, order: Order, before: Reversed) -> LineEffect:
    amount, tax = money.split_amount(part, [line.amount, line.tax], order.currency)
    return line_effect(line.item, order, amount=amount, tax=tax, before=before)
