"""Business settings; their names and types are fixed, their values are not."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import PlatformSetting
from views.access import Access, Entity
from views.listing.search import exact

ENTITY = Entity(
    noun="platform_settings",
    model=PlatformSetting,
    label="Settings",
    singular="Setting",
    group="System",
    search=(exact(PlatformSetting.key),),
    access={
        Role.ADMIN: Access(
            columns=("key", "value", "type", "description", "updated_at"),
            edit=("value", "description"),
            write=Permission.SETTINGS_WRITE,
        ),
    },
)
