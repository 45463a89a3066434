"""Signing in leaves the version of a user as it is: nobody's open form becomes stale because of it (MOD-1).

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TRIGGER touch_users ON users")
    op.execute(
        "CREATE TRIGGER touch_users BEFORE UPDATE ON users FOR EACH ROW"
        " WHEN (OLD.last_login IS NOT DISTINCT FROM NEW.last_login"
        " OR (to_jsonb(OLD) - 'last_login') IS DISTINCT FROM (to_jsonb(NEW) - 'last_login'))"
        " EXECUTE FUNCTION touch_row()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER touch_users ON users")
    op.execute("CREATE TRIGGER touch_users BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_row()")
