"""What waits for the people of each panel. Adding a queue is one declaration: the filters of a list, and a clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backoffice.permissions import Role
from backoffice.services.shipment_exceptions import KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Rows of a list that wait, as the filters of its address say: what is counted is what the link shows."""

    label: str
    noun: str
    #: Filters; `{me}` stands for the person.
    query: str
    next_step: str
    #: The attribute that says since when a row waits, a filter of the list; None where that says nothing.
    since: str | None = "created_at"
    #: How long a row may wait, written as in filters; nothing is late without it.
    within: str | None = None
    #: `since` is the moment when a row is due, and `within` how long before that one should be warned.
    deadline: bool = False
    #: Every row of it is too late already.
    late: bool = False
    #: The attribute that says whose a row is; a filter of the list.
    owner: str | None = None
    #: The review queue in which these rows are decided one after the other.
    review: str | None = None

    def rows(self, me: uuid.UUID) -> str:
        """The filters that show all of it to this person."""
        return self.query.format(me=me)

    def overdue(self, me: uuid.UUID) -> str:
        """The filters of those that waited too long; empty where nothing is late."""
        return f"{self.rows(me)}&f_{self.since}=older:{self.within}" if self.within and not self.deadline else ""

    def mine(self, me: uuid.UUID) -> str:
        """The filters of those that are this person's; empty where nothing is anybody's."""
        return f"{self.rows(me)}&f_{self.owner}={me}" if self.owner else ""


_AWAITING: Final = Queue(
    label="Operations awaiting approval",
    noun="operations",
    # Nobody agrees to what he asked for himself (WHO-1).
    query="f_status=awaiting_approval&f_actor_id=not:{me}",
    next_step="Agree to it or reject it as the second person.",
    within="24h",
)
_FAILED: Final = Queue(
    label="Operations that failed",
    noun="operations",
    query="f_status=failed&f_created_at=last:30d",
    next_step="See which rows failed and why, and try these again.",
)
#: One for each kind of exception: all that logistics may know of a dispute is that there is one (ACC-3).
_EXCEPTIONS: Final = tuple(
    Queue(
        label=kind.label, noun="shipments", query=f"f_clock={key}", next_step=kind.next_step, late=True,
        owner="assigned_to",
    )
    for key, kind in KINDS.items()
)  # fmt: skip
QUEUES: Final[Mapping[Role, Sequence[Queue]]] = {
    Role.ADMIN: (
        Queue(
            label="Products to review", noun="products", query="f_status=pending", within="48h", review="products",
            next_step="Approve them, or reject them with a reason.",
        ),
        Queue(
            label="Product changes to review", noun="product_changes", query="f_status=pending", within="48h",
            review="changes", next_step="Compare both sides; the shop keeps the old one until you decide.",
        ),
        Queue(
            label="Reviews to moderate", noun="reviews", query="f_status=pending", within="24h", review="reviews",
            next_step="Approve what is about the product, reject the rest.",
        ),
        Queue(
            label="Disputes past their time", noun="disputes", query="f_sla=breached", late=True, owner="assigned_to",
            next_step="Answer or decide these first; the lead has been told.",
        ),
        Queue(
            label="Disputes without anybody", noun="disputes", query="f_status=open&f_assigned_to=empty", within="24h",
            review="disputes", next_step="Take them on; the most urgent ones first.",
        ),
        Queue(
            label="Disputes being worked", noun="disputes",
            query="f_status=open&f_status=in_review&f_assigned_to=set", owner="assigned_to",
            next_step="Answer, or decide with an outcome.",
        ),
        Queue(
            label="Vendors to verify", noun="vendor_profiles", query="f_verification_status=under_review",
            next_step="Every requirement has an answer: check them one by one.",
        ),
        _AWAITING,
        _FAILED,
    ),
    Role.FINANCE: (
        Queue(
            label="Refunds to approve", noun="refunds", query="f_status=requested", within="24h",
            next_step="Approve them, or reject them with a note.",
        ),
        Queue(
            label="Chargebacks to answer", noun="chargebacks",
            query="f_status=needs_response&f_status=warning_needs_response", since="evidence_due_at", within="72h",
            deadline=True, next_step="Collect the evidence and hand it in; that can be done once.",
        ),
        Queue(
            label="Payouts to release", noun="payouts", query="f_status=pending", within="3d",
            next_step="Release what nothing holds.",
        ),
        Queue(
            label="Failed payouts", noun="payouts", query="f_status=failed",
            next_step="See why, and send them again or correct the account.",
        ),
        Queue(
            label="Failed refunds", noun="refunds", query="f_status=failed",
            next_step="Try again, or pay back another way.",
        ),
        Queue(
            label="Differences with Stripe", noun="recon_items", query="f_status=open", within="3d",
            owner="assigned_to", next_step="Find out which side is right and book it.",
        ),
        _AWAITING,
        _FAILED,
    ),
    Role.LOGISTICS: (
        Queue(
            label="Shipments to pick up", noun="shipments", query="f_status=pending", within="48h",
            owner="assigned_to", next_step="Hand them to the carrier and record the pick-up.",
        ),
        Queue(
            label="Out for delivery", noun="shipments", query="f_status=out_for_delivery", within="7d",
            owner="assigned_to", next_step="Record the delivery with its proof, or the failed attempt.",
        ),
        Queue(
            label="Failed deliveries", noun="shipments", query="f_status=failed", owner="assigned_to",
            next_step="Try again, or have them returned.",
        ),
        Queue(
            label="Returns to receive", noun="returns", query="f_status=approved", within="7d",
            next_step="Count what arrived, by condition.",
        ),
        *_EXCEPTIONS,
        _FAILED,
    ),
    Role.VENDOR: (
        Queue(
            label="Orders to ship", noun="orders", query="f_status=confirmed&f_status=processing", within="48h",
            next_step="Pack them and hand them over.",
        ),
        Queue(
            label="Rejected products", noun="products", query="f_status=rejected",
            next_step="Read why, correct them and hand them in again.",
        ),
        Queue(
            label="Changes sent back", noun="product_changes", query="f_status=changes_requested",
            next_step="Change what was asked for, or withdraw.",
        ),
        Queue(
            label="Low stock", noun="products", query="f_stock=low", since=None,
            next_step="Order more, or correct the number.",
        ),
        Queue(
            label="Open disputes", noun="disputes", query="f_status=open&f_status=in_review", within="3d",
            next_step="Answer the customer; who stays silent is decided about without being heard.",
        ),
    ),
}  # fmt: skip
