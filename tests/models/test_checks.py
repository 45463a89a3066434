"""Every CHECK of the models refuses what it is there for, under its own name."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

import models
from tests.models.refusals import refused

#: An UPDATE of every row of the table, by the CHECK that must refuse it.
CASES = {
    "ck_approvals_decided_has_person": "status = 'approved', decided_by = NULL",
    "ck_approvals_maker_is_not_checker": "decided_by = requested_by",
    "ck_chargeback_evidence_text_not_empty": "text = ''",
    "ck_chargebacks_amount_positive": "amount = 0",
    "ck_chargebacks_closed_has_time": "closed_at = now()",
    "ck_chargebacks_counters_in_range": "decisions = -1",
    "ck_chargebacks_second_person": "second_person_required = true, (approved_by, evidence_submitted_by) ="
    " (SELECT id, id FROM users LIMIT 1)",
    "ck_chargebacks_second_person_agreed": "second_person_required = true",
    "ck_chargebacks_sending_has_sender": "idempotency_key = 'key'",
    "ck_canned_replies_text_not_empty": "text = ' '",
    "ck_canned_replies_title_not_empty": "title = ' '",
    "ck_categories_not_own_parent": "parent_id = id",
    "ck_categories_slug_format": "slug = 'Not A Slug'",
    "ck_business_calendars_hours_given": "hours = '{}'",
    "ck_business_calendars_name_not_empty": "name = ' '",
    "ck_delivery_proofs_is_picture": "media_type = 'application/pdf'",
    "ck_delivery_proofs_size_is_of_content": "size = size + 1",
    "ck_delivery_proofs_size_range": "size = 0, content = ''",
    "ck_dispute_attachments_file_name_not_empty": "file_name = ''",
    "ck_dispute_attachments_sha256_is_of_content": "sha256 = repeat('0', 64)",
    "ck_dispute_attachments_size_is_of_content": "size = size + 1",
    "ck_dispute_attachments_size_range": "size = 0, content = '', sha256 = encode(sha256(''), 'hex')",
    "ck_dispute_events_change_says_what": "after = NULL",
    "ck_dispute_events_escalation_says_about": "kind = 'breached', about = NULL",
    "ck_dispute_messages_attachments_few": "attachments = '[]'",
    "ck_dispute_messages_message_not_empty": "message = ''",
    "ck_disputes_amounts_not_negative": "requested_refund_amount = -1",
    "ck_disputes_refund_outcome_has_amount": "outcome = 'refund_full', approved_refund_amount = 0",
    "ck_disputes_resolved_has_outcome": "status = 'resolved', outcome = 'reject', resolved_at = now()",
    "ck_disputes_review_has_assignee": "status = 'in_review', assigned_to = NULL",
    "ck_moderation_decisions_by_person_or_rule": "decided_by = NULL",
    "ck_moderation_decisions_refusal_has_reason": "verdict = 'rejected'",
    "ck_notifications_failed_has_reason": "status = 'failed'",
    "ck_notifications_sent_has_time": "status = 'sent', sent_at = NULL",
    "ck_operations_approval_is_whole": "approved_at = now()",
    "ck_operations_approved_before_queue": "second_person_required = true",
    "ck_operations_finished_has_time": "status = 'succeeded', finished_at = NULL",
    "ck_operations_second_person": "second_person_required = true, approved_by = actor_id, approved_at = now()",
    "ck_order_items_cancelled_within_ordered": "quantity_cancelled = quantity + 1",
    "ck_order_items_commission_rate_range": "commission_rate = 1.5",
    "ck_order_items_commission_within_total": "commission_amount = total_price + 1, vendor_amount = -1",
    "ck_order_items_discount_has_funder": "discount_amount = 1",
    "ck_order_items_quantity_positive": "quantity = 0, total_price = 0, commission_amount = 0, vendor_amount = 0",
    "ck_order_items_shares_not_negative": "tax_amount = -1",
    "ck_order_items_total_is_product": "total_price = total_price + 1, vendor_amount = vendor_amount + 1",
    "ck_order_items_vendor_is_remainder": "vendor_amount = vendor_amount - 1",
    "ck_journal_lines_amount_not_zero": "amount = 0",
    "ck_journals_occurrence_positive": "occurrence = 0",
    "ck_journals_people_are_two": "event = 'adjustment'",
    "ck_ledger_accounts_vendor_where_needed": "kind = 'vendor_pending', vendor_id = NULL",
    "ck_orders_amounts_not_negative": "tax_amount = -1, total_amount = total_amount - 1",
    "ck_orders_cancelled_has_time": "status = 'cancelled', cancelled_at = NULL",
    "ck_orders_delivered_has_time": "status = 'delivered', delivered_at = NULL",
    "ck_orders_discount_has_funder": "discount_amount = 1, total_amount = total_amount - 1",
    "ck_orders_shipped_has_time": "status = 'shipped', shipped_at = NULL",
    "ck_orders_total_is_sum": "total_amount = total_amount + 1",
    "ck_payment_allocations_authorized_positive": "authorized_amount = 0, captured_amount = 0",
    "ck_payment_allocations_caps_not_negative": "refund_reserved = -1",
    "ck_payment_allocations_captured_within_authorized": "captured_amount = authorized_amount + 1",
    "ck_payment_allocations_refunds_within_captured": "refunded_amount = captured_amount + 1",
    "ck_payments_amount_positive": "amount = 0, captured_amount = 0, refund_reserved = 0, status = 'pending'",
    "ck_payments_caps_not_negative": "refund_reserved = -1",
    "ck_payments_captured_within_amount": "captured_amount = amount + 1",
    "ck_payments_one_subject": "order_id = NULL",
    "ck_payments_refunded_in_full": "status = 'refunded', refund_reserved = 0, refunded_amount = captured_amount - 1",
    "ck_payments_refunds_within_captured": "refunded_amount = captured_amount + 1",
    "ck_payments_succeeded_has_capture": "captured_amount = 0, refund_reserved = 0",
    "ck_payments_succeeded_has_processed_at": "processed_at = NULL",
    "ck_payout_holds_one_scope_at_most": "order_id = uuid7(), order_item_id = uuid7()",
    "ck_payout_holds_released_has_releaser": "released_at = now()",
    "ck_payout_items_amount_not_zero": "amount = 0",
    "ck_payout_items_released_was_taken": "released_at = now(), payout_id = NULL",
    "ck_payouts_amount_positive": "amount = 0",
    "ck_payouts_approval_is_whole": "approved_at = now()",
    "ck_payouts_attempt_positive": "attempt = 0",
    "ck_payouts_bank_reference_not_blank": "payout_method = 'by_hand', bank_reference = ' ', paid_on = '2026-01-01',"
    " status = 'cancelled'",
    "ck_payouts_by_hand_is_not_sent": "payout_method = 'by_hand', bank_reference = 'r', paid_on = '2026-01-01',"
    " status = 'cancelled', destination_account = 'acct_1'",
    "ck_payouts_by_hand_is_settled": "payout_method = 'by_hand', bank_reference = 'r', paid_on = '2026-01-01'",
    "ck_payouts_by_hand_is_whole": "payout_method = 'by_hand', bank_reference = 'r', status = 'cancelled'",
    "ck_payouts_paid_not_in_future": "payout_method = 'by_hand', bank_reference = 'r', status = 'cancelled',"
    " processed_at = now(), paid_on = now()::date + 2",
    "ck_payouts_completed_has_processed_at": "status = 'completed', stripe_transfer_id = 'tr_1', processed_at = NULL",
    "ck_payouts_completed_has_transfer": "status = 'completed', processed_at = now()",
    "ck_payouts_failed_has_reason": "status = 'failed', failure_code = 'declined'",
    "ck_payouts_period_in_order": "period_start = now(), period_end = now() - interval '1 day'",
    "ck_payouts_processing_has_key": "status = 'processing', idempotency_key = NULL",
    "ck_payouts_reversed_within_amount": "reversed_amount = amount + 1",
    "ck_payouts_second_person": (
        "second_person_required = true, released_by = vendor_id, approved_by = vendor_id, approved_at = now()"
    ),
    "ck_payouts_second_person_agreed": (
        "second_person_required = true, released_by = vendor_id, status = 'processing', idempotency_key = 'k'"
    ),
    "ck_platform_settings_key_format": "key = 'NoDots'",
    "ck_platform_settings_value_has_type": "type = 'number', value = '\"seven\"'",
    "ck_product_change_requests_decided_has_time": "status = 'confirmed'",
    "ck_product_change_requests_proposes_something": "proposed = '{}'",
    "ck_product_change_requests_refused_has_reason": "status = 'declined', decided_at = now()",
    "ck_product_reviews_rating_range": "rating = 6",
    "ck_product_reviews_rejected_has_reason": "status = 'rejected', rejection_reason = NULL",
    "ck_product_reviews_response_is_whole": "vendor_response = 'Thanks', responded_by = NULL, responded_at = NULL",
    "ck_product_reviews_response_not_empty": "vendor_response = ' ', responded_by = user_id, responded_at = now()",
    "ck_product_reviews_verified_has_item": "is_verified_purchase = true, order_item_id = NULL",
    "ck_products_active_was_published": "status = 'active', published_at = NULL",
    "ck_products_commission_rate_range": "commission_rate_override = -0.1",
    "ck_products_compare_price_positive": "compare_price = 0",
    "ck_products_measures_not_negative": "weight = -1",
    "ck_products_min_stock_not_negative": "min_stock_level = -1",
    "ck_products_name_not_empty": "name = ''",
    "ck_products_price_positive": "price = 0",
    "ck_products_rejected_has_reason": "status = 'rejected', rejection_reason = NULL",
    "ck_products_stock_not_negative": "stock_quantity = -1",
    "ck_refund_items_amount_positive": "amount = 0",
    "ck_refund_items_parts_not_negative": "tax_amount = -1",
    "ck_refund_items_quantity_not_negative": "quantity = -1",
    "ck_refunds_amount_positive": "amount = 0",
    "ck_refunds_approval_is_whole": "approved_at = now()",
    "ck_refunds_attempt_positive": "attempt = 0",
    "ck_refunds_decided_has_approver": "status = 'approved'",
    "ck_refunds_failed_has_reason": "status = 'failed', failure_code = NULL",
    "ck_refunds_processing_has_key": "status = 'processing', approved_by = payment_id, approved_at = now()",
    "ck_refunds_rejected_has_reason": "status = 'rejected', rejection_note = NULL",
    "ck_refunds_restock_is_of_lines": "restock = true, kind = 'goodwill'",
    "ck_refunds_second_person": "second_person_required = true, approved_by = requested_by, approved_at = now()",
    "ck_refunds_shipping_is_all": "kind = 'shipping', shipping_amount = 0",
    "ck_refunds_shipping_where_it_may": "kind = 'goodwill', shipping_amount = 1",
    "ck_refunds_shipping_within_amount": "shipping_amount = amount + 1, kind = 'lines'",
    "ck_refunds_succeeded_has_provider_id": (
        "status = 'succeeded', approved_by = payment_id, approved_at = now(), idempotency_key = 'k'"
    ),
    "ck_reports_completed_has_time": "status = 'completed', file_name = 'a.csv', expires_at = now()",
    "ck_reports_completed_is_whole": "status = 'completed', generated_at = now()",
    "ck_reports_failed_has_reason": "status = 'failed'",
    "ck_reports_rows_within_limit": "rows = 100001",
    "ck_reports_schedule_is_whole": "scheduled_for = now()",
    "ck_return_items_counted_is_whole": "unopened = 1",
    "ck_return_items_counted_not_negative": "unopened = -1, opened = 0, damaged = 0",
    "ck_return_items_counted_within_quantity": "unopened = quantity, opened = 1, damaged = 0",
    "ck_return_items_quantity_positive": "quantity = 0",
    "ck_returns_receipt_is_whole": "received_at = now()",
    "ck_returns_received_has_person": "status = 'received'",
    "ck_returns_rejected_has_reason": "status = 'rejected'",
    "ck_shipment_events_carrier_has_code": "source = 'karrio', raw_code = NULL",
    "ck_shipment_events_says_something": "status = NULL",
    "ck_shipment_items_quantity_positive": "quantity = 0",
    "ck_shipments_attempts_not_negative": "failed_attempts = -1",
    "ck_shipments_delivered_has_time": "status = 'delivered', delivered_at = NULL",
    "ck_shipments_void_is_pending": "status = 'in_transit', voided_at = now()",
    "ck_shipments_weight_not_negative": "weight = -1",
    "ck_shipping_addresses_country_format": "country = 'xx'",
    "ck_shipping_methods_days_in_order": "estimated_days_min = 9, estimated_days_max = 1",
    "ck_shipping_methods_rates_not_negative": "per_kg_rate = -1",
    "ck_sla_policies_name_not_empty": "name = ' '",
    "ck_sla_policies_position_positive": "position = -position",
    "ck_sla_policies_targets_in_order": "first_reply_minutes = resolve_minutes + 1",
    "ck_stock_movements_direction": "quantity = 1",
    "ck_stock_movements_line_or_product": "kind = 'adjustment', quantity = 1",
    "ck_stock_movements_quantity_not_zero": "quantity = 0, kind = 'opening', order_item_id = NULL",
    "ck_subscription_invoices_amount_is_net": "amount = amount + 1",
    "ck_subscription_invoices_attempts_not_negative": "attempts = -1",
    "ck_subscription_invoices_credit_note_is_credit": "kind = 'credit'",
    "ck_subscription_invoices_only_credit_notes_owe": "charge = 0, credit = 1, amount = -1",
    "ck_subscription_invoices_paid_has_time": "status = 'paid'",
    "ck_subscription_invoices_period_in_order": "period_end = period_start",
    "ck_subscription_invoices_sides_not_negative": "charge = amount - 1, credit = -1",
    "ck_subscription_invoices_used_within_credit": "credit_used = 1",
    "ck_subscription_plans_commission_rate_range": "commission_rate = 2",
    "ck_subscription_plans_limits_not_negative": "max_products = -1",
    "ck_subscription_plans_prices_not_negative": "monthly_price = -1",
    "ck_subscriptions_amount_not_negative": "amount = -1",
    "ck_subscriptions_anchor_is_a_day": "billing_anchor_day = 32",
    "ck_subscriptions_cancelled_has_time": "status = 'cancelled', cancelled_at = NULL",
    "ck_subscriptions_commission_rate_range": "commission_rate = 1.1",
    "ck_subscriptions_dates_in_order": "end_date = start_date - interval '1 day'",
    "ck_subscriptions_next_amount_not_negative": "next_amount = -1, next_plan_id = plan_id, next_billing_cycle ="
    " 'monthly', next_commission_rate = 0, next_from = now()",
    "ck_subscriptions_next_terms_are_whole": "next_from = now()",
    "ck_subscriptions_previous_rate_has_end": "previous_commission_rate = 0",
    "ck_subscriptions_suspended_has_time": "status = 'suspended'",
    "ck_transactions_payment_has_payment": "payment_id = NULL",
    "ck_transactions_payout_has_payout": "type = 'payout', payout_id = NULL",
    "ck_transactions_refund_has_refund": "type = 'refund', refund_id = NULL",
    "ck_transactions_sign_is_direction": "amount = -amount",
    "ck_user_profiles_country_format": "country = 'de'",
    "ck_transfer_reversals_amount_positive": "amount = 0",
    "ck_transfer_reversals_failed_has_reason": "status = 'failed'",
    "ck_transfer_reversals_succeeded_has_provider_id": "status = 'succeeded'",
    "ck_users_email_format": "email = 'nobody'",
    "ck_users_email_lower": "email = upper(email)",
    "ck_users_staff_has_password": "role = 'admin', status = 'active', password_hash = NULL",
    "ck_vendor_decisions_effects_list": "effects = '{}'",
    "ck_vendor_decisions_only_suspension_pauses": "verdict = 'terminated', hold_id = NULL, subscription_id ="
    " (SELECT id FROM subscriptions LIMIT 1)",
    "ck_vendor_decisions_system_only_suspends": "verdict = 'reinstated', hold_id = NULL, subscription_id = NULL,"
    " unpaid_since = NULL, decided_by = NULL",
    "ck_vendor_decisions_paused_is_known": "subscription_id = NULL, unpaid_since = now()",
    "ck_vendor_decisions_reason_not_blank": "reason = ' '",
    "ck_vendor_decisions_suspension_has_hold": "hold_id = NULL",
    "ck_vendor_documents_size_is_of_content": "size = size + 1",
    "ck_vendor_documents_size_range": "size = 0, content = ''",
    "ck_vendor_requirements_answer_not_blank": "answer = ' '",
    "ck_vendor_requirements_answered_is_whole": "status = 'submitted', answer = NULL",
    "ck_vendor_requirements_decided_is_whole": "status = 'accepted', answer = 'Yes', answered_at = now(),"
    " answered_by = vendor_id",
    "ck_vendor_requirements_only_refused_is_due": "due_at = now()",
    "ck_vendor_requirements_refused_has_reason": "refusal = 'Unreadable'",
    "ck_vendor_profiles_bank_country_format": "bank_country = 'uk'",
    "ck_vendor_profiles_commission_rate_range": "commission_rate = 1.01",
    "ck_vendor_profiles_hold_days_range": "hold_days = 366",
    "ck_vendor_profiles_payout_currencies_list": "payout_currencies = '{}'",
    "ck_vendor_profiles_card_has_customer": "stripe_customer_id = NULL, stripe_payment_method_id = 'pm_card_visa'",
    "ck_vendor_profiles_payouts_need_account": "payouts_enabled = true, stripe_account_id = NULL",
    "ck_daily_figures_number_positive": "number = 0",
    "ck_exports_done_is_whole": "file_name = NULL",
    "ck_exports_failed_has_reason": "status = 'failed'",
    "ck_exports_rows_within_limit": "rows = 100001",
    "ck_import_rows_bad_has_messages": "verdict = 'bad', result = NULL",
    "ck_import_rows_found_has_version": "target_version = NULL",
    "ck_import_rows_refused_has_reason": "result = 'refused'",
    "ck_import_rows_written_has_version": "left_version = NULL",
    "ck_import_rows_written_was_judged": "changes = NULL",
    "ck_imports_chosen_before_start": "key = NULL",
    "ck_imports_done_has_time": "undo_until = NULL",
    "ck_imports_done_within_rows": "done = 2",
    "ck_imports_failed_has_reason": "status = 'failed', last_error = NULL",
    "ck_imports_rows_within_limit": "rows = 2001",
    "ck_recon_items_expected_has_currency": "expected_currency = NULL",
    "ck_recon_items_found_has_currency": "found_currency = 'USD'",
    "ck_recon_items_one_side_at_least": "expected = NULL, expected_currency = NULL",
    "ck_recon_items_resolved_is_signed": "status = 'resolved'",
    "ck_invoice_charges_amount_positive": "amount = 0",
    "ck_invoice_charges_failed_has_reason": "status = 'failed'",
    "ck_invoice_charges_number_positive": "number = 0",
    "ck_invoice_charges_succeeded_has_provider_id": "status = 'succeeded'",
    "ck_recon_runs_done_is_counted": "status = 'done'",
    "ck_recon_runs_failed_has_reason": "status = 'failed'",
    "ck_impersonations_an_hour_at_most": "expires_at = created_at + interval '2 hours'",
    "ck_impersonations_ended_has_reason": "ended_reason = NULL",
    "ck_impersonations_reason_is_given": "reason = '  '",
    "ck_impersonations_viewer_is_another": "user_id = viewer_id",
    "ck_list_preferences_size_offered": "size = 7",
    "ck_saved_views_default_is_shared": "is_default = true",
    "ck_saved_views_name_not_empty": "name = ''",
    "ck_saved_views_position_not_negative": "position = -1",
    "ck_saved_views_vendors_share_nothing": "visibility = 'role'",
    "ck_webhook_events_done_has_time": "status = 'processed', processed_at = NULL",
    "ck_webhook_events_waiting_has_reason": "status = 'parked'",
}
_TABLES = sorted(models.Base.metadata.tables, key=len, reverse=True)
_DERIVED = re.compile(r"_(currency_known|\w+_exact)$")


def table_of(constraint: str) -> str:
    return next(name for name in _TABLES if constraint.startswith(f"ck_{name}_"))


def declared() -> set[str]:
    """Names of the CHECKs that a model states itself, without those derived from enums and amounts."""
    return {
        str(check.name)
        for table in models.Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
        and not _DERIVED.search(str(check.name))
        and str(check.name).removeprefix(f"ck_{table.name}_") not in table.columns
        and table.name != "audit_key"
    }


def test_every_check_has_a_case() -> None:
    assert set(CASES) == declared()


@pytest.mark.parametrize("constraint", CASES)
def test_check_refuses(row_world: sa.Connection, constraint: str) -> None:
    table = table_of(constraint)
    assert row_world.scalar(sa.text(f"SELECT count(*) FROM {table}")), f"no row in {table} to try it on"
    with refused(row_world, constraint):
        row_world.execute(sa.text(f"UPDATE {table} SET {CASES[constraint]}"))
