"""Operations, and the record of what happened.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="queued", nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("selection", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("second_person_required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('queued', 'running', 'awaiting_approval')) = (finished_at IS NULL)",
            name=op.f("ck_operations_finished_has_time"),
        ),
        sa.CheckConstraint(
            "NOT second_person_required OR approved_by IS NOT NULL OR status IN ('awaiting_approval', 'rejected', 'expired', 'cancelled')",
            name=op.f("ck_operations_approved_before_queue"),
        ),
        sa.CheckConstraint(
            "panel IN ('admin', 'vendor', 'logistics', 'finance', 'customer')", name=op.f("ck_operations_panel")
        ),
        sa.CheckConstraint("queue IN ('money', 'default', 'bulk')", name=op.f("ck_operations_queue")),
        sa.CheckConstraint(
            "status IN ('awaiting_approval', 'queued', 'running', 'succeeded', 'partial', 'failed', 'rejected', 'expired', 'cancelled')",
            name=op.f("ck_operations_status"),
        ),
        sa.CheckConstraint(
            "NOT second_person_required OR approved_by IS NULL OR approved_by <> actor_id",
            name=op.f("ck_operations_second_person"),
        ),
        sa.CheckConstraint("num_nulls(approved_by, approved_at) <> 1", name=op.f("ck_operations_approval_is_whole")),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_operations_actor_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name=op.f("fk_operations_approved_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("actor_id", "client_key", name=op.f("uq_operations_actor_id_client_key")),
    )
    op.create_index(
        "ix_operations_actor_id_created_at_id", "operations", ["actor_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_operations_approved_by"), "operations", ["approved_by"], unique=False)
    op.create_index("ix_operations_created_at_id", "operations", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_operations_due",
        "operations",
        ["run_after"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "operation_items",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=32), server_default="queued", nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'refused', 'failed', 'skipped', 'cancelled', 'needs_attention')",
            name=op.f("ck_operation_items_status"),
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_operation_items_operation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("operation_id", "position", name=op.f("pk_operation_items")),
        sa.UniqueConstraint("operation_id", "target_id", name=op.f("uq_operation_items_operation_id_target_id")),
    )
    op.create_index(
        "ix_operation_items_operation_id_status",
        "operation_items",
        ["operation_id", "status", "position"],
        unique=False,
    )
    op.create_index("ix_operation_items_target_id", "operation_items", ["target_id"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'rejected', 'expired', 'void')", name=op.f("ck_approvals_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'rejected') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_approvals_decided_has_person"),
        ),
        sa.CheckConstraint("decided_by <> requested_by", name=op.f("ck_approvals_maker_is_not_checker")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_approvals_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operations.id"], name=op.f("fk_approvals_operation_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_approvals_requested_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_created_at_id", "approvals", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_approvals_decided_by"), "approvals", ["decided_by"], unique=False)
    op.create_index(op.f("ix_approvals_operation_id"), "approvals", ["operation_id"], unique=False)
    op.create_index(op.f("ix_approvals_requested_by"), "approvals", ["requested_by"], unique=False)
    op.create_index(
        "uq_approvals_open", "approvals", ["operation_id"], unique=True, postgresql_where=sa.text("status = 'pending'")
    )
    op.create_table(
        "status_history",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=40), server_default="status", nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.String(length=32), nullable=True),
        sa.Column("to_status", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.String(length=1), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_status_history_actor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_history")),
    )
    op.create_index(op.f("ix_status_history_actor_id"), "status_history", ["actor_id"], unique=False)
    op.create_index(
        "ix_status_history_entity_id_created_at", "status_history", ["entity_id", "created_at"], unique=False
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_role", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("ip", postgresql.INET(), nullable=True),
        sa.Column("user_agent", sa.String(length=200), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_audit_log")),
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_audit_log_actor_id_created_at", "audit_log", ["actor_id", "created_at"], unique=False)
    op.create_index("ix_audit_log_entity_entity_id", "audit_log", ["entity", "entity_id", "created_at"], unique=False)
    op.create_index("ix_audit_log_request_id", "audit_log", ["request_id"], unique=False)
    op.create_table(
        "audit_key",
        sa.Column("is_only", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_audit_key_one_row")),
        sa.CheckConstraint("length(key) >= 32", name=op.f("ck_audit_key_key_length")),
        sa.PrimaryKeyConstraint("is_only", name=op.f("pk_audit_key")),
    )


def downgrade() -> None:
    op.drop_table("audit_key")
    op.drop_table("audit_log")
    op.drop_table("status_history")
    op.drop_table("approvals")
    op.drop_table("operation_items")
    op.drop_table("operations")
