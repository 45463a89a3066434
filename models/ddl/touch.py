"""Triggers that write the update time, the row version and a product's content version (MOD-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import sqlalchemy as sa

from models.product import MATERIAL_FIELDS

#: Columns that the machinery notes by itself: a change of these alone is no new version for a person to look at.
NOTED: Final[Mapping[str, tuple[str, ...]]] = {"disputes": ("due_at", "due_soon_at"), "users": ("last_login",)}


def triggers(metadata: sa.MetaData) -> Iterator[str]:
    """CREATE TRIGGER for every table with a row version, and for the material fields of products."""
    for table in metadata.sorted_tables:
        if "version" in table.columns:
            yield (
                f"CREATE TRIGGER touch_{table.name} BEFORE UPDATE ON {table.name}"
                f" FOR EACH ROW{_when(NOTED.get(table.name))} EXECUTE FUNCTION touch_row()"
            )
    old, new = (", ".join(f"{row}.{field}" for field in MATERIAL_FIELDS) for row in ("OLD", "NEW"))
    yield (
        "CREATE TRIGGER touch_products_content BEFORE UPDATE ON products FOR EACH ROW"
        f" WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION raise_content_version()"
    )


def _when(noted: tuple[str, ...] | None) -> str:
    """The condition that leaves the version alone when nothing but `noted` changed."""
    if noted is None:
        return ""
    same = " AND ".join(f"OLD.{name} IS NOT DISTINCT FROM NEW.{name}" for name in noted)
    rest = "".join(f" - '{name}'" for name in noted)
    return f" WHEN ({same} OR (to_jsonb(OLD){rest}) IS DISTINCT FROM (to_jsonb(NEW){rest}))"
