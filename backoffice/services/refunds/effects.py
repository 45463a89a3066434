"""Whose money a refund is: vendor's, commission, tax, shipping, the platform's (REF-8, COM-4 to COM-6, E7, E8)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.money import round_amount
from backoffice.services import commission
from backoffice.services.ledger import record
from backoffice.services.ledger.journal import Source, find
from backoffice.services.ledger.postings import RefundShares
from models import Order, OrderItem, Refund, RefundItem
from models.journal import JournalEvent
from models.order import DiscountFunder, TaxRemitter
from models.refund import CommissionPolicy, RefundBearer, RefundKind, RefundStatus

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """What refunds took of one line so far, of those that give the commission back."""

    amount: Decimal = ZERO
    commission: Decimal = ZERO
    commission_tax: Decimal = ZERO
    promotion: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class LineEffect:
    """What one line of a refund takes from whom.

    `vendor + commission + commission_tax + sales_tax + goodwill - promotion = amount + tax`. `sales_tax` is what the
    platform would have remitted; a vendor who remits it bears it. `available`: whether the vendor's earning of the line
    is past the hold, so that the debit lands there (REC-4).
    """

    vendor: Decimal
    commission: Decimal = ZERO
    commission_tax: Decimal = ZERO
    promotion: Decimal = ZERO
    sales_tax: Decimal = ZERO
    goodwill: Decimal = ZERO
    available: bool = False


def line_effect(
    line: OrderItem,
    order: Order,
    *,
    amount: Decimal,
    tax: Decimal,
    before: Reversed,
    bearer: RefundBearer = RefundBearer.VENDOR,
    policy: CommissionPolicy = CommissionPolicy.REVERSE,
) -> LineEffect:
    """The effect of giving `amount` and `tax` of a line back, after what went `before`.

    Commission follows the line's frozen share, cumulative (COM-4, COM-5); with `keep` the vendor bears all of it
    (COM-6), and a refund that the platform bears touches neither vendor nor commission (REF-8).
    """
    if bearer is RefundBearer.PLATFORM:
        return LineEffect(vendor=ZERO, goodwill=amount + tax)
    platform_funds = line.discount_funded_by is DiscountFunder.PLATFORM

    def returned(part: Decimal, already: Decimal) -> Decimal:
        return commission.reversal(
            part,
            refunded_total=before.amount + amount,
            line_total=line.total_price - line.discount_amount,
            already_reversed=already,
            currency=line.currency,
            policy=policy,
        )

    charged = returned(line.commission_amount, before.commission)
    charged_tax = returned(line.commission_tax, before.commission_tax)
    promotion = returned(line.discount_amount, before.promotion) if platform_funds else ZERO
    remits = order.tax_remitter is TaxRemitter.VENDOR
    whole = amount - charged - charged_tax + promotion + (tax if remits else ZERO)
    vendor = round_amount(whole / 2, line.currency) if bearer is RefundBearer.SPLIT else whole
    return LineEffect(
        vendor=vendor,
        commission=charged,
        commission_tax=charged_tax,
        promotion=promotion,
        sales_tax=ZERO if remits else tax,
        goodwill=whole - vendor,
    )


def line_effects(session: Session, refund: Refund, order: Order) -> Mapping[uuid.UUID, LineEffect]:
    """The effect of each item of a refund, by item id."""
    items = session.scalars(
        sa.select(RefundItem).where(RefundItem.refund_id == refund.id).order_by(RefundItem.id)
    ).all()
    lines = [(item.order_item_id, item.amount, item.tax_amount) for item in items]
    effects = effects_of_lines(session, refund, order, lines)
    return {item.id: effect for item, effect in zip(items, effects, strict=True)}


def effects_of_lines(
    session: Session, refund: Refund, order: Order, lines: Sequence[tuple[uuid.UUID, Decimal, Decimal]]
) -> list[LineEffect]:
    """The effect of giving back amount and tax of each of these lines, in order; `refund` need not be stored yet."""
    ids = [line_id for line_id, _, _ in lines]
    found = {line.id: line for line in session.scalars(sa.select(OrderItem).where(OrderItem.id.in_(ids)))}
    before = reversed_before(session, ids, apart_from=refund.id)
    return [
        replace(
            line_effect(
                found[line_id],
                order,
                amount=amount,
                tax=tax,
                before=before.get(line_id, Reversed()),
                bearer=refund.bearer,
                policy=refund.commission_policy,
            ),
            available=is_available(session, line_id),
        )
        for line_id, amount, tax in lines
    ]


def post(session: Session, refund: Refund, order: Order) -> uuid.UUID | None:
    """Write what a refund that succeeded took from whom, on its items and in the book (E7, E8); the journal."""
    effects = line_effects(session, refund, order)
    for item in session.scalars(sa.select(RefundItem).where(RefundItem.id.in_(effects))):
        effect = effects[item.id]
        item.commission_amount, item.commission_tax = effect.commission, effect.commission_tax
        item.promotion_amount, item.vendor_amount = effect.promotion, effect.vendor
    return record.refund_succeeded(session, refund, shares_of(refund, order, list(effects.values())))


def is_available(session: Session, line_id: uuid.UUID) -> bool:
    """Whether the earning of a line left the hold (E3)."""
    return find(session, JournalEvent.EARNING_AVAILABLE, Source(table="order_items", id=line_id)) is not None


def shares_of(refund: Refund, order: Order, effects: Sequence[LineEffect]) -> RefundShares:
    """The whole refund, ready to be posted (E7, E8): its lines' `effects`, or all of it where it names none."""
    shares = RefundShares(vendor_id=order.vendor_id, shipping=refund.shipping_amount)
    rest = refund.amount - refund.shipping_amount
    if refund.kind is RefundKind.LINES:
        return _of_lines(shares, effects)
    if refund.kind is RefundKind.OVERPAYMENT:
        return replace(shares, suspense=rest)
    vendor = {
        RefundBearer.VENDOR: rest,
        RefundBearer.PLATFORM: ZERO,
        RefundBearer.SPLIT: round_amount(rest / 2, refund.currency),
    }[refund.bearer]
    return replace(shares, available=vendor, goodwill=rest - vendor)


