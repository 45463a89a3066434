"""Which columns hold personal data or secrets: a change of this list is a decision, not an accident (GDP-2)."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET

from models import Base
from models.ddl.audit import tagged

PERSONAL = {
    "analytics_events": "ip_address session_id user_agent",
    "audit_log": "ip user_agent",
    "chargeback_evidence": "text",
    "chargebacks": "request_params",
    "delivery_proofs": "content",
    "dispute_attachments": "content file_name",
    "dispute_messages": "attachments message",
    "disputes": "description",
    "exports": "query",
    "import_rows": "cells changes messages",
    "imports": "file_name headings",
    "name_words": "grams word",
    "notifications": "message metadata title",
    "orders": "billing_address notes shipping_address",
    "payments": "metadata payment_method_details",
    "saved_views": "query",
    "searchable_names": "words",
    "shipment_events": "note proof",
    "shipments": "tracking_events",
    "shipping_addresses": "address_line1 address_line2 city company name phone postal_code state",
    "sign_in_attempts": "email ip",
    "user_profiles": ("address_line1 address_line2 bio business_license city metadata postal_code state tax_id"),
    "user_sessions": "ip user_agent",
    "users": "avatar_url email first_name last_name phone",
    "vendor_documents": "content file_name",
    "vendor_profiles": "bank_fingerprint bank_last4",
    "vendor_requirements": "answer",
    "webhook_events": "body",
    "wrong_keys": "ip",
}
SECRET = {
    "audit_key": "key",
    "exports": "statement",
    "user_sessions": "token_digest",
    "users": "password_hash reset_token verification_token",
}
#: Names that are personal wherever they stand, apart from the columns below.
SUSPICIOUS = re.compile(r"(^|_)(e?mail|phone|first_name|last_name|address|password|token|agent|ip)(_|$)")
HARMLESS = {
    "users.email_verified",
    "users.reset_token_expires",
    "exports.lease_token",
    "imports.lease_token",
    "invoice_charges.lease_token",
    "operations.lease_token",
    "provider_sweeps.lease_token",
    "recon_runs.lease_token",
    "reports.lease_token",
    "webhook_events.lease_token",
}


def _tags(tag: str) -> dict[str, str]:
    found = {table.name: " ".join(tagged(table, tag)) for table in Base.metadata.sorted_tables}
    return {name: columns for name, columns in found.items() if columns}


def test_personal_columns() -> None:
    """GDP-2: the tags decide what the audit log may show and what erasure must cover."""
    assert _tags("pii") == PERSONAL


def test_secret_columns() -> None:
    """AUD-1."""
    assert _tags("secret") == SECRET


def test_no_column_of_a_telling_name_or_type_is_untagged() -> None:
    """GDP-2: a new column is noticed here."""
    untagged = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if (SUSPICIOUS.search(column.name) or isinstance(column.type, INET))
        and not isinstance(column.type, sa.Uuid)
        and not (column.info.get("pii") or column.info.get("secret"))
    }
    assert untagged <= HARMLESS
