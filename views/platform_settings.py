"""Business settings; their names and types are fixed, their values are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from backoffice.permissions import Permission, Role
from backoffice.services import commission_rates, settings
from models import PlatformSetting
from views.access import Access, Entity
from views.listing.search import exact


def _guard(_session: Session, setting: Any, changed: Mapping[str, Any], _acting: Acting) -> None:
    """A value that its readers could not use is refused here, not met by them."""
    if "value" in changed:
        if setting.key == commission_rates.DEFAULT:
            raise DomainError("Use “Set the default commission”: it shows first what changes.", code="needs_preview")
        settings.check(setting.key, changed["value"])


ENTITY = Entity(
    noun="platform_settings",
    model=PlatformSetting,
    label="Settings",
    singular="Setting",
    group="System",
    search=(exact(PlatformSetting.key),),
    guard=_guard,
    access={
        Role.ADMIN: Access(
            columns=("key", "value", "type", "description", "updated_at"),
            edit=("value", "description"),
            write=Permission.SETTINGS_WRITE,
        ),
    },
)
