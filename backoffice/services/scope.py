"""Which rows a person may see: the single home of the row scope (ACC-1).

Vendors see their own rows; everybody else is limited by panel, not by row. Each rule is a predicate over the entity
with the vendor's id, so that row-level security can later be generated from the same table.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import NotFoundError
from models import (
    AnalyticsEvent,
    Base,
    Category,
    Chargeback,
    Dispute,
    DisputeAttachment,
    DisputeMessage,
    InvoiceCharge,
    Notification,
    Operation,
    OperationItem,
    Order,
    OrderGroup,
    OrderItem,
    Payment,
    PaymentAllocation,
    Payout,
    PayoutHold,
    PayoutItem,
    Product,
    ProductChangeRequest,
    ProductReview,
    Refund,
    RefundItem,
    Report,
    Return,
    ReturnItem,
    Shipment,
    ShipmentEvent,
    ShipmentItem,
    ShippingMethod,
    StockMovement,
    Subscription,
    SubscriptionInvoice,
    SubscriptionPlan,
    Transaction,
    TransferReversal,
    User,
    UserProfile,
    VendorDocument,
    VendorProfile,
    VendorRequirement,
)

Rule = Callable[[uuid.UUID], sa.ColumnElement[bool]]


def _through(column: Any, parent: type[Any], owner: Any) -> Rule:
    """Rows whose parent belongs to the vendor."""
    return lambda vendor: sa.exists().where(parent.id == column, owner == vendor)


def _own_orders_of(column: Any) -> Rule:
    return _through(column, Order, Order.vendor_id)


def _everything(_vendor: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.true()


def _public_messages(vendor: uuid.UUID) -> sa.ColumnElement[bool]:
    """Internal messages never reach a vendor (DSP-4)."""
    own = sa.exists().where(Dispute.id == DisputeMessage.dispute_id, Dispute.vendor_id == vendor)
    return sa.and_(own, DisputeMessage.is_internal.is_(sa.false()))


def _public_attachments(vendor: uuid.UUID) -> sa.ColumnElement[bool]:
    """Files of messages that the vendor reads, and the vendor's own that wait for their message (DSP-4)."""
    public = sa.exists().where(DisputeMessage.id == DisputeAttachment.message_id, _public_messages(vendor))
    return sa.or_(public, _own_pending(vendor))


def _own_pending(user_id: uuid.UUID | None) -> sa.ColumnElement[bool]:
    return sa.and_(DisputeAttachment.message_id.is_(None), DisputeAttachment.uploaded_by == user_id)


def _attachments(acting: Acting) -> sa.ColumnElement[bool]:
    """What waits for its message is its uploader's alone (DSP-4)."""
    return sa.or_(DisputeAttachment.message_id.is_not(None), _own_pending(acting.user_id))


#: What a vendor may see of each entity; an entity that is not here is invisible to vendors.
VENDOR_RULES: Mapping[type[Base], Rule] = {
    AnalyticsEvent: lambda vendor: AnalyticsEvent.user_id == vendor,
    Category: _everything,
    InvoiceCharge: lambda vendor: InvoiceCharge.vendor_id == vendor,
    Chargeback: _own_orders_of(Chargeback.order_id),
    Dispute: lambda vendor: Dispute.vendor_id == vendor,
    DisputeAttachment: _public_attachments,
    DisputeMessage: _public_messages,
    Notification: Notification.shown_to,
    Operation: lambda vendor: Operation.actor_id == vendor,
    OperationItem: _through(OperationItem.operation_id, Operation, Operation.actor_id),
    Order: lambda vendor: Order.vendor_id == vendor,
    OrderGroup: lambda vendor: sa.exists().where(Order.order_group_id == OrderGroup.id, Order.vendor_id == vendor),
    OrderItem: lambda vendor: OrderItem.vendor_id == vendor,
    Payment: _own_orders_of(Payment.order_id),
    PaymentAllocation: _own_orders_of(PaymentAllocation.order_id),
    Payout: lambda vendor: Payout.vendor_id == vendor,
    PayoutHold: lambda vendor: PayoutHold.vendor_id == vendor,
    PayoutItem: lambda vendor: PayoutItem.vendor_id == vendor,
    Product: lambda vendor: Product.vendor_id == vendor,
    ProductChangeRequest: lambda vendor: ProductChangeRequest.vendor_id == vendor,
    ProductReview: _through(ProductReview.product_id, Product, Product.vendor_id),
    Refund: _own_orders_of(Refund.order_id),
    RefundItem: lambda vendor: sa.exists().where(
        Refund.id == RefundItem.refund_id, Order.id == Refund.order_id, Order.vendor_id == vendor
    ),
    Report: lambda vendor: Report.user_id == vendor,
    Return: _own_orders_of(Return.order_id),
    ReturnItem: lambda vendor: sa.exists().where(
        OrderItem.id == ReturnItem.order_item_id, OrderItem.vendor_id == vendor
    ),
    Shipment: _own_orders_of(Shipment.order_id),
    ShipmentEvent: lambda vendor: sa.exists().where(
        Shipment.id == ShipmentEvent.shipment_id, Order.id == Shipment.order_id, Order.vendor_id == vendor
    ),
    ShipmentItem: lambda vendor: sa.exists().where(
        OrderItem.id == ShipmentItem.order_item_id, OrderItem.vendor_id == vendor
    ),
    ShippingMethod: _everything,
    StockMovement: _through(StockMovement.product_id, Product, Product.vendor_id),
    Subscription: lambda vendor: Subscription.vendor_id == vendor,
    SubscriptionInvoice: lambda vendor: SubscriptionInvoice.vendor_id == vendor,
    SubscriptionPlan: _everything,
    Transaction: lambda vendor: Transaction.vendor_id == vendor,
    TransferReversal: lambda vendor: TransferReversal.vendor_id == vendor,
    User: lambda vendor: User.id == vendor,
    UserProfile: lambda vendor: UserProfile.user_id == vendor,
    VendorDocument: lambda vendor: VendorDocument.vendor_id == vendor,
    VendorProfile: lambda vendor: VendorProfile.vendor_id == vendor,
    VendorRequirement: lambda vendor: VendorRequirement.vendor_id == vendor,
}


def predicate(entity: type[Base], acting: Acting) -> sa.ColumnElement[bool]:
    """Which rows of `entity` this person may see; soft-deleted rows are for nobody. Selects add it to their WHERE."""
    visible: sa.ColumnElement[bool] = sa.true()
    if acting.vendor_id is not None:
        rule = VENDOR_RULES.get(entity)
        visible = rule(acting.vendor_id) if rule else sa.false()
    elif entity is Notification and acting.user_id is not None and acting.role is not None:
        visible = Notification.shown_to(acting.user_id)
    elif entity is DisputeAttachment and acting.role is not None:
        visible = _attachments(acting)
    deleted_at = getattr(entity, "deleted_at", None)
    return visible if deleted_at is None else sa.and_(visible, deleted_at.is_(None))


def visible(entity: type[Any], acting: Acting) -> sa.Select[Any]:
    """SELECT of the rows of `entity` that this person may see."""
    return sa.select(entity).where(predicate(entity, acting))


def get_visible(session: Session, entity: type[Any], row_id: uuid.UUID, acting: Acting, *, lock: bool = False) -> Any:
    """The row, locked if asked. Raises `NotFoundError` for a foreign or missing id alike (ACC-1)."""
    statement = visible(entity, acting).where(entity.id == row_id)
    if lock:
        statement = statement.with_for_update(of=entity).execution_options(populate_existing=True)
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise NotFoundError
    return row