def _of_lines(shares: RefundShares, effects: Sequence[LineEffect]) -> RefundShares:
    def total(name: str) -> Decimal:
        return sum((getattr(effect, name) for effect in effects), ZERO)

    return replace(
        shares,
        pending=sum((effect.vendor for effect in effects if not effect.available), ZERO),
        available=sum((effect.vendor for effect in effects if effect.available), ZERO),
        commission=total("commission"),
        commission_tax=total("commission_tax"),
        promotion=total("promotion"),
        tax=total("sales_tax"),
        goodwill=total("goodwill"),
    )


def reversed_before(
    session: Session, lines: Sequence[uuid.UUID], *, apart_from: uuid.UUID | None = None
) -> Mapping[uuid.UUID, Reversed]:
    """What refunds took of these lines together with the commission on them, `apart_from` one refund."""
    rows = session.execute(
        sa.select(
            RefundItem.order_item_id,
            sa.func.sum(RefundItem.amount),
            sa.func.sum(RefundItem.commission_amount),
            sa.func.sum(RefundItem.commission_tax),
            sa.func.sum(RefundItem.promotion_amount),
        )
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(
            RefundItem.order_item_id.in_(lines),
            Refund.id.is_distinct_from(apart_from),
            Refund.status == RefundStatus.SUCCEEDED,
            Refund.commission_policy == CommissionPolicy.REVERSE,
            Refund.bearer != RefundBearer.PLATFORM,
        )
        .group_by(RefundItem.order_item_id)
    )
    return {
        line: Reversed(amount=amount, commission=charged, commission_tax=tax, promotion=promotion)
        for line, amount, charged, tax, promotion in rows
    }
