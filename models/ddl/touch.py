"""Triggers that write the update time, the row version and a product's content version (MOD-1)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from models.product import MATERIAL_FIELDS


def triggers(metadata: sa.MetaData) -> Iterator[str]:
    """CREATE TRIGGER for every table with a row version, and for the material fields of products."""
    for table in metadata.sorted_tables:
        if "version" in table.columns:
            yield (
                f"CREATE TRIGGER touch_{table.name} BEFORE UPDATE ON {table.name}"
                " FOR EACH ROW EXECUTE FUNCTION touch_row()"
            )
    old, new = (", ".join(f"{row}.{field}" for field in MATERIAL_FIELDS) for row in ("OLD", "NEW"))
    yield (
        "CREATE TRIGGER touch_products_content BEFORE UPDATE ON products FOR EACH ROW"
        f" WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION raise_content_version()"
    )
