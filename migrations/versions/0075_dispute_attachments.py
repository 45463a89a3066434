"""Files of dispute messages, and how many of them a message may have (DSP-4).

Revision ID: 0075
Revises: 0076
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0076"
branch_labels = None
depends_on = None

_TABLE = "dispute_attachments"
_CHECKS = {
    "size_range": "size BETWEEN 1 AND 5000000",
    "size_is_of_content": "size = octet_length(content)",
    "sha256_is_of_content": "sha256 = encode(sha256(content), 'hex')",
    "file_name_not_empty": "file_name <> ''",
    "media_type": "media_type IN ('application/pdf', 'image/png', 'image/jpeg')",
}
_FEW = "ck_dispute_messages_attachments_few"
#: What a file is, is never another.
_FIXED = ("dispute_id", "uploaded_by", "client_key", "file_name", "media_type", "size", "sha256")
_MESSAGE = f"""\
CREATE FUNCTION check_dispute_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM dispute_messages
        WHERE id = NEW.message_id AND dispute_id = NEW.dispute_id AND user_id = NEW.uploaded_by
    ) THEN
        RAISE EXCEPTION 'a file is of a message that its uploader wrote in its dispute'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_{_TABLE}_message';
    END IF;
    RETURN NEW;
END
$$
"""
_TRIGGERS = (
    f"CREATE TRIGGER tr_{_TABLE}_message BEFORE INSERT OR UPDATE OF message_id ON {_TABLE} FOR EACH ROW"
    " WHEN (NEW.message_id IS NOT NULL) EXECUTE FUNCTION check_dispute_attachment()",
    f"CREATE TRIGGER tr_{_TABLE}_kept BEFORE UPDATE OR DELETE ON {_TABLE} FOR EACH ROW"
    " WHEN (OLD.message_id IS NOT NULL) EXECUTE FUNCTION refuse_rewrite()",
    f"CREATE TRIGGER tr_{_TABLE}_fixed BEFORE UPDATE ON {_TABLE} FOR EACH ROW WHEN"
    f" (({', '.join(f'OLD.{name}' for name in _FIXED)}) IS DISTINCT FROM ({', '.join(f'NEW.{name}' for name in _FIXED)}))"
    " EXECUTE FUNCTION refuse_rewrite()",
)


def upgrade() -> None:
    op.create_check_constraint(op.f(_FEW), "dispute_messages", "jsonb_array_length(attachments) BETWEEN 1 AND 5")
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _key("dispute_id", "disputes", nullable=False),
        _key("message_id", "dispute_messages", nullable=True),
        _key("uploaded_by", "users", nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint(
            "dispute_id",
            "uploaded_by",
            "client_key",
            "sha256",
            name=op.f(f"uq_{_TABLE}_dispute_id_uploaded_by_client_key_sha256"),
        ),
    )
    op.create_index(op.f(f"ix_{_TABLE}_uploaded_by"), _TABLE, ["uploaded_by"])
    for names in (["created_at"], ["dispute_id", "created_at"], ["message_id", "created_at"]):
        op.create_index(f"ix_{_TABLE}_{'_'.join(names)}_id", _TABLE, [*names, "id"])
    op.create_index(f"ix_{_TABLE}_pending", _TABLE, ["created_at"], postgresql_where=sa.text("message_id IS NULL"))
    op.execute(_MESSAGE)
    for trigger in _TRIGGERS:
        op.execute(trigger)
    op.execute(f"SELECT audit_table('{_TABLE}', '{{content,file_name}}', '{{}}')")


def downgrade() -> None:
    op.drop_table(_TABLE)
    op.execute("DROP FUNCTION check_dispute_attachment()")
    op.execute(f"DROP FUNCTION audit_{_TABLE}() CASCADE")
    op.drop_constraint(op.f(_FEW), "dispute_messages")


def _key(name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{_TABLE}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)
