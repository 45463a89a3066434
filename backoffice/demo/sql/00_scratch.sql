-- Functions of the generator, each declared just as strictly as PostgreSQL needs to inline it. Everything is a pure
-- function of a row's number and a salt, so the same scale and day give the same rows. They live in a schema of
-- their own that is dropped before the load commits.

-- A number from 0 to k - 1.
CREATE FUNCTION demo.pick(n bigint, salt bigint, k bigint) RETURNS integer IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN ((hashint8extended(n, salt) & 9007199254740991) % k)::integer;

-- A number from 0 up to, not including, 1.
CREATE FUNCTION demo.frac(n bigint, salt bigint) RETURNS float8 IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN (hashint8extended(n, salt) & 4503599627370495)::float8 / 4503599627370496;

-- So many seconds from a to b, both included, as an interval.
CREATE FUNCTION demo.wait(n bigint, salt bigint, a integer, b integer) RETURNS interval
IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN (a + demo.pick(n, salt, b - a + 1)) * interval '1 second';

-- A UUIDv7 whose time is that of the row; `kind` and `n` make it unique.
CREATE FUNCTION demo.id(made timestamptz, kind integer, n bigint) RETURNS uuid STABLE PARALLEL SAFE LANGUAGE sql
RETURN ('0' || to_hex((date_part('epoch', made) * 1000)::bigint) || to_hex(28672 + kind)
    || to_hex((-9223372036854775807 - 1) + ((hashint8extended(n, kind) & 1073741823) << 32) + n))::uuid;

-- The moment at which a share x of a growing marketplace's history of so many days is over.
CREATE FUNCTION demo.curve(x float8, days integer) RETURNS timestamptz STABLE PARALLEL SAFE LANGUAGE sql
RETURN demo.as_of() - floor(86400.0 * days * (1 - sqrt(x))) * interval '1 second';

-- How large a share of that history is over at a moment; the inverse of demo.curve.
CREATE FUNCTION demo.share(moment timestamptz, days integer) RETURNS float8 IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN power(greatest(0, 1 - date_part('epoch', demo.as_of() - moment) / (86400.0 * days)), 2);

-- An amount as it can be paid: MON-1 and MON-4; Stripe takes dinars with a last digit of 0 only (MON-3).
CREATE FUNCTION demo.money(amount numeric, currency text) RETURNS numeric IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN round(amount, CASE currency WHEN 'JPY' THEN 0 ELSE 2 END);

-- One of the texts of a list `a|b|c`, and one of an array.
CREATE FUNCTION demo.one_of(list text, n bigint, salt bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN split_part(list, '|', 1 + demo.pick(n, salt, 1 + length(list) - length(replace(list, '|', ''))));

CREATE FUNCTION demo.any_of(list text[], n bigint, salt bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN list[1 + demo.pick(n, salt, cardinality(list))];

-- Which work a recent row is chosen for, in thousandths: in a small marketplace recent rows need a person more often.
CREATE FUNCTION demo.fate(n bigint, salt bigint, made timestamptz) RETURNS integer
STABLE PARALLEL SAFE LANGUAGE sql
RETURN demo.pick(n, salt, CASE WHEN made > demo.as_of() - interval '16 days' THEN 1000 / demo.boost() ELSE 1000 END);

-- Keys of the vendors whose money is stopped, each for a reason of its own (PAY-1, PAY-12, VEN-1).
CREATE FUNCTION demo.trouble(v bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
RETURN CASE v % 100 WHEN 5 THEN 'suspended' WHEN 3 THEN 'hold' WHEN 9 THEN 'past_due' WHEN 11 THEN 'no_account'
    WHEN 14 THEN 'by_hand' END;
