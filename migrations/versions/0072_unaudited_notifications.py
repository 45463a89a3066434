"""What people are told is not audited: a notification is itself the record of having been told (decision 0008).

Revision ID: 0072
Revises: 0071
"""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER audit_notifications_{event} ON notifications")
    op.execute("DROP FUNCTION audit_notifications()")


def downgrade() -> None:
    op.execute("SELECT audit_table('notifications', '{message,metadata,title}', '{}')")
