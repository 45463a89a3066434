"""Suspending, reinstating and terminating vendors; who is not active gets no new orders (VEN-1, VEN-2).

Revision ID: 0068
Revises: 0067
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_TABLE = "vendor_decisions"
_CHECKS = {
    "reason_not_blank": "btrim(reason) <> ''",
    "suspension_has_hold": "(verdict = 'suspended') = (hold_id IS NOT NULL)",
    "only_suspension_pauses": "verdict = 'suspended' OR subscription_id IS NULL",
    "paused_is_known": "subscription_id IS NOT NULL OR unpaid_since IS NULL",
    "system_only_suspends": "verdict = 'suspended' OR decided_by IS NOT NULL",
    "effects_list": "jsonb_typeof(effects) = 'array'",
    "verdict": "verdict IN ('suspended', 'reinstated', 'terminated')",
}
_PERSONAL = "bank_fingerprint,bank_last4"
# The lock waits for a suspension under way, so that no order slips in beside it.
_NO_ORDERS = """\
CREATE FUNCTION refuse_orders_of_inactive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = NEW.vendor_id AND status = 'active' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'vendor % is not active', NEW.vendor_id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
"""
_GONE = """\
CREATE FUNCTION refuse_return_of_vendor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'vendor_profiles'
        OR EXISTS (SELECT FROM vendor_profiles WHERE vendor_id = NEW.id AND terminated_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a terminated vendor does not come back'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
"""
_SETTING = {
    "key": "vendors.answer_days",
    "value": "14",
    "description": "Days that a vendor has to correct inaccurate information before it is suspended (VEN-3).",
}


def upgrade() -> None:
    _create_decisions()
    op.add_column("vendor_profiles", sa.Column("terminated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(f"SELECT audit_table('vendor_profiles', '{{{_PERSONAL}}}', '{{}}')")
    op.execute(_NO_ORDERS)
    op.execute(
        "CREATE TRIGGER tr_orders_vendor_active BEFORE INSERT ON orders FOR EACH ROW"
        " EXECUTE FUNCTION refuse_orders_of_inactive()"
    )
    op.execute(_GONE)
    op.execute(
        "CREATE TRIGGER tr_vendor_profiles_terminated BEFORE UPDATE ON vendor_profiles FOR EACH ROW"
        " WHEN (OLD.terminated_at IS NOT NULL AND NEW.terminated_at IS DISTINCT FROM OLD.terminated_at)"
        " EXECUTE FUNCTION refuse_return_of_vendor()"
    )
    op.execute(
        "CREATE TRIGGER tr_users_terminated BEFORE UPDATE OF status ON users FOR EACH ROW"
        " WHEN (NEW.status = 'active' AND OLD.status <> 'active' AND NEW.role = 'vendor')"
        " EXECUTE FUNCTION refuse_return_of_vendor()"
    )
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO platform_settings (key, type, value, description)"
            " VALUES (:key, 'number', cast(:value AS jsonb), :description)"
        ),
        _SETTING,
    )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute(sa.text("DELETE FROM platform_settings WHERE key = :key").bindparams(key=_SETTING["key"]))
    op.execute("DROP TRIGGER tr_users_terminated ON users")
    op.execute("DROP TRIGGER tr_vendor_profiles_terminated ON vendor_profiles")
    op.execute("DROP FUNCTION refuse_return_of_vendor()")
    op.execute("DROP TRIGGER tr_orders_vendor_active ON orders")
    op.execute("DROP FUNCTION refuse_orders_of_inactive()")
    op.drop_column("vendor_profiles", "terminated_at")
    op.execute(f"SELECT audit_table('vendor_profiles', '{{{_PERSONAL}}}', '{{}}')")
    op.drop_table(_TABLE)


def _create_decisions() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _key("vendor_id", "users", nullable=False),
        _key("profile_id", "vendor_profiles", nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _key("decided_by", "users", nullable=True),
        _key("hold_id", "payout_holds", nullable=True),
        _key("subscription_id", "subscriptions", nullable=True),
        _time("unpaid_since"),
        sa.Column("effects", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
    )
    for name in ("decided_by", "hold_id", "subscription_id"):
        op.create_index(op.f(f"ix_{_TABLE}_{name}"), _TABLE, [name])
    for names in (["created_at"], ["vendor_id", "created_at"], ["profile_id", "created_at"]):
        op.create_index(f"ix_{_TABLE}_{'_'.join(names)}_id", _TABLE, [*names, "id"])
    op.execute(
        f"CREATE TRIGGER tr_{_TABLE}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_TABLE}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )


def _key(name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_TABLE}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
