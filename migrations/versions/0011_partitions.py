"""Partitions by month of the audit log and the analytics events, made ahead and dropped by functions.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A month is made as a table of its own and then attached, because that locks the parent less than PARTITION OF.
# Rows of the month that were caught by the DEFAULT partition move over; the trigger that keeps the audit log from
# being changed is off for this one move only. Each partition gets that trigger itself, since a parent's trigger for
# statements does not see statements that name the partition.
ENSURE = """\
CREATE FUNCTION ensure_partitions(months_ahead integer, months_back integer DEFAULT 0) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    parent text;
    month timestamptz;
    child text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7245310002);
    FOREACH parent IN ARRAY ARRAY['audit_log', 'analytics_events'] LOOP
        FOR step IN -months_back .. months_ahead LOOP
            month := date_trunc('month', now()) + make_interval(months => step);
            child := parent || to_char(month, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('public.%I', child)) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent
            );
            PERFORM move_from_default(parent, child, month);
            EXECUTE format(
                'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                parent, child, month, month + interval '1 month'
            );
            PERFORM guard_partition(parent, child);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$
"""

MOVE = """\
CREATE FUNCTION move_from_default(parent text, child text, month timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    rest text := parent || '_default';
    found_some boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE created_at >= $1 AND created_at < $2)', rest)
        INTO found_some USING month, month + interval '1 month';
    IF found_some THEN
        EXECUTE format('ALTER TABLE public.%I DISABLE TRIGGER USER', rest);
        EXECUTE format(
            'WITH moved AS (DELETE FROM public.%I WHERE created_at >= $1 AND created_at < $2 RETURNING *)'
            ' INSERT INTO public.%I SELECT * FROM moved',
            rest, child
        ) USING month, month + interval '1 month';
        EXECUTE format('ALTER TABLE public.%I ENABLE TRIGGER USER', rest);
    END IF;
END
$$
"""

GUARD = """\
CREATE FUNCTION guard_partition(parent text, child text) RETURNS void
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

# Analytics events are kept for thirteen months; the number is no argument, so that nobody can ask for fewer.
DROP_EXPIRED = """\
CREATE FUNCTION drop_expired_analytics() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    keep_from timestamptz := date_trunc('month', now()) - interval '13 months';
    child text;
    dropped integer := 0;
BEGIN
    FOR child IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'public.analytics_events'::regclass AND relname ~ '_[0-9]{4}_[0-9]{2}$'
            AND to_timestamp(right(relname, 7), 'YYYY_MM') < keep_from
    LOOP
        EXECUTE format('DROP TABLE public.%I', child);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM public.analytics_events_default WHERE created_at < keep_from;
    RETURN dropped;
END
$$
"""


def upgrade() -> None:
    op.execute(GUARD)
    op.execute(MOVE)
    op.execute(ENSURE)
    op.execute(DROP_EXPIRED)
    for parent in ("audit_log", "analytics_events"):
        op.execute(f"CREATE TABLE {parent}_default PARTITION OF {parent} DEFAULT")
        op.execute(f"SELECT guard_partition('{parent}', '{parent}_default')")
    op.execute("SELECT ensure_partitions(3, 2)")


def downgrade() -> None:
    op.execute("""\
        DO $$
        DECLARE child regclass;
        BEGIN
            FOR child IN
                SELECT inhrelid::regclass FROM pg_inherits
                WHERE inhparent IN ('audit_log'::regclass, 'analytics_events'::regclass)
            LOOP
                EXECUTE 'DROP TABLE ' || child;
            END LOOP;
        END
        $$""")
    op.execute("DROP FUNCTION drop_expired_analytics()")
    op.execute("DROP FUNCTION ensure_partitions(integer, integer)")
    op.execute("DROP FUNCTION move_from_default(text, text, timestamptz)")
    op.execute("DROP FUNCTION guard_partition(text, text)")
