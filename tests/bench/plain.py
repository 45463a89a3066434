"""The figures of the pages of a day's work in plain SQL, as somebody writes it who wants to know them once.

A queue is its label, and a SELECT of how many wait and since when the oldest does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backoffice.permissions import Role

_ON_ITS_WAY: Final = "status IN ('picked_up', 'in_transit', 'out_for_delivery')"
_UNDERWAY: Final = "status NOT IN ('delivered', 'returned') AND voided_at IS NULL"


def _queue(rows: str, since: str = "created_at") -> str:
    return f"SELECT count(*), min({since}) FROM {rows}"


#: By panel; `:me` is the person, who for a vendor is the vendor.
QUEUES: Final[Mapping[Role, Mapping[str, str]]] = {
    Role.ADMIN: {
        "Products to review": _queue("products WHERE status = 'pending' AND deleted_at IS NULL"),
        "Product changes to review": _queue("product_change_requests WHERE status = 'pending'"),
        "Reviews to moderate": _queue("product_reviews WHERE status = 'pending'"),
        "Disputes past their time": _queue("disputes WHERE status IN ('open', 'in_review') AND due_at < now()"),
        "Disputes without anybody": _queue("disputes WHERE status = 'open' AND assigned_to IS NULL"),
        "Disputes being worked": _queue("disputes WHERE status IN ('open', 'in_review') AND assigned_to IS NOT NULL"),
        "Vendors to verify": _queue("vendor_profiles WHERE verification_status = 'under_review'"),
    },
    Role.FINANCE: {
        "Refunds to approve": _queue("refunds WHERE status = 'requested'"),
        "Chargebacks to answer": _queue(
            "chargebacks WHERE status IN ('needs_response', 'warning_needs_response')", "evidence_due_at"
        ),
        "Payouts to release": _queue("payouts WHERE status = 'pending'"),
        "Failed payouts": _queue("payouts WHERE status = 'failed'"),
        "Failed refunds": _queue("refunds WHERE status = 'failed'"),
        "Differences with Stripe": _queue("recon_items WHERE status = 'open'"),
    },
    Role.LOGISTICS: {
        "Shipments to pick up": _queue("shipments WHERE status = 'pending'"),
        "Out for delivery": _queue("shipments WHERE status = 'out_for_delivery'"),
        "Failed deliveries": _queue("shipments WHERE status = 'failed'"),
        "Returns to receive": _queue("returns WHERE status = 'approved'"),
        "No scan 48 hours after the label": _queue(
            "shipments WHERE status = 'pending' AND voided_at IS NULL AND created_at < now() - interval '48 hours'"
        ),
        "No scan for 5 days on its way": _queue(
            f"shipments AS s WHERE {_ON_ITS_WAY} AND shipped_at < now() - interval '5 days' AND NOT EXISTS (SELECT FROM"
            " shipment_events AS e WHERE e.shipment_id = s.id AND e.occurred_at >= now() - interval '5 days'"
            " AND e.tracking_number IS NULL)"
        ),
        "Past its estimated delivery": _queue(f"shipments WHERE {_UNDERWAY} AND estimated_delivery < now()"),
        "Two attempts failed": _queue(f"shipments WHERE {_UNDERWAY} AND failed_attempts >= 2"),
        "Returned without a return": _queue(
            "shipments AS s WHERE status = 'returned'"
            " AND NOT EXISTS (SELECT FROM returns AS r WHERE r.shipment_id = s.id)"
        ),
        "Delivered, but disputed": _queue(
            "shipments AS s WHERE status = 'delivered'"
            " AND EXISTS (SELECT FROM disputes AS d WHERE d.order_id = s.order_id"
            " AND d.status IN ('open', 'in_review'))"
        ),
    },
    Role.VENDOR: {
        "Orders to ship": _queue("orders WHERE vendor_id = :me AND status IN ('confirmed', 'processing')"),
        "Rejected products": _queue("products WHERE vendor_id = :me AND status = 'rejected' AND deleted_at IS NULL"),
        "Changes sent back": _queue("product_change_requests WHERE vendor_id = :me AND status = 'changes_requested'"),
        "Low stock": _queue(
            "products WHERE vendor_id = :me AND deleted_at IS NULL AND tracks_stock"
            " AND status IN ('approved', 'active') AND stock_quantity <= min_stock_level"
        ),
        "Open disputes": _queue("disputes WHERE vendor_id = :me AND status IN ('open', 'in_review')"),
    },
}
#: The figures of thirty days and of the thirty before, from the facts; of one vendor where `:me` is one.
FIGURES: Final = """
SELECT currency, created_at >= :since AS now, count(*), sum(total_amount), sum(platform), count(cancelled_at)
FROM orders LEFT JOIN LATERAL (
    SELECT sum(commission_amount) AS platform FROM order_items AS i WHERE i.order_id = orders.id
) AS earned ON true
WHERE created_at >= :before AND payment_status IN ('paid', 'partially_refunded', 'refunded')
    AND (CAST(:me AS uuid) IS NULL OR vendor_id = :me)
GROUP BY 1, 2
"""
#: The oldest product that waits, held against others, with what is shown beside it.
REVIEW: Final = """
SELECT p.*, c.name, u.first_name, u.last_name, (SELECT count(*) FROM products AS o WHERE o.vendor_id = p.vendor_id),
    (SELECT count(*) FROM moderation_decisions AS d WHERE d.vendor_id = p.vendor_id)
FROM products AS p JOIN categories AS c ON c.id = p.category_id JOIN users AS u ON u.id = p.vendor_id
WHERE p.status = 'pending' AND p.deleted_at IS NULL ORDER BY p.created_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED
"""
