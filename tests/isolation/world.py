"""Two vendors with a row of every entity each, and a note of which rows are whose."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import recents, transitions, user_sessions
from models import Category, Order, Product, ShipmentEvent, ShippingMethod, SubscriptionPlan, User, UserProfile
from models.base import uuid7
from models.order import OrderStatus
from models.product import ProductStatus
from models.refund import RefundKind
from models.shipment import ShipmentStatus
from models.vendor_requirement import RequirementKind
from tests import factories as make
from tests.factories.payouts import assemble, make_reversal
from tests.isolation.rows import Rows, added, read
from tests.support.pictures import photo

#: The price of one unit; with the sums made of it, found nowhere by chance.
PRICE = Decimal("7919.13")
TAX_ID = "DE271828182"
#: In the message that only staff may read (DSP-4), and in the note of a moderator.
INTERNAL = "Hornbill"
#: In name and address of customers whom their vendor may not see, yet or any more (ACC-3).
HIDDEN = "Pangolin"
#: In name and address of the customer of a running order.
SHOWN = "Caracal"
#: In what a message to the vendor says.
PUBLIC = "Serval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The people of the marketplace."""

    admin: User
    finance: User
    logistics: User


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What every vendor uses."""

    category: Category
    plan: SubscriptionPlan
    method: ShippingMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Alice's rows are what Bob must not reach. `shared` are the rows that were there before both."""

    staff: Staff
    alice: User
    bob: User
    shared: Rows
    rows_of_alice: Rows
    rows_of_bob: Rows


def make_world(session: Session) -> World:
    """Everything, flushed; the caller commits."""
    staff = Staff(
        admin=make.make_user(session),
        finance=make.make_user(session, Role.FINANCE),
        logistics=make.make_user(session, Role.LOGISTICS),
    )
    common = Shared(
        category=make.make_category(session),
        plan=make.make_plan(session),
        method=make.make_shipping_method(session),
    )
    _office(session, staff)
    shared = read(session)
    alice = _make_vendor(session, staff, common, "Quagga")
    with_alice = read(session)
    bob = _make_vendor(session, staff, common, "Bongo")
    return World(
        staff=staff,
        alice=alice,
        bob=bob,
        shared=shared,
        rows_of_alice=added(shared, with_alice),
        rows_of_bob=added(with_alice, read(session)),
    )


def _office(session: Session, staff: Staff) -> None:
    """What is nobody's but the marketplace's own."""
    for person in (staff.admin, staff.finance, staff.logistics):
        make.make_notification(session, user=person)
    make.make_recon_item(session)
    make.make_canned_reply(session)


