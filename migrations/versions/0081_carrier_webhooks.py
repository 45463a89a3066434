"""Events of carriers in the webhook inbox, beside those of Stripe.

Revision ID: 0081
Revises: 0080
"""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_TABLE = "webhook_events"
_OF_ONE = "uq_webhook_events_provider_event_id"
_OF_ALL = "uq_webhook_events_provider_event_id_provider"
_INDEX = "ix_webhook_events_provider_created_at_id"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("provider", sa.String(length=32), server_default="stripe", nullable=False))
    op.create_check_constraint(
        op.f("ck_webhook_events_provider"), _TABLE, "provider IN ('stripe', 'easypost', 'aftership', 'shippo')"
    )
    op.drop_constraint(op.f(_OF_ONE), _TABLE)
    op.create_unique_constraint(op.f(_OF_ALL), _TABLE, ["provider_event_id", "provider"])
    op.create_index(op.f(_INDEX), _TABLE, ["provider", "created_at", "id"])


def downgrade() -> None:
    # What came before knows nobody but Stripe.
    op.execute("DELETE FROM webhook_events WHERE provider <> 'stripe'")
    op.drop_constraint(op.f(_OF_ALL), _TABLE)
    op.create_unique_constraint(op.f(_OF_ONE), _TABLE, ["provider_event_id"])
    op.drop_column(_TABLE, "provider")
