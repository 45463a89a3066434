"""Chargebacks and their evidence: answered by finance and admins; vendors see theirs without fee and evidence."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Chargeback, ChargebackEvidence, Order
from views.access import Access, Entity, Related
from views.listing.search import exact, through

_SHARED = Access(
    columns=("order_id", "amount", "fee", "reason", "status", "evidence_due_at", "evidence_submitted_at",
             "created_at"),
    detail=("order_id", "payment_id", "stripe_dispute_id", "amount", "fee", "vendor_share", "commission_share",
            "reason", "status", "evidence_due_at", "evidence_submitted_at", "evidence_submitted_by",
            "second_person_required", "approved_by", "failure_reason", "closed_at", "created_at"),
    filters=("status", "order_id", "payment_id", "evidence_due_at", "created_at"),
    sorts=("-created_at", "evidence_due_at"),
    related=(Related(noun="chargeback_evidence", via="chargeback_id"),),
    history=True,
)  # fmt: skip
ENTITY = Entity(
    noun="chargebacks",
    model=Chargeback,
    label="Chargebacks",
    singular="Chargeback",
    note="order_id",
    group="Money",
    search=(exact(Chargeback.stripe_dispute_id), through(Chargeback.order_id, Order.order_number)),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("order_id", "amount", "reason", "status", "created_at"),
            detail=("order_id", "amount", "vendor_share", "reason", "status", "closed_at", "created_at"),
            filters=("status", "order_id", "created_at"),
        ),
    },
)
_EVIDENCE = Access(
    columns=("kind", "text", "added_by", "created_at"),
    detail=("chargeback_id", "kind", "text", "added_by", "created_at"),
    filters=("chargeback_id", "created_at"),
    search=False,
    in_menu=False,
)
EVIDENCE = Entity(
    noun="chargeback_evidence",
    model=ChargebackEvidence,
    label="Evidence",
    singular="Evidence",
    group="Money",
    access={Role.ADMIN: _EVIDENCE, Role.FINANCE: _EVIDENCE},
)
