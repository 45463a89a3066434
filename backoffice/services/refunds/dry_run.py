"""What a refund would take from whom, before anybody decides on it (REF-10)."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.services import commission, settings
from backoffice.services.ledger import balances
from backoffice.services.ledger.postings import RefundShares
from backoffice.services.refunds.draft import Draft
from backoffice.services.refunds.effects import effects_of_lines, line_effects, shares_of
from backoffice.services.refunds.request import THRESHOLD, usual_bearer
from models import Order, Refund
from models.refund import RefundBearer, RefundKind


def of_refund(session: Session, refund: Refund, order: Order) -> RefundShares:
    """The effect of a refund that was asked for."""
    return shares_of(refund, order, list(line_effects(session, refund, order).values()))


def of_draft(
    session: Session, order: Order, kind: RefundKind, draft: Draft, bearer: RefundBearer | None = None
) -> RefundShares:
    """The effect that a refund would have if it were asked for like this, and paid now."""
    stub = Refund(
        kind=kind,
        amount=draft.total,
        shipping_amount=draft.shipping,
        currency=order.currency,
        bearer=bearer or usual_bearer(kind),
        commission_policy=commission.policy(session),
    )
    lines = [(line.order_item_id, line.amount, line.tax or Decimal(0)) for line in draft.lines]
    return shares_of(stub, order, effects_of_lines(session, stub, order, lines))


def sentence(session: Session, order: Order, shares: RefundShares) -> str:
    """The effect in words: who bears what, the vendor's balance after it, and whether a second person is needed."""

    def text(amount: Decimal) -> str:
        return money.format_amount(amount, order.currency)

    parts = [
        (shares.vendor, "from the vendor"),
        (shares.commission + shares.commission_tax, "commission given back"),
        (shares.tax, "tax"),
        (shares.shipping, "shipping"),
        (shares.goodwill, "borne by the platform"),
        (shares.suspense, "paid too much"),
        (-shares.promotion, "discount that the platform gets back"),
    ]
    told = ", ".join(f"{text(amount)} {what}" for amount, what in parts if amount)
    after = balances.available(session, order.vendor_id, order.currency) - shares.available
    balance = f" The vendor's available balance is {text(after)} then." if shares.available else ""
    second = settings.reaches_threshold(session, THRESHOLD, shares.total, order.currency)
    return f"{told}.{balance}{' A second person must approve it.' if second else ''}"
