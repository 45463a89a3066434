"""The evidence pack: what the bank gets, put together from the order and from what people added (DSP-8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice import money
from models import (
    Chargeback,
    ChargebackEvidence,
    Dispute,
    DisputeMessage,
    Order,
    OrderItem,
    Shipment,
    ShipmentEvent,
    User,
)

#: Longest text that the provider takes for one question.
LONGEST: Final = 20_000
_ADDRESS: Final = ("name", "address_line1", "address_line2", "postal_code", "city", "state", "country")


def assemble(session: Session, chargeback: Chargeback) -> dict[str, str]:
    """Text by the provider's name of the question, in a stable order; questions without an answer are left out.

    Internal messages never leave the house (DSP-4).
    """
    order = session.get_one(Order, chargeback.order_id)
    texts: dict[str, list[str]] = defaultdict(list)
    for kind, text in (
        *_written(session, chargeback),
        *_customer(session, order),
        *_goods(session, order),
        *_parcels(session, order),
        *_messages(session, order),
    ):
        texts[kind].append(text)
    return {kind: "\n".join(texts[kind])[:LONGEST] for kind in sorted(texts)}


def _written(session: Session, chargeback: Chargeback) -> Iterator[tuple[str, str]]:
    query = sa.select(ChargebackEvidence).where(ChargebackEvidence.chargeback_id == chargeback.id)
    for row in session.scalars(query.order_by(ChargebackEvidence.created_at, ChargebackEvidence.id)):
        yield row.kind.value, row.text


def _customer(session: Session, order: Order) -> Iterator[tuple[str, str]]:
    customer = session.get_one(User, order.customer_id)
    yield "customer_name", customer.name
    yield "customer_email_address", customer.email
    for kind, address in (("billing_address", order.billing_address), ("shipping_address", order.shipping_address)):
        if address:
            yield kind, _address(address)


def _address(parts: Mapping[str, Any]) -> str:
    return ", ".join(str(parts[name]) for name in _ADDRESS if parts.get(name))


def _goods(session: Session, order: Order) -> Iterator[tuple[str, str]]:
    lines = sa.select(OrderItem).where(OrderItem.order_id == order.id).order_by(OrderItem.id)
    for line in session.scalars(lines):
        price = money.format_amount(line.total_price, line.currency)
        yield "product_description", f"{line.quantity} x {line.product_name}, {price}"
    yield "service_date", order.created_at.date().isoformat()


def _parcels(session: Session, order: Order) -> Iterator[tuple[str, str]]:
    parcels = sa.select(Shipment).where(Shipment.order_id == order.id, Shipment.shipped_at.is_not(None))
    for parcel in session.scalars(parcels.order_by(Shipment.id)):
        facts = {
            "shipping_date": parcel.shipped_at.date().isoformat() if parcel.shipped_at else None,
            "shipping_carrier": parcel.carrier,
            "shipping_tracking_number": parcel.tracking_number,
        }
        yield from ((kind, text) for kind, text in facts.items() if text)
    events = (
        sa.select(ShipmentEvent)
        .join(Shipment, Shipment.id == ShipmentEvent.shipment_id)
        .where(Shipment.order_id == order.id)
        # A carrier's code that means nothing to us proves nothing.
        .where(sa.or_(ShipmentEvent.status.is_not(None), ShipmentEvent.incident.is_not(None)))
        .order_by(ShipmentEvent.occurred_at, ShipmentEvent.id)
    )
    for event in session.scalars(events):
        what = (one.label for one in (event.status or event.incident,) if one)
        said = " ".join(filter(None, (*what, event.location, event.proof)))
        yield "uncategorized_text", f"{event.occurred_at:%Y-%m-%d %H:%M} {said}"


def _messages(session: Session, order: Order) -> Iterator[tuple[str, str]]:
    messages = (
        sa.select(DisputeMessage)
        .join(Dispute, Dispute.id == DisputeMessage.dispute_id)
        .where(Dispute.order_id == order.id, DisputeMessage.is_internal.is_(sa.false()))
        .order_by(DisputeMessage.created_at, DisputeMessage.id)
    )
    for message in session.scalars(messages):
        yield "uncategorized_text", f"{message.created_at:%Y-%m-%d %H:%M} Message: {message.message}"