def _make_vendor(session: Session, staff: Staff, common: Shared, mark: str) -> User:
    """A vendor called `mark`, which is part of every text of theirs."""
    vendor = make.make_vendor(session, first_name=mark, last_name=f"{mark} Shop")
    make.make_settings(session, vendor)
    make.make_export(session, vendor)
    make.make_import(session, vendor)
    make.make_impersonation(session, viewer=staff.admin, user=vendor)
    profile = session.query(UserProfile).filter_by(user_id=vendor.id).one()
    profile.company_name, profile.tax_id, profile.bio = f"{mark} Ltd", TAX_ID, f"We are {mark}."
    product = make.make_product(
        session,
        vendor=vendor,
        category=common.category,
        status=ProductStatus.ACTIVE,
        name=f"{mark} lamp",
        price=PRICE,
        stock_quantity=1000,
    )
    make.make_product(session, vendor=vendor, category=common.category, name=f"{mark} chair")
    draft = make.make_product(
        session, vendor=vendor, category=common.category, name=f"{mark} desk", status=ProductStatus.DRAFT
    )
    make.make_review(
        session, product=product, title=f"{mark} review", moderation_note=f"{INTERNAL} note", content=f"{mark} is fine"
    )
    make.make_change_request(
        session, product=product, proposed={"name": f"{mark} lantern"}, former={"name": f"{mark} lamp"}
    )
    make.make_decision(session, product=product, by=staff.admin, note=f"{INTERNAL} note of {mark}")
    make.make_group(session, [str(PRICE)], vendors=[vendor], product=product)
    order = _order(session, vendor, product, mark, SHOWN)
    _parcel(session, staff, common, order, mark)
    _dispute(session, staff, order, mark)
    _money(session, staff, common, order, mark)
    _payout(session, staff, vendor, product, mark)
    _customers_who_are_hidden(session, common, vendor, product, mark)
    make.make_notification(session, user=vendor, title=f"{mark} news", message=f"{mark} sold something")
    make.make_mail(session, user=vendor, title=f"{mark} by mail", message=f"{mark} was mailed")
    schedule = make.make_report_schedule(session, user=vendor)
    make.make_report(
        session, user=vendor, name=f"{mark} report", schedule_id=schedule.id, scheduled_for=schedule.next_run_at
    )
    make.make_webhook_event(
        session, "account.updated", {"id": f"acct_{mark}", "object": "account", "email": f"{mark}@x"}
    )
    make.make_analytics_event(session, user=vendor, event_name=f"{mark} view")
    make.make_operation(session, "product.deactivate", product, by=vendor)
    make.make_operation(session, "product.submit", draft, by=vendor)
    transitions.move(session, order, OrderStatus.PROCESSING, acting=make.acting_for(vendor), reason=f"{mark} packs")
    passport = make.requirement_of(session, vendor, RequirementKind.ID_DOCUMENT)
    make.make_document(session, passport, file_name=f"{mark}.pdf", content=b"%PDF- " + mark.encode())
    make.make_vendor_decision(session, vendor=vendor, by=staff.admin, reason=f"{INTERNAL} on {mark}")
    user_sessions.start(session, vendor, acting=make.acting_for(vendor))
    recents.note(session, Role.VENDOR, "products", product.id, make.acting_for(vendor))
    session.flush()
    return vendor


def _order(session: Session, vendor: User, product: Product, mark: str, animal: str, **values: Any) -> Order:
    """An order of three lamps by a customer called after `animal`, who has an address book."""
    customer = make.make_user(session, Role.CUSTOMER, first_name=f"{mark} {animal}", last_name="Smith")
    address = {
        "name": f"{mark} {animal} Smith",
        "address_line1": f"7 {mark} {animal} Street",
        "city": "Oslo",
        "postal_code": "0150",
        "country": "NO",
    }
    make.make_address(session, user=customer, **address)
    return make.make_order(
        session,
        vendor=vendor,
        customer=customer,
        product=product,
        lines=((3, str(PRICE)),),
        shipping="1303.77",
        shipping_address=address,
        billing_address=address,
        notes=f"{mark} door",
        **values,
    )


def _customers_who_are_hidden(session: Session, common: Shared, vendor: User, product: Product, mark: str) -> None:
    """One order that nobody has paid, one that was cancelled, and one that arrived long ago (ACC-3)."""
    _order(session, vendor, product, mark, HIDDEN, paid=False)
    _order(session, vendor, product, mark, HIDDEN, paid=False, status=OrderStatus.CANCELLED)
    past = now() - dt.timedelta(days=61)
    old = _order(
        session, vendor, product, mark, HIDDEN, status=OrderStatus.DELIVERED, shipped_at=past, delivered_at=past
    )
    past_parcel = make.make_shipment(
        session, order=old, shipping_method_id=common.method.id, status=ShipmentStatus.DELIVERED, at=past
    )
    make.make_return(session, shipment=past_parcel, note=f"{mark} came back")
    make.make_transaction(session, order=old, description=f"{mark} sale")
    dispute = make.make_dispute(session, order=old, description=f"{mark} complaint")
    make.make_message(session, dispute=dispute, message=f"{mark} asks")
    make.make_review(session, product=product, title=f"{mark} rating", user=session.get_one(User, old.customer_id))


