"""Every event that somebody is told of: who, through which channels, and whether a person may switch it off.

What is about money, about the terms of a plan or the standing of a vendor, or waits for a second person cannot be
switched off; of everything else suspended vendors are not told (VEN-1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from backoffice.permissions import Role
from models.notification import NotificationChannel

_ADMIN, _FINANCE, _LOGISTICS, _VENDOR = Role.ADMIN, Role.FINANCE, Role.LOGISTICS, Role.VENDOR
_EVERYBODY: Final = (_ADMIN, _FINANCE, _LOGISTICS, _VENDOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEvent:
    """One kind of news."""

    key: str
    label: str
    #: Whose work it concerns; it is offered to these roles on their profile.
    roles: frozenset[Role]
    optional: bool
    channels: tuple[NotificationChannel, ...]


_HERE: Final = (NotificationChannel.IN_APP,)
#: For what somebody must learn without having the page open.
_MAILED: Final = (NotificationChannel.IN_APP, NotificationChannel.EMAIL)


def _optional(
    key: str, label: str, *roles: Role, channels: tuple[NotificationChannel, ...] = _HERE
) -> NotificationEvent:
    return NotificationEvent(key=key, label=label, roles=frozenset(roles), optional=True, channels=channels)


def _always(key: str, label: str, *roles: Role, channels: tuple[NotificationChannel, ...] = _HERE) -> NotificationEvent:
    return NotificationEvent(key=key, label=label, roles=frozenset(roles), optional=False, channels=channels)


_ALL: Final = (
    _always("operation.awaiting_approval", "An operation waits for a second person", _ADMIN, _FINANCE),
    _optional("operation.decided", "A second person decided on your operation", *_EVERYBODY),
    _optional("operation.finished", "Your operation has ended", *_EVERYBODY),
    _optional("export.finished", "A file that you asked for is ready, or failed", *_EVERYBODY),
    _optional("report.finished", "A report that you asked for is ready, or failed", _ADMIN, _FINANCE, _LOGISTICS),
    _optional(
        "report.scheduled", "A scheduled report is ready, or failed", _ADMIN, _FINANCE, _LOGISTICS, channels=_MAILED
    ),
    _optional("import.finished", "An import of yours has ended, or was undone", *_EVERYBODY),
    _optional("order.cancelled", "An order was cancelled", _ADMIN, _VENDOR),
    _optional("shipment.assigned", "A parcel was given to you", _LOGISTICS),
    _optional("shipment.delivered", "A parcel arrived", _VENDOR),
    _optional("shipment.failed", "A parcel could not be delivered", _VENDOR),
    _optional("shipment.returned", "A parcel came back", _VENDOR),
    _optional("product.approved", "A product was approved", _VENDOR),
    _optional("product.rejected", "A product was rejected", _VENDOR),
    _optional("product.activated", "A product was listed in the shop", _VENDOR),
    _optional("product.deactivated", "A product was taken off the shop for now", _VENDOR),
    _optional("product.taken_down", "A product was taken down", _VENDOR),
    _optional("product.change_confirmed", "A change of a product was approved", _VENDOR),
    _optional("product.change_declined", "A change of a product was rejected", _VENDOR),
    _optional("product.change_returned", "A change of a product needs more work", _VENDOR),
    _optional("review.approved", "Reviews were published", _VENDOR),
    _optional("review.rejected", "Reviews were taken down", _VENDOR),
    _always("review.response_removed", "Your answer to a review was taken down", _VENDOR),
    _optional("dispute.assigned", "A dispute was given to you", _ADMIN, _FINANCE),
    _optional("dispute.unassigned", "A dispute was taken from you", _ADMIN, _FINANCE),
    _optional("dispute.answered", "A vendor answered in a dispute of yours", _ADMIN, _FINANCE),
    _always("dispute.breached", "A dispute is late and was given to you", _ADMIN, channels=_MAILED),
    _always("dispute.due_soon", "A dispute is due soon", _ADMIN, channels=_MAILED),
    _optional("dispute.opened", "A customer complains about an order", _VENDOR),
    _optional("dispute.vendor_silent", "A vendor does not answer in a dispute", _ADMIN, _FINANCE),
    _optional("dispute.message", "There is a new message in a dispute", _VENDOR),
    _optional("dispute.resolved", "A dispute was decided", _ADMIN, _FINANCE, _VENDOR),
    _optional("dispute.closed", "A dispute was closed or withdrawn", _VENDOR),
    _optional("dispute.reopened", "A dispute was taken up again", _VENDOR),
    _always("dispute.refund_failed", "The refund of a dispute failed", _ADMIN, _FINANCE),
    _always("refund.requested", "A refund waits for approval", _FINANCE),
    _always("refund.rejected", "A refund that you requested was rejected", _ADMIN, _FINANCE, _VENDOR),
    _always("refund.settled", "A refund was paid, or failed", _ADMIN, _FINANCE, _VENDOR),
    _always("refund.returned", "A refund came back", _ADMIN, _FINANCE, _VENDOR),
    _always("chargeback.due", "The answer to a chargeback is due soon", _FINANCE, channels=_MAILED),
    _always("chargeback.needs_response", "A chargeback needs an answer", _FINANCE, _VENDOR, channels=_MAILED),
    _always("chargeback.warning_needs_response", "A bank asks about a payment", _FINANCE, _VENDOR),
    _always("chargeback.won", "A chargeback was won", _FINANCE, _VENDOR),
    _always("chargeback.lost", "A chargeback was lost", _FINANCE, _VENDOR),
    _always("chargeback.warning_closed", "A bank's inquiry was closed", _FINANCE, _VENDOR),
    _always("payout.sent", "A payout is on its way", _VENDOR),
    _always("payout.settled", "A payout was made to your bank", _VENDOR),
    _always("payout.cancelled", "A payout was cancelled", _VENDOR),
    _always("payout.failed", "A payout failed", _FINANCE, channels=_MAILED),
    _always("payout.returned", "A payout came back from the bank", _FINANCE, _VENDOR, channels=_MAILED),
    _always("recon_item.assigned", "A difference with Stripe was given to you", _ADMIN, _FINANCE),
    _always("subscription.new_terms", "Your plan gets new terms", _VENDOR, channels=_MAILED),
    _optional("subscription.over_orders", "You have more orders than your plan is made for", _VENDOR, channels=_MAILED),
    _always("subscription.suspended", "Your plan is suspended", _VENDOR, channels=_MAILED),
    _always("vendor.requirement_refused", "Something about your business must be corrected", _VENDOR),
    _always("vendor.not_verified", "Your verification was rejected or given back", _VENDOR),
    _always("vendor.suspended", "Your shop is suspended", _VENDOR, channels=_MAILED),
    _always("vendor.reinstated", "Your shop is open again", _VENDOR, channels=_MAILED),
    _always("vendor.terminated", "Your shop is closed for good", _VENDOR, channels=_MAILED),
    _optional("vendor.submitted", "A vendor waits for verification", _ADMIN),
    _optional("vendor.orders_left", "A suspended vendor has open orders", _ADMIN),
    _always("subscription.charged_in_vain", "A card was charged for nothing", _FINANCE),
)
EVENTS: Final[Mapping[str, NotificationEvent]] = MappingProxyType({event.key: event for event in _ALL})


def for_role(role: Role) -> Sequence[NotificationEvent]:
    """The events that people of this role are told of, in order."""
    return [event for event in _ALL if role in event.roles]
