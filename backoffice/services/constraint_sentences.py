"""Sentences for the constraints whose names say too little to a person."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ck_approvals_maker_is_not_checker": "Whoever asked for this cannot be the one who approves it.",
        "ck_impersonations_viewer_is_another": "You see your own panel already.",
        "ck_operations_second_person": "Whoever asked for this cannot be the one who approves it.",
        "ck_payment_allocations_refunds_within_captured": "Only what was captured for this order can be refunded.",
        "ck_payments_refunds_within_captured": "Only what was captured can be refunded.",
        "ck_payouts_failed_has_reason": "A failed payout needs its reason.",
        "ck_products_rejected_has_reason": "A rejected product needs a reason for the vendor.",
        "ck_product_reviews_rating_range": "A rating is between 1 and 5.",
        "ck_product_reviews_rejected_has_reason": "A rejected review needs a reason.",
        "ck_refunds_rejected_has_reason": "A rejected refund needs a reason.",
        "ck_refunds_second_person": "Whoever requested this refund cannot be the one who approves it.",
        "ck_shipping_methods_days_in_order": "The longest delivery time cannot be shorter than the shortest.",
        "ck_subscriptions_dates_in_order": "The end cannot be before the start.",
        "ck_users_email_format": "This is not an e-mail address.",
        "ck_users_email_lower": "An e-mail address is stored in lower case.",
        "ck_users_staff_has_password": "Staff need a password before they can be active.",
        "ck_vendor_profiles_payouts_need_account": "Payouts can only be switched on once there is a payout account.",
        "tr_categories_cycle": "A category cannot be below itself.",
        "tr_categories_depth": "Categories go six levels deep at most.",
        "tr_orders_group": "Orders of one checkout have the same customer and currency.",
        "tr_payment_allocations_sum": "The shares of a payment are those of its checkout's orders, and add up to it.",
        "tr_payout_items_entry": "A payout holds entries of the vendor's balance only.",
        "tr_payout_items_fixed": "An entry of the balance cannot change.",
        "tr_payout_items_frozen": "The lines of a payout that was sent cannot change.",
        "tr_payout_items_kept": "An entry of the balance is kept for good.",
        "tr_payout_items_vendor": "A payout only holds lines of its own vendor.",
        "tr_payouts_released": "A payout that was released cannot change.",
        "tr_payouts_sum": "The amount of a payout is the sum of its lines.",
        "tr_refund_items_amount": "More than was paid for a line cannot be refunded.",
        "tr_refund_items_order": "A refund only holds lines of its own order.",
        "tr_refund_items_quantity": "More units than were bought cannot be refunded.",
        "tr_refund_items_tax": "More tax than was paid for a line cannot be refunded.",
        "tr_refunds_payment": "This refund does not fit its payment.",
        "tr_refunds_sum": "The amount of a refund is the sum of its lines and its shipping cost.",
        "tr_shipment_items_order": "A shipment only holds lines of its own order.",
        "tr_shipment_items_quantity": "More units than were ordered cannot be shipped.",
        "tr_users_last_admin": "This is the last active admin: make somebody else an admin first.",
        "tr_users_last_admin_deleted": "This is the last active admin: make somebody else an admin first.",
        "uq_approvals_open": "Somebody has already asked for this approval.",
        "uq_categories_name": "Another category at this place already has this name.",
        "uq_disputes_running": "There is already an open dispute about this.",
        "uq_payout_items_journal_id": "This entry is already in a payout.",
        "uq_shipping_addresses_default": "There is already a default address of this kind.",
        "uq_subscriptions_running": "This vendor already has a running subscription.",
        "uq_users_email": "Another user already has this e-mail address.",
        "uq_impersonations_open": "You are viewing as somebody already: stop that first.",
    }
)
