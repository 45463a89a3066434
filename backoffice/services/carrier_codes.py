"""What carriers' codes mean here: the normalisation of SHP-4 as data. Raw code and reason are kept with the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from models.shipment import EventSource, Incident, ShipmentStatus

S = ShipmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code says. Without a status the parcel's stays as it is, and something is wrong."""

    status: ShipmentStatus | None
    #: What it says when it is the first thing that was scanned of the parcel.
    first: ShipmentStatus | None = None
    #: What is wrong when no reason says it more exactly.
    incident: Incident | None = None


def _is(status: ShipmentStatus, *, first: ShipmentStatus | None = None, wrong: Incident | None = None) -> Meaning:
    return Meaning(status=status, first=first, incident=wrong)


_MOVING: Final = _is(S.IN_TRANSIT, first=S.PICKED_UP)
_FAILED: Final = _is(S.FAILED, wrong=Incident.OTHER_ATTEMPT_FAILED)
_AT_COUNTER: Final = _is(S.OUT_FOR_DELIVERY, wrong=Incident.CONSIGNEE_PICKUP)


def _stuck(incident: Incident) -> Meaning:
    return Meaning(status=None, incident=incident)


_UNKNOWN: Final = _stuck(Incident.OTHER_UNKNOWN)
_CANCELLED: Final = _stuck(Incident.RETAILER_CANCELLED)

#: Code -> meaning, for each kind of code.
CODES: Final[Mapping[EventSource, Mapping[str, Meaning]]] = MappingProxyType(
    {
        EventSource.KARRIO: {
            "pending": _is(S.PENDING),
            "picked_up": _is(S.PICKED_UP),
            "in_transit": _is(S.IN_TRANSIT),
            "on_hold": _is(S.IN_TRANSIT, wrong=Incident.CARRIER_HOLD),
            "delivery_delayed": _is(S.IN_TRANSIT, wrong=Incident.CARRIER_DELAY),
            "out_for_delivery": _is(S.OUT_FOR_DELIVERY),
            "ready_for_pickup": _AT_COUNTER,
            "delivered": _is(S.DELIVERED),
            "delivery_failed": _FAILED,
            "return_to_sender": _is(S.RETURNED),
            "unknown": _UNKNOWN,
            "cancelled": _CANCELLED,
        },
        EventSource.AFTERSHIP: {
            "Pending": _is(S.PENDING),
            "InfoReceived": _is(S.PENDING),
            "InTransit": _MOVING,
            "Exception": _is(S.IN_TRANSIT, wrong=Incident.OTHER_UNKNOWN),
            "OutForDelivery": _is(S.OUT_FOR_DELIVERY),
            "AvailableForPickup": _AT_COUNTER,
            "Delivered": _is(S.DELIVERED),
            "AttemptFail": _FAILED,
            "Expired": _stuck(Incident.CARRIER_SILENT),
        },
        EventSource.EASYPOST: {
            "pre_transit": _is(S.PENDING),
            "in_transit": _MOVING,
            "out_for_delivery": _is(S.OUT_FOR_DELIVERY),
            "available_for_pickup": _AT_COUNTER,
            "delivered": _is(S.DELIVERED),
            "failure": _FAILED,
            "return_to_sender": _is(S.RETURNED),
            "unknown": _UNKNOWN,
            "error": _UNKNOWN,
            "cancelled": _CANCELLED,
        },
        EventSource.SHIPPO: {
            "PRE_TRANSIT": _is(S.PENDING),
            "TRANSIT": _MOVING,
            "DELIVERED": _is(S.DELIVERED),
            "FAILURE": _FAILED,
            "RETURNED": _is(S.RETURNED),
            "UNKNOWN": _UNKNOWN,
        },
    }
)
#: Reasons that say more than their code, for carriers that do not use our words.
REASONS: Final[Mapping[EventSource, Mapping[str, Incident]]] = MappingProxyType(
    {
        EventSource.AFTERSHIP: {
            "Exception_002": Incident.CONSIGNEE_MOVED,
            "Exception_003": Incident.CONSIGNEE_REFUSED,
            "Exception_004": Incident.CUSTOMS_DELAY,
            "Exception_005": Incident.CARRIER_DELAY,
            "Exception_006": Incident.CONSIGNEE_UNPAID,
            "Exception_012": Incident.CARRIER_DAMAGED,
            "Exception_013": Incident.CARRIER_LOST,
            "Exception_016": Incident.CARRIER_SORTING_ERROR,
            "Exception_017": Incident.WEATHER_DELAY,
            "Exception_018": Incident.CUSTOMS_DOCUMENTS,
        },
    }
)
#: A code that means "returned" with such a reason, and something else without.
RETURNS: Final = frozenset({(EventSource.AFTERSHIP, "Exception", "Exception_011")})


def meaning(source: EventSource, code: str, reason: str | None) -> Meaning:
    """What `code` with `reason` says; a code that nobody listed changes no status and says that something is wrong.

    Words of the taxonomy itself are understood from every carrier.
    """
    if (source, code, reason) in RETURNS:
        return Meaning(status=S.RETURNED)
    found = CODES.get(source, {}).get(code, _UNKNOWN)
    known = REASONS.get(source, {}).get(reason or "") or _own(reason)
    return Meaning(status=found.status, first=found.first, incident=known or found.incident)


def _own(reason: str | None) -> Incident | None:
    return Incident(reason) if reason in {member.value for member in Incident} else None
