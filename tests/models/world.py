"""One row in every business table, so that a rule of any table can be tried by a single UPDATE."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services.figures import keep as figures
from models import (
    Approval,
    DisputeMessage,
    Notification,
    Operation,
    OperationItem,
    OrderItem,
    Payment,
    PayoutHold,
    Refund,
    RefundItem,
    ShipmentEvent,
    ShippingAddress,
    Subscription,
    SubscriptionPlan,
    Transaction,
)
from models.base import uuid7
from models.payout import HoldSource
from models.product import ProductStatus
from models.refund import RefundKind, RefundReason, RefundStatus
from models.shipment import ShipmentStatus
from models.subscription import BillingCycle
from models.transaction import TransactionDirection, TransactionType
from models.vendor_requirement import RequirementKind
from tests.factories import (
    items_of,
    make_attachment,
    make_canned_reply,
    make_change_request,
    make_charge,
    make_chargeback,
    make_decision,
    make_dispute,
    make_dispute_event,
    make_document,
    make_evidence,
    make_group,
    make_invoice,
    make_lease,
    make_order,
    make_product,
    make_proof,
    make_report,
    make_report_schedule,
    make_return,
    make_review,
    make_shipment,
    make_user,
    make_vendor,
    make_vendor_decision,
    make_webhook_event,
    payment_of,
    requirement_of,
)
from tests.factories.exports import make_export
from tests.factories.impersonations import make_impersonation
from tests.factories.imports import make_import
from tests.factories.payouts import assemble, make_reversal
from tests.factories.people import make_settings
from tests.factories.recon import make_recon_item


def make_refund(session: Session, payment: Payment, amount: str, **values: Any) -> Refund:
    """A goodwill refund in `requested`, unless told otherwise."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "order_id": payment.order_id,
        "payment_id": payment.id,
        "kind": RefundKind.GOODWILL,
        "amount": Decimal(amount),
        "currency": payment.currency,
        "reason": RefundReason.OTHER,
        "status": RefundStatus.REQUESTED,
        "requested_by": values.get("requested_by") or make_user(session).id,
    }
    refund = Refund(**(defaults | values))
    session.add(refund)
    session.flush()
    return refund


def make_refund_item(session: Session, refund: Refund, line: OrderItem, quantity: int, amount: str) -> RefundItem:
    """`amount` and `quantity` of one line in a refund."""
    item = RefundItem(
        id=uuid7(),
        refund_id=refund.id,
        order_item_id=line.id,
        quantity=quantity,
        amount=Decimal(amount),
        currency=refund.currency,
    )
    session.add(item)
    session.flush()
    return item


def make_world(session: Session) -> None:
    """Fill every table that no factory of another row fills."""
    admin, vendor = make_user(session), make_vendor(session)
    order = make_order(session, vendor=vendor, lines=((2, "50.00"),))
    line, payment = items_of(session, order)[0], payment_of(session, order)
    refund = make_refund(session, payment, "10.00", requested_by=admin.id, kind=RefundKind.LINES)
    make_refund_item(session, refund, line, 1, "10.00")
    payout = assemble(session, order)
    make_reversal(session, payout, requested_by=admin.id)
    make_evidence(session, make_chargeback(session, order, amount=Decimal(20)))
    parcel = make_shipment(session, order=order)
    make_return(session, shipment=parcel)
    make_proof(session, parcel, taken_by=admin.id)
    event = {"status": ShipmentStatus.PENDING, "occurred_at": now(), "event_hash": "0" * 64}
    session.add(ShipmentEvent(shipment_id=parcel.id, **event))
    make_review(session)
    product = make_product(session, status=ProductStatus.ACTIVE)
    make_change_request(session, product=product)
    make_decision(session, product=product, by=admin)
    make_canned_reply(session)
    make_lease(session, holder=admin, target_id=product.id)
    make_group(session)
    dispute = make_dispute(session, order=order)
    session.add(DisputeMessage(dispute_id=dispute.id, user_id=admin.id, message="We look into it."))
    make_dispute_event(session, dispute=dispute)
    make_attachment(session, dispute=dispute)
    session.add(PayoutHold(vendor_id=vendor.id, source=HoldSource.ADMIN, reason="Under review."))
    make_report(session, user=admin)
    make_report_schedule(session, user=admin)
    session.add(Notification(user_id=admin.id, title="Hello", message="Hello there.", event_key="hello"))
    session.add(_transaction(payment))
    make_webhook_event(session)
    make_export(session, admin)
    figures.refresh(session)
    make_import(session, admin)
    make_settings(session, vendor)
    make_impersonation(session, viewer=admin, user=vendor)
    make_recon_item(session)
    _subscribe(session, vendor.id)
    make_vendor_decision(session, vendor=vendor, by=admin)
    make_document(session, requirement_of(session, vendor, RequirementKind.ID_DOCUMENT))
    _address(session, make_user(session, Role.CUSTOMER).id)
    _operate(session, admin.id, payout.id)
    session.flush()
    # What waits for the end of the transaction would be in the way of statements about whole tables.
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))


def _transaction(payment: Payment) -> Transaction:
    return Transaction(
        payment_id=payment.id,
        order_id=payment.order_id,
        type=TransactionType.PAYMENT,
        direction=TransactionDirection.IN,
        amount=payment.amount,
        currency=payment.currency,
    )


def _subscribe(session: Session, vendor_id: uuid.UUID) -> None:
    prices = {"monthly_price": Decimal(50), "yearly_price": Decimal(500), "currency": "USD"}
    plan = SubscriptionPlan(name="Basic", slug=f"basic-{uuid.uuid4().hex}", commission_rate=Decimal("0.08"), **prices)
    session.add(plan)
    session.flush()
    subscription = Subscription(
        vendor_id=vendor_id,
        plan_id=plan.id,
        billing_cycle=BillingCycle.MONTHLY,
        amount=Decimal(50),
        currency="USD",
        start_date=now(),
        end_date=now() + dt.timedelta(days=30),
        commission_rate=plan.commission_rate,
        billing_anchor_day=1,
    )
    session.add(subscription)
    session.flush()
    make_charge(session, make_invoice(session, subscription))


def _address(session: Session, user_id: uuid.UUID) -> None:
    lines = {"address_line1": "1 High Street", "city": "London", "postal_code": "N1 7AA", "country": "GB"}
    session.add(ShippingAddress(user_id=user_id, name="Ann Example", **lines))


def _operate(session: Session, admin_id: uuid.UUID, target_id: uuid.UUID) -> None:
    operation = Operation(
        id=uuid7(),
        action="payout.release",
        entity="payouts",
        panel=Role.ADMIN,
        actor_id=admin_id,
        client_key=uuid.uuid4().hex,
        request_id="r",
    )
    session.add(operation)
    session.flush()
    session.add(OperationItem(operation_id=operation.id, position=1, target_id=target_id))
    approval = {"requested_by": admin_id, "content_hash": "0" * 64, "expires_at": now()}
    session.add(Approval(operation_id=operation.id, **approval))
