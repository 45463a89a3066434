"""A month of the audit log that is made later may not be changed by the application either (AUD-1, I4).

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Default privileges give a new table to the application's role whole; only the owner keeps what they give.
GUARD = """\
CREATE OR REPLACE FUNCTION guard_partition(parent text, child text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    other text;
BEGIN
    IF parent = 'audit_log' THEN
        EXECUTE format(
            'CREATE TRIGGER tr_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite()',
            child
        );
        FOR other IN
            SELECT DISTINCT CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
            FROM pg_class, aclexplode(relacl)
            WHERE oid = format('public.%I', child)::regclass AND grantee <> relowner
        LOOP
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.%I FROM %s', child, other);
        END LOOP;
    END IF;
END
$$
"""

BEFORE = """\
CREATE OR REPLACE FUNCTION guard_partition(parent text, child text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF parent = 'audit_log' THEN
        EXECUTE format(
            'CREATE TRIGGER tr_audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_rewrite()',
            child
        );
    END IF;
END
$$
"""


def upgrade() -> None:
    op.execute(GUARD)


def downgrade() -> None:
    op.execute(BEFORE)
