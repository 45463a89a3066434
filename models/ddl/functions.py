"""The function that CHECKs of amounts use, made from the table of currencies."""

from __future__ import annotations

from backoffice.money import THREE_DECIMAL, TWO_DECIMAL, ZERO_DECIMAL


def currency_exponent() -> str:
    """The function `currency_exponent(code)`: digits after the point, NULL for a code nobody knows (MON-2).

    It reads no table, so it may be used in CHECKs; the CHECK itself must ask for IS NOT NULL. It is not STRICT, so that
    PostgreSQL can inline it there, and asks for the commonest codes first: large writes take a third of the time.
    """
    branches = "\n".join(
        f"        WHEN code IN ({_quoted(codes)}) THEN {digits}"
        for digits, codes in ((2, TWO_DECIMAL), (0, ZERO_DECIMAL), (3, THREE_DECIMAL))
    )
    return (
        "CREATE FUNCTION currency_exponent(code text) RETURNS integer"
        " LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$\n"
        f"    SELECT CASE\n        WHEN code IN ('USD', 'EUR') THEN 2\n{branches}\n    END\n$$"
    )


def _quoted(codes: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes))
