"""The one place where a person's new values get into a row that exists: from a form, from a cell, from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.services.change_requests.propose import propose
from models import Product
from models.base import Base

#: What of the new values of a row waits for somebody's agreement first, by entity; it is kept there.
_KEPT_BACK: Final[Mapping[type[Base], Callable[..., frozenset[str]]]] = {Product: propose}


def write(session: Session, row: Any, values: Mapping[str, Any], *, acting: Acting) -> frozenset[str]:
    """Set `values` of `row` (read locked), but for those that need a review first (MOD-3); returns their names."""
    keep_back = _KEPT_BACK.get(type(row))
    waiting = keep_back(session, row, values, acting=acting) if keep_back else frozenset()
    for name, value in values.items():
        if name not in waiting:
            setattr(row, name, value)
    return waiting
