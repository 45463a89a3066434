"""Imports in any state, without file and worker."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.permissions import Permission
from models import Import, ImportRow, User
from models.base import uuid7
from models.imports import ImportMode, ImportStatus, RowResult, Verdict


def make_import(session: Session, user: User, *, target: uuid.UUID | None = None, **values: Any) -> Import:
    """One of this user's that changed one product, the `target`."""
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "user_id": user.id,
        "panel": user.role,
        "noun": "products",
        "label": "Products",
        "entity": "products",
        "permission": Permission.PRODUCTS_WRITE,
        "file_name": f"{user.first_name} stock.csv",
        "headings": [f"{user.first_name} SKU", "Stock"],
        "mapping": {"0": "sku", "1": "stock_quantity"},
        "key": "sku",
        "mode": ImportMode.GOOD,
        "judged_at": now(),
        "status": ImportStatus.DONE,
        "rows": 1,
        "done": 1,
        "request_id": "request",
        "finished_at": now(),
        "undo_until": now() + dt.timedelta(days=7),
    }
    made = Import(**(defaults | values))
    session.add(made)
    session.flush()
    session.add(
        ImportRow(
            import_id=made.id,
            position=2,
            cells=[f"{user.first_name}-SKU", "7"],
            verdict=Verdict.CHANGED,
            target_id=target or uuid7(),
            target_version=1,
            changes={"stock_quantity": {"before": 10, "after": 7, "was": "10", "is": "7"}},
            result=RowResult.WRITTEN,
            left_version=2,
        )
    )
    session.flush()
    return made
