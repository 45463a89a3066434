"""The audit log writes itself: one row a changed row and statement, with the changed keys only (AUD-1).

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Table, columns with personal data, columns with secrets.
TABLES = (
    ("categories", "", ""),
    ("platform_settings", "", ""),
    ("shipping_methods", "", ""),
    ("subscription_plans", "", ""),
    ("users", "avatar_url,email,first_name,last_name,phone", "password_hash,reset_token,verification_token"),
    ("notifications", "message,metadata,title", ""),
    ("orders", "billing_address,notes,shipping_address", ""),
    ("payouts", "", ""),
    ("products", "", ""),
    ("reports", "", ""),
    ("shipping_addresses", "address_line1,address_line2,city,company,name,phone,postal_code,state", ""),
    ("subscriptions", "", ""),
    ("user_profiles", "address_line1,address_line2,bio,business_license,city,metadata,postal_code,state,tax_id", ""),
    ("vendor_profiles", "bank_fingerprint,bank_last4", ""),
    ("approvals", "", ""),
    ("disputes", "description", ""),
    ("order_items", "", ""),
    ("payments", "metadata,payment_method_details", ""),
    ("shipments", "tracking_events", ""),
    ("dispute_messages", "attachments,message", ""),
    ("payout_holds", "", ""),
    ("payout_items", "", ""),
    ("product_reviews", "", ""),
    ("refunds", "", ""),
    ("shipment_events", "note,proof", ""),
    ("shipment_items", "", ""),
    ("refund_items", "", ""),
    ("transactions", "", ""),
)

# How one column is written into the log as JSON text: amounts as decimal text (MON-1), secrets as a marker, personal
# data as a keyed hash, so that erasing a person need not edit the log.
SHOWN = """\
CREATE FUNCTION audit_shown(row_name text, col name, kind regtype, is_pii boolean, is_secret boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format(
        CASE
            WHEN is_secret THEN $q$CASE WHEN %1$s.%2$I IS NOT NULL THEN '"***"' END$q$
            WHEN is_pii THEN $q$'"h:' || encode(sha256(hash_key || convert_to(%1$s.%2$I::text, 'UTF8')), 'hex') || '"'$q$
            WHEN kind = 'numeric'::regtype THEN $q$'"' || %1$s.%2$I::text || '"'$q$
            ELSE 'to_json(%1$s.%2$I)::text'
        END,
        row_name, col
    )
$$
"""

# Makes (or renews) the audit function of one table from its columns as they are now, and its three triggers. They
# fire once a statement and write set-based: a change of 10,000 rows is one INSERT. The full join shows a changed id as
# one row that went and one that came; it is never a nested loop, which matters since the plan is kept for the session
# and may have been made for a single row. Compiling the plan would take longer than running it.
AUDIT_TABLE = """\
CREATE FUNCTION audit_table(target text, pii text[], secret text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    of_old text;
    of_new text;
    was text;
    became text;
BEGIN
    SELECT
        string_agg(format('CASE WHEN o.%1$I IS NOT NULL THEN %2$L || %3$s END', col, key, old_shown), ', ' ORDER BY n),
        string_agg(format('CASE WHEN n.%1$I IS NOT NULL THEN %2$L || %3$s END', col, key, new_shown), ', ' ORDER BY n),
        string_agg(
            format('CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I THEN %2$L || coalesce(%3$s, ''null'') END', col, key, old_shown),
            ', ' ORDER BY n
        ),
        string_agg(
            format('CASE WHEN o.%1$I IS DISTINCT FROM n.%1$I THEN %2$L || coalesce(%3$s, ''null'') END', col, key, new_shown),
            ', ' ORDER BY n
        )
    INTO of_old, of_new, was, became
    FROM (
        SELECT attname AS col, attnum AS n, to_json(attname)::text || ':' AS key,
            audit_shown('o', attname, atttypid, attname = ANY (pii), attname = ANY (secret)) AS old_shown,
            audit_shown('n', attname, atttypid, attname = ANY (pii), attname = ANY (secret)) AS new_shown
        FROM pg_attribute
        WHERE attrelid = format('public.%I', target)::regclass AND attnum > 0 AND NOT attisdropped
            AND attgenerated = '' AND attname NOT IN ('id', 'updated_at', 'version')
    ) AS columns;
    EXECUTE format(
        $f$
CREATE OR REPLACE FUNCTION public.%1$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' SET jit = off AS $fn$
DECLARE
    by_actor uuid := nullif(current_setting('backoffice.actor_id', true), '');
    by_role text := left(
        coalesce(nullif(current_setting('backoffice.actor_role', true), ''), 'database:' || session_user), 64
    );
    by_request text := nullif(current_setting('backoffice.request_id', true), '');
    by_address inet := nullif(current_setting('backoffice.ip', true), '');
    by_agent text := nullif(current_setting('backoffice.user_agent', true), '');
    by_reason text := nullif(current_setting('backoffice.reason', true), '');
    %7$s
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO public.audit_log
            (actor_id, actor_role, request_id, ip, user_agent, reason, action, entity, entity_id, before, after)
        SELECT by_actor, by_role, by_request, by_address, by_agent, by_reason, 'update', %2$L, id::text,
            ('{' || was || '}')::jsonb, ('{' || became || '}')::jsonb
        FROM (
            SELECT coalesce(o.id, n.id) AS id, concat_ws(',', %5$s) AS was, concat_ws(',', %6$s) AS became
            FROM old_rows AS o FULL JOIN new_rows AS n ON n.id = o.id
            OFFSET 0
        ) AS changed
        WHERE became <> '';
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO public.audit_log
            (actor_id, actor_role, request_id, ip, user_agent, reason, action, entity, entity_id, after)
        SELECT by_actor, by_role, by_request, by_address, by_agent, by_reason, 'insert', %2$L, n.id::text,
            ('{' || concat_ws(',', %4$s) || '}')::jsonb
        FROM new_rows AS n;
    ELSE
        INSERT INTO public.audit_log
            (actor_id, actor_role, request_id, ip, user_agent, reason, action, entity, entity_id, before)
        SELECT by_actor, by_role, by_request, by_address, by_agent, by_reason, 'delete', %2$L, o.id::text,
            ('{' || concat_ws(',', %3$s) || '}')::jsonb
        FROM old_rows AS o;
    END IF;
    RETURN NULL;
END
$fn$
        $f$,
        'audit_' || target, target, of_old, of_new, was, became,
        CASE WHEN pii <> '{}' THEN 'hash_key bytea := (SELECT key FROM public.audit_key);' END
    );
    EXECUTE format('REVOKE EXECUTE ON FUNCTION public.%I() FROM PUBLIC', 'audit_' || target);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER INSERT ON public.%I REFERENCING NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()',
        'audit_' || target || '_insert', target, 'audit_' || target
    );
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER UPDATE ON public.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()',
        'audit_' || target || '_update', target, 'audit_' || target
    );
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER %I AFTER DELETE ON public.%I REFERENCING OLD TABLE AS old_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION public.%I()',
        'audit_' || target || '_delete', target, 'audit_' || target
    );
END
$body$
"""


def upgrade() -> None:
    # 244 random bits; with row security and no policy, nobody but the owner sees the row, whatever is granted.
    op.execute(
        "INSERT INTO audit_key (key) SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid(), '-', ''), 'hex')"
    )
    op.execute("ALTER TABLE audit_key ENABLE ROW LEVEL SECURITY")
    op.execute(SHOWN)
    op.execute(AUDIT_TABLE)
    for table, pii, secret in TABLES:
        op.execute(f"SELECT audit_table('{table}', '{{{pii}}}', '{{{secret}}}')")


def downgrade() -> None:
    for table, *_ in TABLES:
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")
    op.execute("DROP FUNCTION audit_table(text, text[], text[])")
    op.execute("DROP FUNCTION audit_shown(text, name, regtype, boolean, boolean)")
    op.execute("ALTER TABLE audit_key DISABLE ROW LEVEL SECURITY")
    op.execute("DELETE FROM audit_key")
