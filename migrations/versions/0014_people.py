"""Each user has one profile, one active admin always remains, and categories make a tree (ACC-2).

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PROFILE = """\
CREATE FUNCTION make_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_profiles (user_id) SELECT id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$
"""

# The lock makes two admins who demote each other take turns, so that the second one is refused.
LAST_ADMIN = """\
CREATE FUNCTION keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7245310003);
    IF NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL) THEN
        RAISE EXCEPTION 'the last active admin must stay'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_users_last_admin';
    END IF;
    RETURN NULL;
END
$$
"""

# The lock makes two moves take turns: each alone may be right and both together a cycle.
TREE = """\
CREATE FUNCTION keep_category_tree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above integer;
    below integer;
    is_cycle boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(7245310004);
    -- UNION drops what was seen before, so this ends in a cycle too.
    WITH RECURSIVE up AS (
        SELECT NEW.parent_id AS id
        UNION
        SELECT categories.parent_id FROM up JOIN categories USING (id) WHERE categories.parent_id IS NOT NULL
    )
    SELECT count(*), coalesce(bool_or(id = NEW.id), false) INTO above, is_cycle FROM up;
    IF is_cycle THEN
        RAISE EXCEPTION 'category % would be below itself', NEW.id
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_categories_cycle';
    END IF;
    WITH RECURSIVE down AS (
        SELECT NEW.id AS id, 1 AS steps
        UNION ALL
        SELECT child.id, steps + 1 FROM down JOIN categories AS child ON child.parent_id = down.id
    )
    SELECT max(steps) INTO below FROM down;
    IF above + below > 6 THEN
        RAISE EXCEPTION 'category % would be at level %, and 6 is the most', NEW.id, above + below
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_categories_depth';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.execute(PROFILE)
    op.execute(
        "CREATE TRIGGER tr_users_profile AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION make_profiles()"
    )
    op.execute(LAST_ADMIN)
    was = "OLD.role = 'admin' AND OLD.status = 'active' AND OLD.deleted_at IS NULL"
    now = "NEW.role = 'admin' AND NEW.status = 'active' AND NEW.deleted_at IS NULL"
    op.execute(
        f"CREATE TRIGGER tr_users_last_admin AFTER UPDATE ON users FOR EACH ROW WHEN ({was} AND NOT ({now}))"
        " EXECUTE FUNCTION keep_an_admin()"
    )
    op.execute(
        f"CREATE TRIGGER tr_users_last_admin_deleted AFTER DELETE ON users FOR EACH ROW WHEN ({was})"
        " EXECUTE FUNCTION keep_an_admin()"
    )
    op.execute(TREE)
    op.execute(
        "CREATE TRIGGER tr_categories_tree AFTER INSERT OR UPDATE OF parent_id ON categories FOR EACH ROW"
        " WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION keep_category_tree()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_categories_tree ON categories")
    op.execute("DROP FUNCTION keep_category_tree()")
    op.execute("DROP TRIGGER tr_users_last_admin_deleted ON users")
    op.execute("DROP TRIGGER tr_users_last_admin ON users")
    op.execute("DROP FUNCTION keep_an_admin()")
    op.execute("DROP TRIGGER tr_users_profile ON users")
    op.execute("DROP FUNCTION make_profiles()")
