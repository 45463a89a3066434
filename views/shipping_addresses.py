"""The address book of users."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import ShippingAddress
from views.access import Access, Entity

_ADDRESS = ("name", "company", "address_line1", "address_line2", "city", "state", "postal_code", "country", "phone")
_SEEN = ("name", "address_line1", "postal_code", "city", "country", "phone", "kind")

ENTITY = Entity(
    noun="shipping_addresses",
    model=ShippingAddress,
    label="Shipping addresses",
    singular="Shipping address",
    group="People",
    access={
        Role.ADMIN: Access(
            columns=(*_SEEN, "user_id", "is_default"),
            detail=("user_id", "kind", *_ADDRESS, "is_default", "created_at", "updated_at"),
            filters=("user_id", "created_at"),
            create=("user_id", "kind", *_ADDRESS, "is_default"),
            edit=("kind", *_ADDRESS, "is_default"),
            delete=True,
            write=Permission.USERS_WRITE,
        ),
        Role.LOGISTICS: Access(columns=_SEEN, detail=("kind", *_ADDRESS), filters=("created_at",)),
    },
)
