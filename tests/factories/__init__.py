"""Small valid rows for tests: each function inserts one thing with what it needs, and flushes.

Everything has a sensible default; name only what the test is about.
"""

from tests.factories.acting import acting_for
from tests.factories.change_requests import make_change_request, make_decision
from tests.factories.chargebacks import make_chargeback, make_evidence
from tests.factories.dispute_events import make_dispute_event
from tests.factories.disputes import make_attachment, make_dispute, make_message, make_message_with_file
from tests.factories.exports import make_export
from tests.factories.impersonations import make_impersonation
from tests.factories.imports import make_import
from tests.factories.operations import make_operation
from tests.factories.order_groups import make_group, make_group_payments
from tests.factories.orders import items_of, make_order, make_payment, payment_of
from tests.factories.payouts import make_hold, make_payout
from tests.factories.people import (
    make_address,
    make_analytics_event,
    make_mail,
    make_notification,
    make_report,
    make_report_schedule,
    make_settings,
)
from tests.factories.products import make_category, make_product, make_review
from tests.factories.recon import make_recon_item
from tests.factories.refunds import make_refund, make_refund_item
from tests.factories.returns import make_return
from tests.factories.review import make_canned_reply, make_lease
from tests.factories.shipments import make_proof, make_shipment, make_shipping_method
from tests.factories.subscriptions import make_charge, make_invoice, make_plan, make_subscription
from tests.factories.transactions import make_transaction
from tests.factories.users import make_user, make_vendor
from tests.factories.vendors import accept_all, make_document, make_vendor_decision, profile_of, requirement_of
from tests.factories.webhooks import make_webhook_event

__all__ = [
    "accept_all",
    "acting_for",
    "items_of",
    "make_address",
    "make_analytics_event",
    "make_attachment",
    "make_canned_reply",
    "make_category",
    "make_change_request",
    "make_charge",
    "make_chargeback",
    "make_decision",
    "make_dispute",
    "make_dispute_event",
    "make_document",
    "make_evidence",
    "make_export",
    "make_group",
    "make_group_payments",
    "make_hold",
    "make_impersonation",
    "make_import",
    "make_invoice",
    "make_lease",
    "make_mail",
    "make_message",
    "make_message_with_file",
    "make_notification",
    "make_operation",
    "make_order",
    "make_payment",
    "make_payout",
    "make_plan",
    "make_product",
    "make_proof",
    "make_recon_item",
    "make_refund",
    "make_refund_item",
    "make_report",
    "make_report_schedule",
    "make_return",
    "make_review",
    "make_settings",
    "make_shipment",
    "make_shipping_method",
    "make_subscription",
    "make_transaction",
    "make_user",
    "make_vendor",
    "make_vendor_decision",
    "make_webhook_event",
    "payment_of",
    "profile_of",
    "requirement_of",
]
