"""What happened to disputes beside their status, and what the rules of their priority are made of (DSP-5, DSP-7).

Revision ID: 0070
Revises: 0068
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0068"
branch_labels = None
depends_on = None

_TABLE = "dispute_events"
_CHECKS = {
    "change_says_what": "kind NOT IN ('priority', 'waiting') OR after IS NOT NULL",
    "escalation_says_about": "kind IN ('priority', 'waiting') OR about IS NOT NULL",
    "kind": "kind IN ('priority', 'waiting', 'assigned', 'lead_told', 'breached', 'vendor_silent')",
}
_SETTINGS = (
    {
        "key": "disputes.high_value",
        "type": "json",
        "value": '{"USD": "500.00", "EUR": "500.00", "JPY": "75000", "KWD": "150.000"}',
        "description": "From this amount on a new dispute has high priority; unlisted currencies always (DSP-5).",
    },
    {
        "key": "disputes.lead",
        "type": "string",
        "value": '""',
        "description": "E-mail of the admin who is told of disputes that run late; empty is the longest-serving admin"
        " (DSP-7).",
    },
    {
        "key": "disputes.vendor_response_hours",
        "type": "number",
        "value": "72",
        "description": "Hours of silence after which a dispute may be decided without the vendor (DSP-7).",
    },
)


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _key("dispute_id", "disputes", nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=True),
        sa.Column("about", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _key("actor_id", "users", nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("dispute_id", "kind", "about", name=op.f(f"uq_{_TABLE}_dispute_id_kind_about")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_actor_id"), _TABLE, ["actor_id"])
    op.create_index(f"ix_{_TABLE}_dispute_id_created_at", _TABLE, ["dispute_id", "created_at"])
    op.create_index(f"ix_{_TABLE}_created_at_id", _TABLE, ["created_at", "id"])
    op.execute(
        f"CREATE TRIGGER tr_{_TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for setting in _SETTINGS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO platform_settings (key, type, value, description)"
                " VALUES (:key, :type, cast(:value AS jsonb), :description)"
            ),
            setting,
        )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    for setting in _SETTINGS:
        op.execute(sa.text("DELETE FROM platform_settings WHERE key = :key").bindparams(key=setting["key"]))
    op.drop_table(_TABLE)


def _key(name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_TABLE}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)
