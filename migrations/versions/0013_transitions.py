"""Refuse every change of status that the state machines do not list (STM-1, B12).

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Table and column of each machine, and what may follow each status.
MACHINES = {
    ("users", "status"): {
        "pending": "active inactive",
        "active": "inactive suspended",
        "inactive": "active",
        "suspended": "active inactive",
    },
    ("notifications", "status"): {
        "pending": "delivered failed sent",
        "sent": "delivered failed",
        "failed": "pending",
    },
    ("operations", "status"): {
        "awaiting_approval": "cancelled expired queued rejected",
        "queued": "cancelled running",
        "running": "cancelled failed partial succeeded",
        "partial": "queued",
        "failed": "queued",
    },
    ("orders", "status"): {
        "pending": "cancelled confirmed",
        "confirmed": "cancelled delivered processing refunded shipped",
        "processing": "cancelled delivered refunded shipped",
        "shipped": "delivered processing refunded",
        "delivered": "refunded shipped",
    },
    ("orders", "payment_status"): {
        "pending": "failed paid",
        "paid": "partially_refunded refunded",
        "failed": "paid",
        "refunded": "paid partially_refunded",
        "partially_refunded": "paid refunded",
    },
    ("payouts", "status"): {
        "pending": "cancelled processing",
        "processing": "completed failed",
        "completed": "failed",
        "failed": "cancelled pending",
    },
    ("products", "status"): {
        "draft": "pending",
        "pending": "approved draft rejected",
        "approved": "active pending rejected",
        "rejected": "draft pending",
        "active": "inactive rejected",
        "inactive": "active pending rejected",
    },
    ("reports", "status"): {
        "generating": "completed failed",
        "failed": "generating",
    },
    ("subscriptions", "status"): {
        "active": "cancelled expired suspended",
        "cancelled": "active expired",
        "suspended": "active cancelled expired",
    },
    ("vendor_profiles", "verification_status"): {
        "pending": "under_review",
        "under_review": "approved pending rejected",
        "approved": "under_review",
        "rejected": "pending",
    },
    ("approvals", "status"): {
        "pending": "approved expired rejected void",
        "approved": "void",
    },
    ("disputes", "status"): {
        "open": "closed in_review",
        "in_review": "open resolved",
        "resolved": "closed in_review",
    },
    ("operation_items", "status"): {
        "queued": "cancelled running skipped",
        "running": "failed needs_attention queued refused succeeded",
        "failed": "queued",
        "needs_attention": "queued",
    },
    ("payments", "status"): {
        "pending": "cancelled failed succeeded",
        "succeeded": "refunded",
        "failed": "pending succeeded",
        "refunded": "succeeded",
    },
    ("shipments", "status"): {
        "pending": "delivered failed in_transit out_for_delivery picked_up returned",
        "picked_up": "delivered failed in_transit out_for_delivery pending returned",
        "in_transit": "delivered failed out_for_delivery pending picked_up returned",
        "out_for_delivery": "delivered failed in_transit pending picked_up returned",
        "delivered": "returned",
        "failed": "delivered in_transit out_for_delivery pending picked_up returned",
    },
    ("product_reviews", "status"): {
        "pending": "approved rejected",
        "approved": "pending rejected",
        "rejected": "approved pending",
    },
    ("refunds", "status"): {
        "requested": "approved rejected",
        "approved": "processing",
        "processing": "failed succeeded",
        "succeeded": "failed",
        "failed": "approved",
    },
    ("transactions", "status"): {
        "pending": "cancelled completed failed",
    },
}

# The pairs stand in the condition of each trigger, so an allowed change costs no call.
REFUSE = """\
CREATE FUNCTION refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % may not go from % to %', TG_ARGV[0], TG_TABLE_NAME,
        to_jsonb(OLD) ->> TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[0]
        USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0],
        CONSTRAINT = TG_NAME;
END
$$
"""


def upgrade() -> None:
    op.execute(REFUSE)
    for (table, column), moves in MACHINES.items():
        steps = sorted((before, after) for before, following in moves.items() for after in following.split())
        pairs = ", ".join(f"('{before}', '{after}')" for before, after in steps)
        op.execute(
            f"CREATE TRIGGER tr_{table}_{column} BEFORE UPDATE ON {table} FOR EACH ROW"
            f" WHEN (OLD.{column} <> NEW.{column} AND (OLD.{column}, NEW.{column}) NOT IN ({pairs}))"
            f" EXECUTE FUNCTION refuse_transition('{column}')"
        )


def downgrade() -> None:
    for table, column in MACHINES:
        op.execute(f"DROP TRIGGER tr_{table}_{column} ON {table}")
    op.execute("DROP FUNCTION refuse_transition()")
