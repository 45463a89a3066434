"""What a vendor must tell before it sells, with the documents and the verdict on each answer (VEN-3).

Revision ID: 0067
Revises: 0066
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_REQUIREMENTS, _DOCUMENTS = "vendor_requirements", "vendor_documents"
_KINDS = (
    "legal_name",
    "address",
    "phone",
    "email",
    "id_document",
    "trade_register",
    "account_holder",
    "self_certification",
)
_LIST = ", ".join(f"'{kind}'" for kind in _KINDS)
_CHECKS = {
    "answered_is_whole": "status = 'open' OR num_nulls(answer, answered_by, answered_at) = 0",
    "answer_not_blank": "btrim(answer) <> ''",
    "decided_is_whole": "status NOT IN ('accepted', 'refused') OR num_nulls(decided_by, decided_at) = 0",
    "refused_has_reason": "(status = 'refused') = (refusal IS NOT NULL)",
    "only_refused_is_due": "status = 'refused' OR due_at IS NULL",
    "kind": f"kind IN ({_LIST})",
    "status": "status IN ('open', 'submitted', 'accepted', 'refused')",
}
_DOCUMENT_CHECKS = {
    "size_range": "size BETWEEN 1 AND 1500000",
    "size_is_of_content": "size = octet_length(content)",
    "media_type": "media_type IN ('application/pdf', 'image/png', 'image/jpeg')",
}
_MOVES = (
    "('accepted', 'refused'), ('open', 'submitted'), ('refused', 'submitted'), ('submitted', 'accepted'),"
    " ('submitted', 'refused')"
)
_MAKE = f"""\
CREATE FUNCTION make_vendor_requirements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vendor_requirements (vendor_id, profile_id, kind)
    SELECT vendor_id, new_rows.id, kind FROM new_rows, unnest(ARRAY[{_LIST}]) AS kind ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    _create_requirements()
    _create_documents()
    op.execute(_MAKE)
    op.execute(
        "CREATE TRIGGER tr_vendor_profiles_requirements AFTER INSERT ON vendor_profiles"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION make_vendor_requirements()"
    )
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute(
        f"INSERT INTO {_REQUIREMENTS} (vendor_id, profile_id, kind)"
        f" SELECT vendor_id, vendor_profiles.id, kind FROM vendor_profiles, unnest(ARRAY[{_LIST}]) AS kind"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_vendor_profiles_requirements ON vendor_profiles")
    op.execute("DROP FUNCTION make_vendor_requirements()")
    for table in (_DOCUMENTS, _REQUIREMENTS):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")


def _create_requirements() -> None:
    op.create_table(
        _REQUIREMENTS,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _key(_REQUIREMENTS, "vendor_id", "users", nullable=False),
        _key(_REQUIREMENTS, "profile_id", "vendor_profiles", nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), server_default="open", nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        _key(_REQUIREMENTS, "answered_by", "users", nullable=True),
        _time("answered_at"),
        _key(_REQUIREMENTS, "decided_by", "users", nullable=True),
        _time("decided_at"),
        sa.Column("refusal", sa.Text(), nullable=True),
        _time("due_at"),
        *_checks(_REQUIREMENTS, _CHECKS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_REQUIREMENTS}")),
        sa.UniqueConstraint("vendor_id", "kind", name=op.f(f"uq_{_REQUIREMENTS}_vendor_id_kind")),
        sa.UniqueConstraint("profile_id", "kind", name=op.f(f"uq_{_REQUIREMENTS}_profile_id_kind")),
    )
    for name in ("answered_by", "decided_by"):
        op.create_index(op.f(f"ix_{_REQUIREMENTS}_{name}"), _REQUIREMENTS, [name])
    for names in (["created_at"], ["status", "created_at"]):
        op.create_index(f"ix_{_REQUIREMENTS}_{'_'.join(names)}_id", _REQUIREMENTS, [*names, "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index(f"ix_{_REQUIREMENTS}_due_at", _REQUIREMENTS, ["due_at"], postgresql_where=due)
    op.execute(
        f"CREATE TRIGGER touch_{_REQUIREMENTS} BEFORE UPDATE ON {_REQUIREMENTS}"
        " FOR EACH ROW EXECUTE FUNCTION touch_row()"
    )
    op.execute(
        f"CREATE TRIGGER tr_{_REQUIREMENTS}_status BEFORE UPDATE ON {_REQUIREMENTS} FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    op.execute(f"SELECT audit_table('{_REQUIREMENTS}', '{{answer}}', '{{}}')")


def _create_documents() -> None:
    op.create_table(
        _DOCUMENTS,
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _key(_DOCUMENTS, "requirement_id", _REQUIREMENTS, nullable=False),
        _key(_DOCUMENTS, "vendor_id", "users", nullable=False),
        _key(_DOCUMENTS, "uploaded_by", "users", nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_checks(_DOCUMENTS, _DOCUMENT_CHECKS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_DOCUMENTS}")),
    )
    op.create_index(op.f(f"ix_{_DOCUMENTS}_uploaded_by"), _DOCUMENTS, ["uploaded_by"])
    for names in (["created_at"], ["vendor_id", "created_at"], ["requirement_id", "created_at"]):
        op.create_index(f"ix_{_DOCUMENTS}_{'_'.join(names)}_id", _DOCUMENTS, [*names, "id"])
    op.execute(f"SELECT audit_table('{_DOCUMENTS}', '{{content,file_name}}', '{{}}')")


def _checks(table: str, checks: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()]


def _key(table: str, name: str, target: str, **options: Any) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{target}.id", name=op.f(f"fk_{table}_{name}"), ondelete="RESTRICT")
    return sa.Column(name, sa.Uuid(), key, **options)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)
