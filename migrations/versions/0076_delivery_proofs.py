"""Photographs and signatures that show that a parcel arrived (SHP-3).

Revision ID: 0076
Revises: 0074
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0074"
branch_labels = None
depends_on = None

_TABLE = "delivery_proofs"
_CHECKS = {
    "is_picture": "media_type IN ('image/png', 'image/jpeg')",
    "size_range": "size BETWEEN 1 AND 1500000",
    "size_is_of_content": "size = octet_length(content)",
    "kind": "kind IN ('photo', 'signature')",
    "media_type": "media_type IN ('application/pdf', 'image/png', 'image/jpeg')",
}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _key("shipment_id", "shipments"),
        sa.Column("kind", sa.String(length=32), nullable=False),
        _key("taken_by", "users"),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_taken_by"), _TABLE, ["taken_by"])
    for names in (["created_at"], ["shipment_id", "created_at"]):
        op.create_index(f"ix_{_TABLE}_{'_'.join(names)}_id", _TABLE, [*names, "id"])
    op.execute(
        f"CREATE TRIGGER tr_{_TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute(f"SELECT audit_table('{_TABLE}', '{{content}}', '{{}}')")


def downgrade() -> None:
    op.drop_table(_TABLE)
    op.execute(f"DROP FUNCTION audit_{_TABLE}() CASCADE")


def _key(name: str, target: str) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_TABLE}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, nullable=False)
