"""Every carrier service that may tell us of scans, by name.

Karrio is none of them: it signs nothing, but sends the secret itself along with each event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backoffice.gateways.carriers import aftership, easypost, shippo
from backoffice.gateways.carriers.service import CarrierService

SERVICES: Final[Mapping[str, CarrierService]] = {
    one.name: one for one in (easypost.SERVICE, aftership.SERVICE, shippo.SERVICE)
}
