"""Who bears a chargeback if it is lost: the vendor, the commission, and the platform the rest (E9b, E10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services.refunds.effects import LineEffect, Reversed, is_available, line_effect, reversed_before
from backoffice.services.refunds.limits import LineLimit, line_limits
from models import Chargeback, Order
from models.refund import RefundStatus

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of a chargeback; `pending` is what of the vendor's part is still within the hold."""

    vendor: Decimal
    pending: Decimal
    commission: Decimal


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
