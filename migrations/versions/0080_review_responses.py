"""What the vendor of a product answers to a review of it.

Revision ID: 0080
Revises: 0079
"""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_TABLE = "product_reviews"
_CHECKS = {
    "response_is_whole": "num_nulls(vendor_response, responded_by, responded_at) IN (0, 3)",
    "response_not_empty": "btrim(vendor_response) <> ''",
}
_AUDIT = f"SELECT audit_table('{_TABLE}', '{{}}', '{{}}')"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("vendor_response", sa.Text()))
    op.add_column(_TABLE, sa.Column("responded_by", sa.Uuid()))
    op.add_column(_TABLE, sa.Column("responded_at", sa.DateTime(timezone=True)))
    reference = op.f("fk_product_reviews_responded_by")
    op.create_foreign_key(reference, _TABLE, "users", ["responded_by"], ["id"], ondelete="RESTRICT")
    op.create_index(op.f("ix_product_reviews_responded_by"), _TABLE, ["responded_by"])
    for name, text in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE, text)
    op.execute(_AUDIT)


def downgrade() -> None:
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_{_TABLE}_{name}"), _TABLE)
    for column in ("responded_at", "responded_by", "vendor_response"):
        op.drop_column(_TABLE, column)
    op.execute(_AUDIT)