def _parcel(session: Session, staff: Staff, common: Shared, order: Order, mark: str) -> None:
    shipment = make.make_shipment(
        session, order=order, shipping_method_id=common.method.id, status=ShipmentStatus.IN_TRANSIT
    )
    make.make_operation(session, "shipment.assign", shipment, by=staff.logistics)
    session.add(
        ShipmentEvent(
            id=uuid7(),
            shipment_id=shipment.id,
            status=ShipmentStatus.IN_TRANSIT,
            occurred_at=now(),
            location=f"{mark} depot",
            note=f"{mark} box",
            event_hash=uuid7().hex * 2,
            recorded_by=staff.logistics.id,
        )
    )
    make.make_proof(session, shipment, taken_by=staff.logistics.id, content=photo(comment=mark.encode()))
    session.flush()


def _dispute(session: Session, staff: Staff, order: Order, mark: str) -> None:
    """A dispute with a message for the vendor and one for staff only."""
    dispute = make.make_dispute(
        session, order=order, description=f"{mark} complaint", requested_refund_amount=Decimal("2718.28")
    )
    make.make_dispute_event(session, dispute=dispute, actor_id=staff.admin.id, reason=f"{mark} {INTERNAL} raised")
    public = {"file_name": f"{mark} {PUBLIC}.pdf", "content": f"%PDF- {mark} {PUBLIC}".encode()}
    make.make_message_with_file(session, dispute=dispute, message=f"{mark} {PUBLIC} says", file=public)
    internal = {"file_name": f"{mark} {INTERNAL}.pdf", "content": f"%PDF- {mark} {INTERNAL}".encode()}
    make.make_message_with_file(
        session,
        dispute=dispute,
        user_id=staff.admin.id,
        message=f"{mark} {INTERNAL} thinks",
        is_internal=True,
        file=internal,
    )
    for writer, name in ((dispute.vendor_id, mark), (staff.admin.id, INTERNAL)):
        waiting = {"file_name": f"{name} draft.pdf", "content": f"%PDF- {name} draft".encode()}
        make.make_attachment(session, dispute=dispute, uploaded_by=writer, **waiting)


def _money(session: Session, staff: Staff, common: Shared, order: Order, mark: str) -> None:
    """A refund that was asked for, and the vendor's subscription."""
    refund = make.make_refund(
        session,
        order,
        requested_by=staff.admin.id,
        kind=RefundKind.LINES,
        amount=Decimal("1618.03"),
        note=f"{mark} refund",
    )
    make.make_refund_item(session, refund, order)
    chargeback = make.make_chargeback(session, order, amount=Decimal("141.42"), reason=f"{mark} fraud")
    make.make_evidence(session, chargeback, added_by=staff.finance.id, text=f"{mark} answers the bank")
    make.make_transaction(session, order=order, description=f"{mark} payment")
    subscription = make.make_subscription(session, vendor=session.get_one(User, order.vendor_id), plan=common.plan)
    make.make_charge(session, make.make_invoice(session, subscription))


def _payout(session: Session, staff: Staff, vendor: User, product: Product, mark: str) -> None:
    """A payout whose release waits for a second person of finance, and afterwards a hold."""
    past = now() - dt.timedelta(days=30)
    order = _order(
        session, vendor, product, mark, SHOWN, status=OrderStatus.DELIVERED, shipped_at=past, delivered_at=past
    )
    for item in make.items_of(session, order):
        item.fulfilled_at = past
    session.flush()
    payout = assemble(session, order, destination_account=f"acct_{mark}")
    make.make_operation(session, "payout.release", payout, by=staff.finance)
    make_reversal(session, payout, requested_by=staff.finance.id)
    make.make_hold(session, vendor=vendor, reason=f"{mark} papers", placed_by=staff.admin.id)
