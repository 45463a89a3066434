"""The table of domain rules B12, written out by hand: status -> `following:ACTORS`, actors as letters."""

from __future__ import annotations

_PARCEL_END = "delivered:PLS failed:PLS returned:PLS"

B12: dict[str, dict[str, str]] = {
    "users.status": {
        "pending": "active:AS inactive:A",
        "active": "inactive:AVLF suspended:AS",
        "inactive": "active:A",
        "suspended": "active:A inactive:A",
    },
    "vendor_profiles.verification_status": {
        "pending": "under_review:V",
        "under_review": "approved:A rejected:A pending:A",
        "approved": "under_review:S",
        "rejected": "pending:V",
    },
    # VEN-3; the rules have no machine for it.
    "vendor_requirements.status": {
        "open": "submitted:VA",
        "submitted": "accepted:A refused:A",
        "accepted": "refused:A",
        "refused": "submitted:VA",
    },
    "products.status": {
        "draft": "pending:VA",
        # MOD-6: what trusted vendors hand in is approved by the system.
        "pending": "draft:V approved:AS rejected:A",
        "approved": "active:VAS rejected:A pending:S",
        "rejected": "draft:V pending:V",
        "active": "inactive:VA rejected:A",
        "inactive": "active:VA rejected:A pending:S",
    },
    # MOD-6 again; a taken down product supersedes what was proposed for it.
    "product_change_requests.status": {
        "pending": "confirmed:AS declined:A changes_requested:A cancelled:V superseded:S",
        "changes_requested": "pending:V cancelled:V superseded:S",
    },
    "product_reviews.status": {
        "pending": "approved:A rejected:A",
        "approved": "rejected:A pending:S",
        "rejected": "approved:A pending:S",
    },
    "orders.status": {
        "pending": "confirmed:S cancelled:AVS",
        "confirmed": "processing:VLS cancelled:AV shipped:S delivered:S refunded:S",
        "processing": "cancelled:AV shipped:S delivered:S refunded:S",
        "shipped": "delivered:S refunded:S processing:A",
        "delivered": "refunded:S shipped:A",
    },
    "orders.payment_status": {
        "pending": "paid:P failed:P",
        "failed": "paid:P",
        "paid": "partially_refunded:S refunded:S",
        "partially_refunded": "refunded:S paid:S",
        "refunded": "partially_refunded:S paid:S",
    },
    "payments.status": {
        "pending": "succeeded:P failed:P cancelled:P",
        "failed": "pending:S succeeded:P",
        "succeeded": "refunded:S",
        "refunded": "succeeded:S",
    },
    "chargebacks.status": {
        # An inquiry that the bank is not content with becomes a chargeback.
        "warning_needs_response": "warning_under_review:P needs_response:P",
        "warning_under_review": "warning_closed:P needs_response:P",
        "needs_response": "under_review:P lost:P",
        "under_review": "won:P lost:P",
        "won": "lost:P",
        "lost": "won:P",
    },
    "refunds.status": {
        "requested": "approved:F rejected:F",
        "approved": "processing:S",
        "processing": "succeeded:PS failed:PS",
        "succeeded": "failed:P",
        "failed": "approved:F",
    },
    "returns.status": {
        "requested": "approved:AV rejected:AV cancelled:AS",
        "approved": "in_transit:PL received:L cancelled:AS",
        "in_transit": "received:L",
        "received": "refunded:S rejected:A",
    },
    "payouts.status": {
        "pending": "processing:FS cancelled:F",
        "processing": "completed:PS failed:PS",
        "completed": "failed:P",
        "failed": "pending:F cancelled:F",
    },
    "transactions.status": {"pending": "completed:PS failed:PS cancelled:SF"},
    # An extension: written before the card is charged; money that comes late still counts (M3).
    "invoice_charges.status": {"processing": "succeeded:PS failed:PS", "failed": "succeeded:P"},
    # An extension: its life is that of a refund once it was sent (M7).
    "transfer_reversals.status": {"processing": "succeeded:PS failed:PS"},
    "shipments.status": {
        "pending": f"picked_up:PLS in_transit:PLS out_for_delivery:PLS {_PARCEL_END}",
        "picked_up": f"pending:S in_transit:PLS out_for_delivery:PLS {_PARCEL_END}",
        "in_transit": f"pending:S picked_up:S out_for_delivery:PLS {_PARCEL_END}",
        "out_for_delivery": f"pending:S picked_up:S in_transit:PLS {_PARCEL_END}",
        "failed": "pending:S picked_up:S in_transit:PLS out_for_delivery:PLS delivered:PLS returned:PLS",
        "delivered": "returned:PLS",
    },
    "subscriptions.status": {
        "active": "cancelled:VA suspended:SA expired:S",
        "cancelled": "active:V expired:S",
        "suspended": "active:SA expired:S cancelled:VA",
    },
    "subscription_invoices.status": {
        "draft": "open:S",
        "open": "paid:SP void:A uncollectible:SF",
        "uncollectible": "paid:SP",
    },
    "disputes.status": {
        "open": "in_review:A closed:AS",
        "in_review": "open:A resolved:A",
        "resolved": "closed:SA in_review:AS",
    },
    "reports.status": {"generating": "completed:S failed:S", "failed": "generating:AVLFS", "completed": "expired:S"},
    "notifications.status": {
        "pending": "sent:S failed:SP delivered:S",
        "sent": "delivered:P failed:P",
        # By hand too: an admin who has put right what was wrong.
        "failed": "pending:AS",
    },
    "operations.status": {
        "awaiting_approval": "queued:AF rejected:AF expired:S cancelled:AVLF",
        "queued": "running:S cancelled:AVLF",
        "running": "succeeded:S partial:S failed:S cancelled:S",
        "partial": "queued:AVLF",
        "failed": "queued:AVLF",
    },
    "operation_items.status": {
        "queued": "running:S skipped:S cancelled:AVLFS",
        "running": "succeeded:S refused:S failed:S queued:S needs_attention:S",
        "failed": "queued:AVLF",
        "needs_attention": "queued:AVLF",
    },
    "webhook_events.status": {
        "pending": "processed:S ignored:S parked:S failed:S",
        "parked": "pending:AFS",
        "failed": "pending:AF",
    },
    "exports.status": {"pending": "running:S", "running": "done:S failed:S", "done": "expired:S"},
    "imports.status": {
        "draft": "pending:AVLF",
        "pending": "running:S",
        "running": "done:S failed:S",
        "done": "undoing:AVLF",
        "undoing": "undone:S done:S",
    },
    "recon_items.status": {"open": "resolved:AF"},
    "recon_runs.status": {
        "pending": "running:S",
        "running": "done:S failed:S",
        "done": "pending:S",
        "failed": "pending:S",
    },
    "approvals.status": {"pending": "approved:AF rejected:AF expired:S void:S", "approved": "void:S"},
}
