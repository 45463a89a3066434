"""How each person wants the pages: time zone, locale, theme, density.

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_TABLE = "user_preferences"
_LOCALES = "'en', 'en-GB', 'de', 'es', 'fr', 'it', 'ja', 'nl', 'pl', 'pt', 'ru', 'tr', 'uk', 'zh'"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("locale", sa.String(length=32), server_default="en", nullable=False),
        sa.Column("theme", sa.String(length=32), server_default="system", nullable=False),
        sa.Column("density", sa.String(length=32), server_default="comfortable", nullable=False),
        sa.CheckConstraint(f"locale IN ({_LOCALES})", name=op.f("ck_user_preferences_locale")),
        sa.CheckConstraint("theme IN ('system', 'light', 'dark')", name=op.f("ck_user_preferences_theme")),
        sa.CheckConstraint("density IN ('comfortable', 'compact')", name=op.f("ck_user_preferences_density")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_preferences_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_preferences")),
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
