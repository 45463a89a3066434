"""Ways to ship and their rates; logistics see them without the rates."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import ShippingMethod
from models.searchable_name import NameKind
from views.access import Access, Entity, Named

_FORM = (
    "name", "carrier", "service_type", "base_rate", "per_kg_rate", "per_item_rate", "currency", "estimated_days_min",
    "estimated_days_max", "is_active", "coverage_areas",
)  # fmt: skip

ENTITY = Entity(
    noun="shipping_methods",
    model=ShippingMethod,
    label="Shipping methods",
    singular="Shipping method",
    group="Logistics",
    imports=("name",),
    named=Named(kind=NameKind.SHIPPING_METHOD),
    access={
        Role.ADMIN: Access(
            columns=("name", "carrier", "service_type", "base_rate", "estimated_days_min", "estimated_days_max",
                     "is_active"),
            detail=(*(name for name in _FORM if name != "currency"), "created_at", "updated_at"),
            filters=("is_active",),
            create=_FORM,
            edit=tuple(name for name in _FORM if name != "currency"),
            delete=True,
            write=Permission.SHIPPING_METHODS_WRITE,
        ),
        Role.LOGISTICS: Access(
            columns=("name", "carrier", "service_type", "estimated_days_min", "estimated_days_max", "is_active"),
            detail=("name", "carrier", "service_type", "estimated_days_min", "estimated_days_max", "is_active",
                    "coverage_areas"),
            filters=("is_active",),
        ),
    },
)  # fmt: skip
