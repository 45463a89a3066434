"""Saved views of lists, and how each person likes a list.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

TOUCH = "CREATE TRIGGER touch_saved_views BEFORE UPDATE ON saved_views FOR EACH ROW EXECUTE FUNCTION touch_row()"
PANELS = "panel IN ('admin', 'vendor', 'logistics', 'finance', 'customer')"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), server_default="", nullable=False),
        sa.Column("columns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("sort", sa.String(length=64), nullable=True),
        sa.Column("visibility", sa.String(length=32), server_default="private", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_views_name_not_empty")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_saved_views_position_not_negative")),
        sa.CheckConstraint("NOT is_default OR visibility = 'role'", name=op.f("ck_saved_views_default_is_shared")),
        sa.CheckConstraint(
            "panel <> 'vendor' OR visibility = 'private'", name=op.f("ck_saved_views_vendors_share_nothing")
        ),
        sa.CheckConstraint(PANELS, name=op.f("ck_saved_views_panel")),
        sa.CheckConstraint("visibility IN ('private', 'role')", name=op.f("ck_saved_views_visibility")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("user_id", "panel", "noun", "name", name=op.f("uq_saved_views_user_id_panel_noun_name")),
    )
    op.create_index("ix_saved_views_panel_noun", "saved_views", ["panel", "noun"], unique=False)
    op.create_index(
        "uq_saved_views_default",
        "saved_views",
        ["panel", "noun"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "list_preferences",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("panel", sa.String(length=32), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("columns", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("sort", sa.String(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("size IN (20, 50, 100)", name=op.f("ck_list_preferences_size_offered")),
        sa.CheckConstraint(PANELS, name=op.f("ck_list_preferences_panel")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_list_preferences_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_preferences")),
        sa.UniqueConstraint("user_id", "panel", "noun", name=op.f("uq_list_preferences_user_id_panel_noun")),
    )
    op.execute(TOUCH)


def downgrade() -> None:
    op.drop_table("list_preferences")
    op.drop_table("saved_views")
