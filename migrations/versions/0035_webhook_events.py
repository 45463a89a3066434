"""The webhook inbox, and what the payment provider is asked again and again.

Revision ID: 0035
Revises: 0034
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_QUEUES = "queue IN ('money', 'default', 'bulk')"
_MOVES = (
    "('failed', 'pending'), ('parked', 'pending'), ('pending', 'failed'), ('pending', 'ignored'),"
    " ('pending', 'parked'), ('pending', 'processed')"
)
_OLD = "What completes a payout: 'transfer' or, later, Stripe's 'payout' event (PAY-8)."
_NEW = "What completes a payout: the 'transfer', or Stripe's 'payout' to the bank (PAY-8)."


def upgrade() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("provider_event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("api_version", sa.String(length=40), nullable=True),
        sa.Column("object_type", sa.String(length=255), nullable=True),
        sa.Column("object_id", sa.String(length=255), nullable=True),
        sa.Column("provider_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *_leased(),
        sa.CheckConstraint(
            "(status IN ('processed', 'ignored')) = (processed_at IS NOT NULL)",
            name=op.f("ck_webhook_events_done_has_time"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('parked', 'failed') OR last_error IS NOT NULL",
            name=op.f("ck_webhook_events_waiting_has_reason"),
        ),
        sa.CheckConstraint(_QUEUES, name=op.f("ck_webhook_events_queue")),
        sa.CheckConstraint(
            "status IN ('pending', 'processed', 'ignored', 'parked', 'failed')", name=op.f("ck_webhook_events_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("provider_event_id", name=op.f("uq_webhook_events_provider_event_id")),
    )
    op.create_index("ix_webhook_events_created_at_id", "webhook_events", ["created_at", "id"])
    op.create_index("ix_webhook_events_status_created_at_id", "webhook_events", ["status", "created_at", "id"])
    op.create_index("ix_webhook_events_type_created_at_id", "webhook_events", ["type", "created_at", "id"])
    op.create_index("ix_webhook_events_object_id", "webhook_events", ["object_id"])
    op.create_index(
        "ix_webhook_events_due",
        "webhook_events",
        ["run_after"],
        postgresql_where=sa.text("status IN ('pending', 'parked')"),
    )
    op.execute(
        "CREATE TRIGGER touch_webhook_events BEFORE UPDATE ON webhook_events FOR EACH ROW EXECUTE FUNCTION touch_row()"
    )
    op.execute(
        "CREATE TRIGGER tr_webhook_events_status BEFORE UPDATE ON webhook_events FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.create_table(
        "provider_sweeps",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("covered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("round_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.String(length=255), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_leased(),
        sa.CheckConstraint(_QUEUES, name=op.f("ck_provider_sweeps_queue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_sweeps")),
        sa.UniqueConstraint("name", name=op.f("uq_provider_sweeps_name")),
    )
    op.create_index("ix_provider_sweeps_due", "provider_sweeps", ["run_after"])
    # What happened before today was told to whatever was there before.
    op.execute(
        "INSERT INTO provider_sweeps (name, queue, run_after, due_since)"
        " SELECT 'backfill', 'money', tomorrow, tomorrow FROM (VALUES (now() + interval '1 day')) AS day (tomorrow)"
    )
    _describe(_NEW)


def downgrade() -> None:
    _describe(_OLD)
    op.drop_table("provider_sweeps")
    op.drop_table("webhook_events")


def _leased() -> list[sa.Column[Any]]:
    return [
        sa.Column("queue", sa.String(length=32), server_default="default", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    ]


def _describe(text: str) -> None:
    """Say what the setting means now; the audit log shows that a migration did it."""
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text("UPDATE platform_settings SET description = :text WHERE key = 'payouts.complete_on'"), {"text": text}
    )
