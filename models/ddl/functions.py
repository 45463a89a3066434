"""Functions that columns and CHECKs use: they must exist before the first table."""

from __future__ import annotations

from typing import Final

from backoffice.money import THREE_DECIMAL, TWO_DECIMAL, ZERO_DECIMAL

#: A time-ordered UUID, version 7 (RFC 9562), made of what PostgreSQL 15 has: the random one with 48 bits of Unix
#: milliseconds put over its start, and the version bits 0100 turned into 0111.
UUID7: Final = """\
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6
                ),
                52, 1
            ),
            53, 1
        ),
        'hex'
    )::uuid
$$"""


def currency_exponent() -> str:
    """The function `currency_exponent(code)`: digits after the point, NULL for a code nobody knows (MON-2).

    It reads no table, so it may be used in CHECKs; the CHECK itself must ask for IS NOT NULL.
    """
    branches = "\n".join(
        f"        WHEN code IN ({_quoted(codes)}) THEN {digits}"
        for digits, codes in ((2, TWO_DECIMAL), (0, ZERO_DECIMAL), (3, THREE_DECIMAL))
    )
    return (
        "CREATE FUNCTION currency_exponent(code text) RETURNS integer"
        " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$\n"
        f"    SELECT CASE\n{branches}\n    END\n$$"
    )


def _quoted(codes: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes))
