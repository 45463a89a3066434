"""What the small marketplace holds: consistent rows, full work queues, people who can sign in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.demo import (
    ADMINS,
    COMMON_WORD,
    DEMO_PASSWORD,
    FINANCE,
    LOGISTICS,
    RARE_WORD,
    VENDORS,
    sandbox_seed,
    verify,
)
from backoffice.money import from_stripe
from backoffice.permissions import Role
from backoffice.sandbox.stripe import seeding, shelf
from backoffice.sandbox.stripe.store import Store
from backoffice.services import passwords
from backoffice.services.ledger import verify as book
from backoffice.services.payouts import eligibility
from models import (
    Dispute,
    Journal,
    Order,
    OrderGroup,
    PaymentAllocation,
    Payout,
    Product,
    ProductReview,
    Refund,
    Shipment,
    Subscription,
    SubscriptionInvoice,
    User,
)
from models.base import Base
from models.dispute import DisputeStatus
from models.journal import JournalEvent
from models.payout import PayoutMethod, PayoutStatus
from models.product import ProductStatus
from models.product_review import ReviewStatus
from models.refund import RefundStatus
from models.shipment import ShipmentStatus

#: Updates that change nothing, but make the triggers check the rows again.
TOUCHES = (
    "UPDATE payments SET refund_reserved = refund_reserved",
    "UPDATE payouts SET amount = amount",
    "UPDATE payout_items SET amount = amount",
    "UPDATE refund_items SET amount = amount",
    "UPDATE shipment_items SET quantity = quantity",
    "UPDATE categories SET parent_id = parent_id",
    "UPDATE products SET status = status",
    "UPDATE orders SET status = status, payment_status = payment_status",
)


def counts(session: Session, entity: type[Base]) -> dict[str, int]:
    """Number of rows by status."""
    status = entity.__table__.c.status
    rows = session.execute(sa.select(status, sa.func.count()).group_by(status)).all()
    return {row[0].value: row[1] for row in rows}


def test_everything_adds_up(demo: Session) -> None:
    """MON-5, COM-1, COM-4, REF-1, REF-2, REF-5, REF-7, PAY-4, SHP-1, SHP-2, ORD-2, STM-1: recomputed from the rows."""
    assert verify(demo) == []


def test_verify_notices_what_is_wrong(demo: Session) -> None:
    demo.execute(sa.text("SET LOCAL session_replication_role = replica"))
    demo.execute(sa.text("UPDATE orders SET subtotal = subtotal + 1, total_amount = total_amount + 1 WHERE id = ("
                         "SELECT id FROM orders WHERE status = 'delivered' ORDER BY id LIMIT 1)"))  # fmt: skip
    demo.execute(sa.text("UPDATE shipments SET status = 'in_transit' WHERE id = ("
                         "SELECT id FROM shipments WHERE status = 'delivered' ORDER BY id LIMIT 1)"))  # fmt: skip
    found = verify(demo)
    for complaint in (
        "1 orders whose subtotal is not the sum of their lines",
        "1 orders whose captured payments are not their total",
        "1 parcels whose status or times do not follow from their events (SHP-2)",
        "1 shipments whose status has no history that leads to it",
    ):
        assert complaint in found


@pytest.mark.parametrize("touch", TOUCHES)
def test_triggers_agree(demo: Session, touch: str) -> None:
    """What was written past the triggers would have passed them."""
    demo.execute(sa.text(touch))
    demo.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_each_queue_has_work(demo: Session) -> None:
    assert counts(demo, Product)[ProductStatus.PENDING] >= 10
    assert counts(demo, ProductReview)[ReviewStatus.PENDING] >= 3
    assert counts(demo, Refund)[RefundStatus.REQUESTED] >= 5
    assert set(counts(demo, Refund)) >= {"requested", "succeeded", "rejected"}
    assert set(counts(demo, Dispute)) == {status.value for status in DisputeStatus}
    assert counts(demo, Shipment)[ShipmentStatus.PENDING] >= 3
    assert set(counts(demo, Payout)) == {status.value for status in PayoutStatus} - {"processing"}
    assert set(counts(demo, Order)) == {
        "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded"
    }  # fmt: skip


def test_some_orders_are_bought_together(demo: Session) -> None:
    """MON-6, C3.26: a checkout has the orders of two vendors and one payment, of which each has a share."""
    orders = sa.select(sa.func.count(), sa.func.count(Order.vendor_id.distinct())).group_by(Order.order_group_id)
    found = demo.execute(orders.where(Order.order_group_id.is_not(None)))
    assert {tuple(row) for row in found} == {(2, 2)}
    groups = demo.scalar(sa.select(sa.func.count()).select_from(OrderGroup)) or 0
    assert groups >= 10
    assert demo.scalar(sa.select(sa.func.count()).select_from(PaymentAllocation)) == 2 * groups


def test_refunds_to_approve_need_one_person_or_two(demo: Session) -> None:
    """REF-5: both kinds wait in the queue."""
    query = sa.select(Refund.second_person_required).where(Refund.status == RefundStatus.REQUESTED).distinct()
    assert set(demo.scalars(query)) == {True, False}


def test_most_pending_payouts_may_leave_and_some_are_held(demo: Session) -> None:
    """PAY-1: the queue shows payouts that can be released, and reasons for the others."""
    pending = demo.scalars(sa.select(Payout.id).where(Payout.status == PayoutStatus.PENDING)).all()
    found = eligibility.reasons(demo, pending)
    free = [payout for payout in pending if not found[payout]]
    codes = {reason.code for reasons in found.values() for reason in reasons}
    assert len(free) >= 5
    expected = {"held", "vendor_not_active", "requirements_past_due", "no_payout_account", "paid_by_hand"}
    assert expected <= codes <= expected | {"payouts_disabled"}


def test_some_payouts_were_paid_by_hand(demo: Session) -> None:
    """PAY-13: each with its reference, and its money from our own bank."""
    paid = sa.select(Payout).where(Payout.payout_method == PayoutMethod.BY_HAND)
    found = demo.scalars(paid).all()
    assert len(found) >= 3
    assert {(one.status, str(one.bank_reference)[:5]) for one in found} == {(PayoutStatus.COMPLETED, "BANK-")}
    settled = sa.select(Journal.source_id).where(Journal.event == JournalEvent.PAYOUT_SETTLED)
    assert set(demo.scalars(settled)) == {one.id for one in found}
    assert book.verify(demo).complaints == []


def test_staff_can_sign_in(demo: Session) -> None:
    by_role = {Role.ADMIN: ADMINS, Role.FINANCE: FINANCE, Role.LOGISTICS: LOGISTICS, Role.VENDOR: VENDORS}
    for role, addresses in by_role.items():
        for address in addresses:
            user = demo.scalars(sa.select(User).where(User.email == address)).one()
            assert (user.role, user.status.value) == (role, "active")
            assert passwords.matches(user.password_hash, DEMO_PASSWORD)
    assert demo.scalar(sa.select(sa.func.count()).where(User.role == Role.CUSTOMER, User.password_hash != "")) == 0


def test_known_vendors_have_work(demo: Session) -> None:
    """Both vendors who can sign in have products, orders and a payout."""
    for address in VENDORS:
        vendor = demo.scalar(sa.select(User.id).where(User.email == address))
        for entity in (Product, Order, Payout):
            assert demo.scalar(sa.select(sa.func.count()).where(entity.vendor_id == vendor)) > 0


@pytest.mark.parametrize(("word", "low", "high"), [(RARE_WORD, 1, 3), (COMMON_WORD, 40, 90)])
def test_search_words(demo: Session, word: str, low: int, high: int) -> None:
    """One product in a thousand, and one in ten, of 600."""
    hit = Product.search_vector.bool_op("@@")(sa.func.to_tsquery("simple", word))
    assert low <= demo.scalar(sa.select(sa.func.count()).where(hit)) <= high


def test_sandbox_takes_the_seed(demo: Session) -> None:
    """Each captured payment exists there with what is left of it, and the money for pending payouts is available."""
    known = sandbox_seed(demo)
    store = Store()
    made = seeding.seed(store, known)
    assert made == {noun: len(known[noun]) for noun in ("payment_intents", "accounts", "customers")}
    assert made["customers"]
    assert made["payment_intents"] > 600
    with store.transaction():
        available = shelf.available(store, shelf.PLATFORM)
    pending = sa.select(Payout.currency, sa.func.sum(Payout.amount)).where(Payout.status == PayoutStatus.PENDING)
    for currency, amount in demo.execute(pending.group_by(Payout.currency)):
        assert from_stripe(available[currency.lower()], currency) >= amount


def test_plans_are_paid_or_dunned(demo: Session) -> None:
    """SUB-2, SUB-5: an invoice for every period, and one vendor at least whose fee cannot be collected."""
    found = counts(demo, SubscriptionInvoice)
    assert found["paid"] > 10 * found["open"] > 0
    assert set(counts(demo, Subscription)) == {"active", "cancelled", "expired", "suspended"}
