"""Items of operations are settled without touching an index.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_operation_items_operation_id_status", table_name="operation_items")
    op.drop_index("ix_operation_items_target_id", table_name="operation_items")
    op.drop_constraint("uq_operation_items_operation_id_target_id", "operation_items")
    op.create_unique_constraint(
        "uq_operation_items_target_id_operation_id", "operation_items", ["target_id", "operation_id"]
    )
    op.execute("ALTER TABLE operation_items SET (fillfactor = 50)")


def downgrade() -> None:
    op.execute("ALTER TABLE operation_items RESET (fillfactor)")
    op.drop_constraint("uq_operation_items_target_id_operation_id", "operation_items")
    op.create_unique_constraint(
        "uq_operation_items_operation_id_target_id", "operation_items", ["operation_id", "target_id"]
    )
    op.create_index("ix_operation_items_target_id", "operation_items", ["target_id"])
    op.create_index(
        "ix_operation_items_operation_id_status", "operation_items", ["operation_id", "status", "position"]
    )
