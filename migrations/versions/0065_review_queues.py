"""Who looks at which item of a review queue, and the texts that moderators send again and again.

Revision ID: 0065
Revises: 0064
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_LEASES, _REPLIES = "review_leases", "canned_replies"


def upgrade() -> None:
    op.create_table(
        _LEASES,
        sa.Column("queue", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        _key("holder_id", "users", nullable=False),
        _time("taken_at", nullable=False),
        _time("leased_until", nullable=False),
        _key("operation_id", "operations", nullable=True),
        sa.PrimaryKeyConstraint("queue", "target_id", name=op.f(f"pk_{_LEASES}")),
    )
    for name in ("holder_id", "operation_id"):
        op.create_index(op.f(f"ix_{_LEASES}_{name}"), _LEASES, [name])
    op.create_index(f"ix_{_LEASES}_queue_leased_until", _LEASES, ["queue", "leased_until"])
    op.create_table(
        _REPLIES,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _time("deleted_at", nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("offered_for", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        _check("title_not_empty", "btrim(title) <> ''"),
        _check("text_not_empty", "btrim(text) <> ''"),
        _check("offered_for", "offered_for IN ('product', 'review', 'dispute')"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_REPLIES}")),
    )
    for names in (["created_at"], ["title"], ["offered_for", "title"]):
        op.create_index(f"ix_{_REPLIES}_{'_'.join(names)}_id", _REPLIES, [*names, "id"])
    op.execute(f"CREATE TRIGGER touch_{_REPLIES} BEFORE UPDATE ON {_REPLIES} FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(f"SELECT audit_table('{_REPLIES}', '{{}}', '{{}}')")


def downgrade() -> None:
    op.drop_table(_REPLIES)
    op.execute(f"DROP FUNCTION audit_{_REPLIES}() CASCADE")
    op.drop_table(_LEASES)


def _key(name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_LEASES}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)


def _check(name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{_REPLIES}_{name}"))


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
