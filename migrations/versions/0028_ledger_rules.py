"""Journals sum to zero, stay as they are, and carry the balances with them (LED-1, LED-2, LED-4).

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal_lines", "journals", "ledger_accounts")

# At the end of the transaction: the journal comes first, its lines follow.
CHECK_JOURNAL = """\
CREATE FUNCTION check_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint;
    total numeric;
    foreign_lines bigint;
    name text;
BEGIN
    SELECT count(*), coalesce(sum(amount), 0), count(*) FILTER (WHERE currency <> NEW.currency)
    INTO lines, total, foreign_lines FROM journal_lines WHERE journal_id = NEW.id;
    name := CASE WHEN lines < 2 THEN 'tr_journals_lines' WHEN total <> 0 THEN 'tr_journals_balanced'
        WHEN foreign_lines > 0 THEN 'tr_journals_currency' END;
    IF name IS NULL AND NEW.reverses_id IS NOT NULL AND (
        EXISTS (SELECT FROM journals WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL)
        OR EXISTS (
            SELECT FROM (SELECT account_id, amount FROM journal_lines WHERE journal_id = NEW.reverses_id) AS original
            FULL JOIN (SELECT account_id, amount FROM journal_lines WHERE journal_id = NEW.id) AS reversal
                USING (account_id)
            WHERE original.amount IS DISTINCT FROM -reversal.amount
        )
    ) THEN
        name := 'tr_journals_reversal';
    END IF;
    IF name IS NOT NULL THEN
        RAISE EXCEPTION 'journal % has % lines that sum to %, or does not undo what it reverses', NEW.id, lines, total
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = name;
    END IF;
    RETURN NULL;
END
$$
"""

# In the owner's name, since the application's role may only read the balances. A part for each statement, so that two
# writers of one account never wait for each other.
POST_LINES = """\
CREATE FUNCTION post_journal_lines() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_lines JOIN journals ON journals.id = new_lines.journal_id
        WHERE journals.written_in <> pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION 'a journal that is written gets no more lines'
            USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'tr_journal_lines_closed';
    END IF;
    INSERT INTO account_balances (account_id, balance, lines)
    SELECT account_id, sum(amount), count(*) FROM new_lines GROUP BY account_id;
    RETURN NULL;
END
$$
"""

# One at a time. What another transaction adds meanwhile is not seen, so it is neither lost nor counted twice.
FOLD = """\
CREATE FUNCTION fold_account_balances() RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    folded bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7245310004);
    WITH parts AS (
        DELETE FROM account_balances WHERE account_id IN (
            SELECT account_id FROM account_balances GROUP BY account_id HAVING count(*) > 1
        ) RETURNING account_id, balance, lines
    ), whole AS (
        INSERT INTO account_balances (account_id, balance, lines)
        SELECT account_id, sum(balance), sum(lines) FROM parts GROUP BY account_id RETURNING 1
    )
    SELECT count(*) INTO folded FROM whole;
    RETURN folded;
END
$$
"""

# LED-5: the sums alone, so it gives the same whenever it runs; how many balances were wrong. Lines wait meanwhile.
REBUILD = """\
CREATE FUNCTION rebuild_account_balances() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7245310004);
    LOCK TABLE journal_lines IN SHARE MODE;
    SELECT count(*) INTO wrong FROM (
        SELECT account_id, sum(balance) AS balance, sum(lines) AS lines FROM account_balances GROUP BY account_id
    ) AS kept FULL JOIN (
        SELECT account_id, sum(amount) AS balance, count(*) AS lines FROM journal_lines GROUP BY account_id
    ) AS sums USING (account_id)
    WHERE (kept.balance, kept.lines) IS DISTINCT FROM (sums.balance, sums.lines);
    DELETE FROM account_balances;
    INSERT INTO account_balances (account_id, balance, lines)
    SELECT account_id, sum(amount), count(*) FROM journal_lines GROUP BY account_id;
    RETURN wrong;
END
$$
"""


def upgrade() -> None:
    for function in (CHECK_JOURNAL, POST_LINES, FOLD, REBUILD):
        op.execute(function)
    op.execute("REVOKE ALL ON FUNCTION rebuild_account_balances() FROM PUBLIC")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER tr_{table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER tr_journals_balanced AFTER INSERT ON journals DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION check_journal()"
    )
    op.execute(
        "CREATE TRIGGER tr_journal_lines_posted AFTER INSERT ON journal_lines REFERENCING NEW TABLE AS new_lines"
        " FOR EACH STATEMENT EXECUTE FUNCTION post_journal_lines()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tr_journal_lines_posted ON journal_lines")
    op.execute("DROP TRIGGER tr_journals_balanced ON journals")
    for table in reversed(APPEND_ONLY):
        op.execute(f"DROP TRIGGER tr_{table}_append_only ON {table}")
    for function in ("rebuild_account_balances", "fold_account_balances", "post_journal_lines", "check_journal"):
        op.execute(f"DROP FUNCTION {function}()")
