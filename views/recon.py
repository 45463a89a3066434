"""Reconciliation with the payment provider: the days that were compared, and what did not agree."""

from __future__ import annotations

from backoffice.permissions import Role
from models import ReconItem, ReconRun
from views.access import Access, Entity, Related
from views.columns import Kind, computed
from views.listing.search import exact

_RUNS = Access(
    columns=("day", "currency", "status", "ours", "theirs", "unexplained", "finished_at"),
    detail=("day", "currency", "status", "ours", "theirs", "unexplained", "counts", "started_at", "fetched_until",
            "finished_at", "attempts", "last_error", "created_at"),
    filters=("status",),
    sorts=("-day",),
    search=False,
    related=(Related(noun="recon_items", via="last_run_id"),),
    history=True,
)  # fmt: skip
RUNS = Entity(
    noun="recon_runs",
    model=ReconRun,
    label="Reconciled days",
    singular="Reconciled day",
    group="Money",
    access={Role.ADMIN: _RUNS, Role.FINANCE: _RUNS},
)
_EXPECTED = computed("expected", "Here", ReconItem.expected, ReconItem.expected_currency, kind=Kind.MONEY)
_FOUND = computed("found", "At Stripe", ReconItem.found, ReconItem.found_currency, kind=Kind.MONEY)
_ITEMS = Access(
    columns=("result", "status", "provider_id", _EXPECTED, _FOUND, "first_day", "assigned_to", "gone_at", "created_at"),
    detail=("result", "status", "provider_id", "booking_id", "journal_id", _EXPECTED, _FOUND, "first_day", "run_id",
            "last_run_id", "gone_at", "assigned_to", "resolution_note", "resolved_by", "resolved_at", "created_at"),
    filters=("status", "result", "assigned_to", "last_run_id", "created_at"),
    # The oldest first: it has waited longest.
    sorts=("created_at", "-created_at"),
    history=True,
)  # fmt: skip
ITEMS = Entity(
    noun="recon_items",
    model=ReconItem,
    label="Differences with Stripe",
    singular="Difference",
    group="Money",
    search=(exact(ReconItem.provider_id),),
    access={Role.ADMIN: _ITEMS, Role.FINANCE: _ITEMS},
)
