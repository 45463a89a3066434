"""Payouts to vendors, what they are made of, and what holds them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import Response, abort
from flask_admin.base import expose
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from backoffice.services import audit
from backoffice.services.payouts.eligibility import reasons
from backoffice.services.payouts.statement import statement
from models import Payout, PayoutHold, PayoutItem, TransferReversal, User
from models.payout import PayoutStatus
from views.access import Access, Entity, Related
from views.base import EntityView
from views.current import acting, session
from views.ids import wanted_id
from views.listing.search import exact, through
from views.statements import FORMATS


def _held_by(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[str]]:
    """Every reason that keeps a pending payout from being released (PAY-1)."""
    found = reasons(session, ids, only=PayoutStatus.PENDING)
    return {payout: [reason.message for reason in held] for payout, held in found.items()}


_ROWS = (
    Related(noun="payout_items", via="payout_id"),
    Related(noun="transactions", via="payout_id"),
    Related(noun="transfer_reversals", via="payout_id"),
)
_SHARED = Access(
    columns=("vendor_id", "amount", "status", "payout_method", "bank_reference", "period_start", "period_end",
             "created_at"),
    detail=(
        "vendor_id", "amount", "status", "payout_method", "bank_reference", "paid_on", "period_start", "period_end",
        "destination_account",
        "stripe_transfer_id", "stripe_payout_id", "attempt", "released_by", "second_person_required", "approved_by",
        "approved_at", "first_sent_at", "processed_at", "failure_code", "failure_reason", "created_at",
    ),
    filters=("status", "vendor_id", "amount", "created_at"),
    sorts=("-created_at", "amount"),
    related=_ROWS,
    remarks=("Held by", _held_by),
    history=True,
)  # fmt: skip

ENTITY = Entity(
    noun="payouts",
    model=Payout,
    label="Payouts",
    singular="Payout",
    note="vendor_id",
    group="Money",
    search=(exact(Payout.stripe_transfer_id), exact(Payout.stripe_payout_id), exact(Payout.bank_reference),
            through(Payout.vendor_id, User.email, lower=True)),
    access={
        Role.ADMIN: _SHARED,
        Role.FINANCE: _SHARED,
        Role.VENDOR: Access(
            columns=("amount", "status", "payout_method", "period_start", "period_end", "created_at"),
            detail=("amount", "status", "payout_method", "bank_reference", "paid_on", "period_start", "period_end",
                    "processed_at", "failure_reason", "created_at"),
            filters=("status", "amount", "created_at"),
            related=_ROWS,
            history=True,
        ),
    },
)  # fmt: skip
_ITEMS = Access(
    columns=("vendor_id", "order_item_id", "journal_id", "amount", "payout_id", "released_at", "created_at"),
    filters=("payout_id", "order_item_id", "vendor_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)
_OWN_ITEMS = Access(
    columns=("order_item_id", "amount", "payout_id", "released_at", "created_at"),
    filters=("payout_id", "order_item_id"),
    sorts=("-id",),
    search=False,
    in_menu=False,
)
ITEMS = Entity(
    noun="payout_items",
    model=PayoutItem,
    label="Payout items",
    singular="Payout item",
    group="Money",
    access={Role.ADMIN: _ITEMS, Role.FINANCE: _ITEMS, Role.VENDOR: _OWN_ITEMS},
)
_HOLDS = Access(
    columns=("vendor_id", "source", "reason", "order_id", "placed_by", "released_at", "created_at"),
    detail=("vendor_id", "source", "reason", "order_id", "order_item_id", "placed_by", "released_by", "released_at",
            "created_at"),
    filters=("vendor_id", "source", "order_id"),
    sorts=("-id",),
    search=False,
)  # fmt: skip
HOLDS = Entity(
    noun="payout_holds",
    model=PayoutHold,
    label="Payout holds",
    singular="Payout hold",
    group="Money",
    access={
        Role.ADMIN: _HOLDS,
        Role.FINANCE: _HOLDS,
        Role.VENDOR: Access(
            columns=("source", "order_id", "released_at", "created_at"),
            filters=("order_id",),
            sorts=("-id",),
            search=False,
        ),
    },
)
_REVERSALS = Access(
    columns=("payout_id", "vendor_id", "reason", "amount", "status", "created_at"),
    detail=("payout_id", "vendor_id", "reason", "amount", "status", "stripe_transfer_id", "stripe_reversal_id",
            "requested_by", "approved_by", "failure_code", "failure_reason", "first_sent_at", "created_at"),
    filters=("payout_id", "vendor_id", "status"),
    sorts=("-id",),
    search=False,
    history=True,
)  # fmt: skip
REVERSALS = Entity(
    noun="transfer_reversals",
    model=TransferReversal,
    label="Transfer reversals",
    singular="Transfer reversal",
    group="Money",
    access={
        Role.ADMIN: _REVERSALS,
        Role.FINANCE: _REVERSALS,
        Role.VENDOR: Access(
            columns=("payout_id", "reason", "amount", "status", "created_at"),
            filters=("payout_id", "status"),
            sorts=("-id",),
            search=False,
        ),
    },
)


class PayoutView(EntityView):
    """The payout's pages, and its statement as a file."""

    extra_routes = {"statement": None}  # noqa: RUF012 - never changed

    def downloads(self, row_id: uuid.UUID) -> list[tuple[str, str]]:
        """The statement in each format."""
        return [
            (f"Statement ({name.upper()})", self.get_url(".statement", export_type=name, id=row_id)) for name in FORMATS
        ]

    @expose("/statement/<export_type>/")
    def statement(self, export_type: str) -> Response:
        """The statement of one payout; the request is written to the audit log. 404 for one of others (ACC-1)."""
        media_type, write = FORMATS.get(export_type) or abort(404)
        row_id, who = wanted_id(), acting()
        body = write(statement(session(), row_id, who))
        audit.record(
            session(),
            audit.Event.EXPORTED,
            entity=Payout.__tablename__,
            entity_id=row_id,
            acting=who,
            after={"panel": self.panel.role.value, "statement": export_type},
        )
        name = f"payout-{row_id}.{export_type}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, mimetype=media_type, headers=headers)
