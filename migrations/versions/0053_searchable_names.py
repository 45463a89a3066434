"""Names that are found in spite of a typo: the words of each name, and the trigrams of each word.

Revision ID: 0053
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None

# Lower case without accents, split at what is neither a letter nor a digit; other scripts stay as they are.
WORDS_OF = r"""
CREATE FUNCTION words_of(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT left(word, 40) COLLATE "C"), '{}')
    FROM regexp_split_to_table(
        lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f]', '', 'g')), '[\s!-/:-@\[-`{-~]+'
    ) AS word
    WHERE word <> ''
$$
"""
# The letters of a trigram are sorted, so that two letters in the wrong order leave two trigrams of four as they were.
GRAMS_OF = """
CREATE FUNCTION grams_of(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT least(a, b, c) || greatest(least(a, b), least(greatest(a, b), c)) || greatest(a, b, c))
    FROM (SELECT '  ' || word || ' ' AS padded) AS whole, generate_series(1, length(word) + 1) AS place,
        LATERAL (
            SELECT substr(padded, place, 1) COLLATE "C" AS a, substr(padded, place + 1, 1) COLLATE "C" AS b,
                substr(padded, place + 2, 1) COLLATE "C" AS c
        ) AS letters
$$
"""
# The arguments are the kind and the columns that make the name.
KEEP_NAME = """
CREATE FUNCTION keep_name() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    facts jsonb;
    found text[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM searchable_names WHERE row_id = OLD.id;
        RETURN NULL;
    END IF;
    facts := to_jsonb(NEW);
    found := words_of((SELECT string_agg(facts ->> part, ' ') FROM unnest(TG_ARGV[1:]) AS part));
    INSERT INTO searchable_names (row_id, kind, words) VALUES (NEW.id, TG_ARGV[0], found)
        ON CONFLICT (row_id) DO UPDATE SET words = EXCLUDED.words;
    INSERT INTO name_words (word, grams) SELECT word, grams_of(word) FROM unnest(found) AS fresh (word)
        WHERE length(word) > 2 AND word !~ '[0-9]'
            AND NOT EXISTS (SELECT FROM name_words AS known WHERE known.word = fresh.word);
    RETURN NULL;
END
$$
"""
_NAMED = (
    ("users", "person", ("first_name", "last_name")),
    ("products", "product", ("name",)),
    ("user_profiles", "company", ("company_name",)),
    ("categories", "category", ("name",)),
    ("shipping_methods", "shipping_method", ("name",)),
    ("subscription_plans", "plan", ("name",)),
)
_KINDS = "'product', 'person', 'company', 'category', 'shipping_method', 'plan'"


def upgrade() -> None:
    for function in (WORDS_OF, GRAMS_OF):
        op.execute(function)
    op.create_table(
        "searchable_names",
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name=op.f("ck_searchable_names_kind")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_searchable_names")),
    )
    op.create_table(
        "name_words",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("word", sa.String(length=40, collation="C"), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_words")),
    )
    for table, kind, columns in _NAMED:
        name = f"concat_ws(' ', {', '.join(columns)})"
        op.execute(f"INSERT INTO searchable_names SELECT id, '{kind}', words_of({name}) FROM {table}")
    op.execute(
        "INSERT INTO name_words (word, grams) SELECT word, grams_of(word) FROM ("
        "SELECT DISTINCT unnest(words) AS word FROM searchable_names) AS all_words"
        " WHERE length(word) > 2 AND word !~ '[0-9]'"
    )
    _indexes()
    op.execute(KEEP_NAME)
    for table, kind, columns in _NAMED:
        arguments = ", ".join(f"'{text}'" for text in (kind, *columns))
        op.execute(
            f"CREATE TRIGGER keep_name_{table} AFTER INSERT OR DELETE OR UPDATE OF {', '.join(columns)} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION keep_name({arguments})"
        )


def _indexes() -> None:
    for name, condition in (("products", "kind = 'product'"), ("others", "kind <> 'product'")):
        op.create_index(
            f"ix_searchable_names_{name}",
            "searchable_names",
            ["words"],
            postgresql_using="gin",
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_name_words_word", "name_words", ["word"])
    op.create_index("ix_name_words_grams", "name_words", ["grams"], postgresql_using="gin")


def downgrade() -> None:
    for table, _, _ in _NAMED:
        op.execute(f"DROP TRIGGER keep_name_{table} ON {table}")
    op.execute("DROP FUNCTION keep_name()")
    op.drop_table("name_words")
    op.drop_table("searchable_names")
    op.execute("DROP FUNCTION grams_of(text)")
    op.execute("DROP FUNCTION words_of(text)")
