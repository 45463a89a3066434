"""Targets of disputes, the hours in which they count, and when the next one is missed (DSP-6).

Revision ID: 0071
Revises: 0070
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_CALENDARS, _POLICIES = "business_calendars", "sla_policies"
_NEVER = "'9999-12-31 00:00+00'"
_TYPES = "'refund', 'quality_issue', 'shipping_issue', 'fraud', 'other'"
_CHECKS = {
    _CALENDARS: {"name_not_empty": "btrim(name) <> ''", "hours_given": "hours <> '{}'::jsonb"},
    _POLICIES: {
        "name_not_empty": "btrim(name) <> ''",
        "position_positive": "position > 0",
        "targets_in_order": "0 < first_reply_minutes AND first_reply_minutes <= resolve_minutes",
        "priority": "priority IN ('low', 'medium', 'high', 'urgent')",
        "type": f"type IN ({_TYPES})",
    },
}
_DAY = '[["09:00", "18:00"]]'
_HOURS = ", ".join(f'"{day}": {_DAY}' for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
_DEFAULTS = (
    (1, "Urgent", "urgent", 60, 24 * 60),
    (2, "High", "high", 4 * 60, 72 * 60),
    (3, "Medium", "medium", 24 * 60, 5 * 24 * 60),
    (4, "Low", "low", 48 * 60, 10 * 24 * 60),
)
_SAME = "OLD.due_at IS NOT DISTINCT FROM NEW.due_at AND OLD.due_soon_at IS NOT DISTINCT FROM NEW.due_soon_at"
_REST = " - 'due_at' - 'due_soon_at'"
_AUDIT = "SELECT audit_table('disputes', '{description}', '{}')"
_TOUCH = "CREATE TRIGGER touch_disputes BEFORE UPDATE ON disputes FOR EACH ROW"


def upgrade() -> None:
    op.create_table(
        _CALENDARS,
        *_head(),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("hours", _json(), nullable=False),
        sa.Column("holidays", _json(), server_default=sa.text("'[]'"), nullable=False),
        *_rules(_CALENDARS),
        sa.UniqueConstraint("name", name=op.f(f"uq_{_CALENDARS}_name")),
    )
    op.create_index(f"ix_{_CALENDARS}_created_at_id", _CALENDARS, ["created_at", "id"])
    calendar = sa.ForeignKey(f"{_CALENDARS}.id", name=op.f(f"fk_{_POLICIES}_calendar_id"), ondelete="RESTRICT")
    op.create_table(
        _POLICIES,
        *_head(),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=True),
        sa.Column("type", sa.String(length=32), nullable=True),
        sa.Column("first_reply_minutes", sa.Integer(), nullable=False),
        sa.Column("resolve_minutes", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), calendar, nullable=False),
        *_rules(_POLICIES),
        sa.UniqueConstraint("position", name=op.f(f"uq_{_POLICIES}_position")),
    )
    op.create_index(f"ix_{_POLICIES}_position_id", _POLICIES, ["position", "id"])
    op.create_index(op.f(f"ix_{_POLICIES}_calendar_id"), _POLICIES, ["calendar_id"])
    for table in (_CALENDARS, _POLICIES):
        op.execute(f"CREATE TRIGGER touch_{table} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch_row()")
        op.execute(f"SELECT audit_table('{table}', '{{}}', '{{}}')")
    for name in ("due_at", "due_soon_at"):
        column = sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text(_NEVER), nullable=False)
        op.add_column("disputes", column)
    op.create_index("ix_disputes_due_at_id", "disputes", ["due_at", "id"])
    op.execute(_AUDIT)
    op.execute("DROP TRIGGER touch_disputes ON disputes")
    op.execute(
        f"{_TOUCH} WHEN ({_SAME} OR (to_jsonb(OLD){_REST}) IS DISTINCT FROM (to_jsonb(NEW){_REST}))"
        " EXECUTE FUNCTION touch_row()"
    )
    _fill()


def downgrade() -> None:
    op.execute("DROP TRIGGER touch_disputes ON disputes")
    op.execute(f"{_TOUCH} EXECUTE FUNCTION touch_row()")
    op.drop_index("ix_disputes_due_at_id", table_name="disputes")
    for name in ("due_soon_at", "due_at"):
        op.drop_column("disputes", name)
    op.execute(_AUDIT)
    for table in (_POLICIES, _CALENDARS):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")


def _fill() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    fill = (
        "INSERT INTO business_calendars (name, time_zone, hours) VALUES ('Office hours', 'UTC', cast(:hours AS jsonb))"
    )
    op.execute(sa.text(fill).bindparams(hours=f"{{{_HOURS}}}"))
    for position, name, priority, first_reply, resolve in _DEFAULTS:
        op.execute(
            sa.text(
                "INSERT INTO sla_policies (position, name, priority, first_reply_minutes, resolve_minutes, calendar_id)"
                " SELECT :position, :name, :priority, :first_reply, :resolve, id FROM business_calendars"
            ).bindparams(position=position, name=name, priority=priority, first_reply=first_reply, resolve=resolve)
        )


def _head() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    )


def _rules(table: str) -> list[sa.Constraint]:
    checks = (sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in _CHECKS[table].items())
    return [*checks, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
