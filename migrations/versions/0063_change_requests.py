"""Changes of reviewed products wait for a moderator, and every decision of one is kept (MOD-1 to MOD-4).

Revision ID: 0063
Revises: 0061
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0063"
down_revision = "0061"
branch_labels = None
depends_on = None

_CHANGES, _DECISIONS = "product_change_requests", "moderation_decisions"
_OPEN = "status IN ('pending', 'changes_requested')"
_REASONS = "'prohibited', 'counterfeit', 'misleading', 'incomplete', 'wrong_category', 'pricing', 'duplicate', 'other'"
_STATUSES = "'pending', 'changes_requested', 'confirmed', 'declined', 'cancelled', 'superseded'"
_CHANGE_CHECKS = {
    "proposes_something": "proposed <> '{}'::jsonb",
    "refused_has_reason": "status NOT IN ('declined', 'changes_requested') OR num_nulls(reason, message) = 0",
    "decided_has_time": "status NOT IN ('confirmed', 'declined') OR decided_at IS NOT NULL",
    "status": f"status IN ({_STATUSES})",
    "reason": f"reason IN ({_REASONS})",
}
_DECISION_CHECKS = {
    "by_person_or_rule": "num_nonnulls(decided_by, rule) = 1",
    "refusal_has_reason": "verdict = 'approved' OR reason IS NOT NULL",
    "verdict": "verdict IN ('approved', 'rejected', 'changes_requested', 'taken_down')",
}
_MOVES = (
    "('changes_requested', 'cancelled'), ('changes_requested', 'pending'), ('changes_requested', 'superseded'),"
    " ('pending', 'cancelled'), ('pending', 'changes_requested'), ('pending', 'confirmed'), ('pending', 'declined'),"
    " ('pending', 'superseded')"
)
# Whoever changes the content of a product, the version that open requests are compared with goes along, and with it
# their own, so that a decision about the product of before is refused.
_FOLLOW = """\
CREATE FUNCTION follow_product_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE product_change_requests SET content_version = NEW.content_version
    WHERE product_id = NEW.id AND status IN ('pending', 'changes_requested');
    RETURN NULL;
END
$$
"""
_SETTING = {
    "key": "products.unpublish_while_pending",
    "value": "false",
    "description": "Whether a product leaves the shop while a change of it waits for review (MOD-3).",
}


def upgrade() -> None:
    _create_changes()
    _create_decisions()
    op.execute(_FOLLOW)
    op.execute(
        "CREATE TRIGGER tr_products_content_followed AFTER UPDATE ON products FOR EACH ROW"
        " WHEN (OLD.content_version <> NEW.content_version) EXECUTE FUNCTION follow_product_content()"
    )
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text(
            "INSERT INTO platform_settings (key, type, value, description)"
            " VALUES (:key, 'boolean', cast(:value AS jsonb), :description)"
        ),
        _SETTING,
    )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute(sa.text("DELETE FROM platform_settings WHERE key = :key").bindparams(key=_SETTING["key"]))
    op.execute("DROP TRIGGER tr_products_content_followed ON products")
    op.execute("DROP FUNCTION follow_product_content()")
    op.drop_table(_DECISIONS)
    op.drop_table(_CHANGES)
    op.execute(f"DROP FUNCTION audit_{_CHANGES}() CASCADE")


def _create_changes() -> None:
    op.create_table(
        _CHANGES,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _key(_CHANGES, "product_id", "products", nullable=False),
        _key(_CHANGES, "vendor_id", "users", nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("proposed", _json(), nullable=False),
        sa.Column("former", _json(), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("unpublished", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _key(_CHANGES, "decided_by", "users", nullable=True),
        _time("decided_at"),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_CHANGES}_{name}")) for name, text in _CHANGE_CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_CHANGES}")),
    )
    op.create_index(f"uq_{_CHANGES}_open", _CHANGES, ["product_id"], unique=True, postgresql_where=sa.text(_OPEN))
    op.create_index(op.f(f"ix_{_CHANGES}_decided_by"), _CHANGES, ["decided_by"])
    for names in (["created_at"], *([name, "created_at"] for name in ("status", "vendor_id", "product_id"))):
        op.create_index(f"ix_{_CHANGES}_{'_'.join(names)}_id", _CHANGES, [*names, "id"])
    op.execute(f"CREATE TRIGGER touch_{_CHANGES} BEFORE UPDATE ON {_CHANGES} FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(
        f"CREATE TRIGGER tr_{_CHANGES}_status BEFORE UPDATE ON {_CHANGES} FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute(f"SELECT audit_table('{_CHANGES}', '{{}}', '{{}}')")


def _create_decisions() -> None:
    op.create_table(
        _DECISIONS,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("entity", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        _key(_DECISIONS, "vendor_id", "users", nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("seen_version", sa.Integer(), nullable=False),
        _key(_DECISIONS, "decided_by", "users", nullable=True),
        sa.Column("rule", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_DECISIONS}_{name}")) for name, text in _DECISION_CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_DECISIONS}")),
    )
    op.create_index(f"ix_{_DECISIONS}_created_at_id", _DECISIONS, ["created_at", "id"])
    op.create_index(op.f(f"ix_{_DECISIONS}_decided_by"), _DECISIONS, ["decided_by"])
    for name in ("entity_id", "vendor_id"):
        op.create_index(f"ix_{_DECISIONS}_{name}_created_at", _DECISIONS, [name, "created_at"])
    op.execute(
        f"CREATE TRIGGER tr_{_DECISIONS}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_DECISIONS}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
    )


def _key(table: str, name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{table}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)


def _json() -> Any:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
