"""One row at least of every entity, in two vendors' hands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

import models as m
from backoffice.clock import now
from backoffice.permissions import Role
from models.base import uuid7
from models.payout import HoldSource
from models.product import ProductStatus
from models.refund import RefundKind, RefundReason
from models.shipment import ShipmentStatus
from models.subscription import BillingCycle
from models.transaction import TransactionDirection, TransactionType
from models.vendor_requirement import RequirementKind
from tests import factories as make
from tests.factories.payouts import assemble, make_reversal
from tests.factories.recon import make_recon_item, make_recon_run


@dataclass
class World:
    """The people, and the rows of each vendor by noun."""

    admin: m.User
    finance: m.User
    finance2: m.User
    logistics: m.User
    vendor: m.User
    vendor2: m.User
    rows: dict[str, Any] = field(default_factory=dict)
    rows2: dict[str, Any] = field(default_factory=dict)


def make_world(session: Session) -> World:
    """Everything, committed by the caller."""
    world = World(
        admin=make.make_user(session, Role.ADMIN),
        finance=make.make_user(session, Role.FINANCE),
        finance2=make.make_user(session, Role.FINANCE),
        logistics=make.make_user(session, Role.LOGISTICS),
        vendor=make.make_vendor(session),
        vendor2=make.make_vendor(session),
    )
    category = make.make_category(session)
    make.make_user(session, Role.ADMIN)
    plan = m.SubscriptionPlan(
        id=uuid7(),
        name="Basic",
        slug="basic",
        monthly_price=Decimal("10.00"),
        yearly_price=Decimal("100.00"),
        currency="USD",
        commission_rate=Decimal("0.080000"),
        features={"support": ["mail"]},
    )
    method = make.make_shipping_method(session)
    session.add(plan)
    session.flush()
    for vendor, rows in ((world.vendor, world.rows), (world.vendor2, world.rows2)):
        rows.update(categories=category, subscription_plans=plan, shipping_methods=method, users=vendor)
        _sales(session, vendor, category, rows)
        _money(session, world, vendor, plan, rows)
        _people(session, vendor, rows)
        _checklist(session, world, vendor, rows)
    world.rows["canned_replies"] = make.make_canned_reply(session)
    world.rows["platform_settings"] = session.scalars(sa.select(m.PlatformSetting).limit(1)).one()
    _system(session, world)
    session.flush()
    return world


def _sales(session: Session, vendor: m.User, category: m.Category, rows: dict[str, Any]) -> None:
    product = make.make_product(
        session,
        vendor=vendor,
        category=category,
        status=ProductStatus.ACTIVE,
        images=[],
        specifications={"a": [1]},
        description="Line one\nLine two",
        weight=Decimal("1.500"),
        published_at=dt.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC),
    )
    pending = make.make_product(session, vendor=vendor, category=category, seo_meta={})
    order = make.make_order(session, vendor=vendor, product=product, lines=((2, "50.00"),))
    shipment = make.make_shipment(session, order=order)
    event = m.ShipmentEvent(
        id=uuid7(),
        shipment_id=shipment.id,
        status=ShipmentStatus.PENDING,
        occurred_at=now(),
        event_hash=uuid7().hex * 2,
    )
    dispute = make.make_dispute(session, order=order)
    message = m.DisputeMessage(id=uuid7(), dispute_id=dispute.id, user_id=vendor.id, message="Where is it?")
    internal = m.DisputeMessage(
        id=uuid7(), dispute_id=dispute.id, user_id=vendor.id, message="Internal remark", is_internal=True
    )
    session.add_all([event, message, internal])
    session.flush()
    item = make.items_of(session, order)[0]
    group = make.make_group(session, vendors=[vendor])
    share = session.query(m.PaymentAllocation).join(m.Order).filter(m.Order.vendor_id == vendor.id).one()
    record = make.make_return(session, shipment=shipment)
    moved = session.scalars(sa.select(m.StockMovement).where(m.StockMovement.order_item_id == item.id)).one()
    rows.update(
        stock_movements=moved,
        returns=record,
        return_items=session.scalars(sa.select(m.ReturnItem).where(m.ReturnItem.return_id == record.id)).one(),
        products=product,
        pending=pending,
        product_changes=make.make_change_request(
            session, product=make.make_product(session, vendor=vendor, category=category, status=ProductStatus.APPROVED)
        ),
        moderation_decisions=make.make_decision(session, product=product),
        reviews=make.make_review(session, product=product),
        webhook_events=make.make_webhook_event(session),
        orders=order,
        order_groups=group,
        payment_allocations=share,
        order_items=item,
        shipments=shipment,
        shipment_events=event,
        delivery_proofs=make.make_proof(session, shipment, taken_by=vendor.id),
        disputes=dispute,
        dispute_messages=message,
        dispute_attachments=make.make_message_with_file(session, dispute=dispute, message="The invoice."),
        dispute_events=make.make_dispute_event(session, dispute=dispute),
        sla_policies=session.scalars(sa.select(m.SlaPolicy).order_by(m.SlaPolicy.position).limit(1)).one(),
        business_calendars=session.scalars(sa.select(m.BusinessCalendar)).one(),
        payments=make.payment_of(session, order),
    )


def _money(session: Session, world: World, vendor: m.User, plan: m.SubscriptionPlan, rows: dict[str, Any]) -> None:
    order, payment, item = rows["orders"], rows["payments"], rows["order_items"]
    refund = m.Refund(
        id=uuid7(),
        order_id=order.id,
        payment_id=payment.id,
        kind=RefundKind.LINES,
        amount=Decimal("5.00"),
        currency="USD",
        reason=RefundReason.GOODWILL,
        requested_by=world.admin.id,
    )
    session.add(refund)
    session.flush()
    chargeback = make.make_chargeback(session, order, amount=Decimal("4.00"))
    refund_item = m.RefundItem(
        id=uuid7(), refund_id=refund.id, order_item_id=item.id, quantity=0, amount=Decimal("5.00"), currency="USD"
    )
    session.add(refund_item)
    session.flush()
    payout = assemble(session, order)
    payout_item = session.query(m.PayoutItem).filter_by(payout_id=payout.id).one()
    hold = m.PayoutHold(
        id=uuid7(), vendor_id=vendor.id, source=HoldSource.ADMIN, reason="Look", placed_by=world.admin.id
    )
    transaction = m.Transaction(
        id=uuid7(),
        vendor_id=vendor.id,
        user_id=order.customer_id,
        order_id=order.id,
        payment_id=payment.id,
        type=TransactionType.PAYMENT,
        direction=TransactionDirection.IN,
        amount=order.total_amount,
        currency="USD",
        event_key=f"payment:{payment.id}",
    )
    subscription = m.Subscription(
        id=uuid7(),
        vendor_id=vendor.id,
        plan_id=plan.id,
        billing_cycle=BillingCycle.MONTHLY,
        amount=Decimal("10.00"),
        currency="USD",
        start_date=now(),
        commission_rate=plan.commission_rate,
        billing_anchor_day=now().day,
    )
    session.add_all([hold, transaction, subscription])
    session.flush()
    invoice = make.make_invoice(session, subscription)
    rows.update(
        refunds=refund,
        refund_items=refund_item,
        chargebacks=chargeback,
        chargeback_evidence=make.make_evidence(session, chargeback, added_by=world.finance.id),
        payouts=payout,
        payout_items=payout_item,
        payout_holds=hold,
        transactions=transaction,
        transfer_reversals=make_reversal(session, payout, requested_by=world.admin.id),
        **_book(session, payout_item),
        **_compared(session),
        subscriptions=subscription,
        subscription_invoices=invoice,
        invoice_charges=make.make_charge(session, invoice),
    )


def _book(session: Session, item: m.PayoutItem) -> dict[str, Any]:
    line = session.query(m.JournalLine).filter_by(journal_id=item.journal_id).first()
    assert line is not None
    return {
        "journals": session.get_one(m.Journal, item.journal_id),
        "journal_lines": line,
        "ledger_accounts": session.get_one(m.LedgerAccount, line.account_id),
    }


def _compared(session: Session) -> dict[str, Any]:
    # Each vendor's part of the world has a day of its own.
    before = session.query(m.ReconRun).count()
    item = make_recon_item(session, make_recon_run(session, day=dt.date(2026, 1, 1 + before)))
    return {"recon_items": item, "recon_runs": session.get_one(m.ReconRun, item.run_id)}


def _people(session: Session, vendor: m.User, rows: dict[str, Any]) -> None:
    profile = session.query(m.UserProfile).filter_by(user_id=vendor.id).one()
    profile.company_name, profile.tax_id, profile.bio = "=HYPERLINK(1)", "DE123456789", "Shop"
    address = m.ShippingAddress(
        id=uuid7(),
        user_id=rows["orders"].customer_id,
        name="Ada Byron",
        address_line1="1 Road",
        city="London",
        postal_code="N1",
        country="GB",
    )
    session.add(address)
    session.flush()
    rows.update(
        user_profiles=profile,
        shipping_addresses=address,
        vendor_profiles=session.query(m.VendorProfile).filter_by(vendor_id=vendor.id).one(),
    )


def _checklist(session: Session, world: World, vendor: m.User, rows: dict[str, Any]) -> None:
    passport = make.requirement_of(session, vendor, RequirementKind.ID_DOCUMENT)
    rows.update(
        vendor_requirements=passport,
        vendor_documents=make.make_document(session, passport),
        vendor_decisions=make.make_vendor_decision(session, vendor=vendor, by=world.admin),
    )


def _system(session: Session, world: World) -> None:
    event = m.AnalyticsEvent(
        id=uuid7(), event_type="page", event_name="view", user_id=world.vendor.id, created_at=now()
    )
    session.add(event)
    session.flush()
    world.rows.update(
        analytics_events=event,
        mails=make.make_mail(session, user=world.admin),
        reports=make.make_report(session, user=world.admin),
        report_schedules=make.make_report_schedule(session, user=world.admin),
    )
