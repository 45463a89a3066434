"""Log lines cannot be forged and keep no secrets (A5, c85)."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from backoffice import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the root logger writes in this test."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = list(root.handlers), root.level
    logs.setup(stream=stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_a_record_is_one_line_with_its_request(written: io.StringIO) -> None:
    token = logs.request_id.set("request-1")
    logging.getLogger("x").warning("name is %s", "Eve\n2026-01-01 ERROR forged\r\x1b[31m\u2028end")
    logs.request_id.reset(token)
    line = written.getvalue()
    assert line.count("\n") == 1
    assert "[request-1] name is Eve\\x0a2026-01-01 ERROR forged\\x0d\\x1b[31m\\x2028end" in line


def test_a_traceback_is_indented_and_clean(written: io.StringIO) -> None:
    try:
        int("bad\n2026-01-01 ERROR forged sk_live_abcdef123")
    except ValueError:
        logging.getLogger("x").exception("broken")
    first, *rest = written.getvalue().splitlines()
    assert first.endswith("broken")
    assert all(line.startswith("    | ") for line in rest)
    assert "abcdef123" not in written.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "key sk_test_HUSH",
        "rk_live_HUSH",
        "whsec_HUSH",
        "Authorization: Bearer HUSHHUSH",
        "postgresql://app:HUSH@db/x",
        "{'password': 'HUSH', 'a': 1}",
        "password=HUSH&a=1",
        'SECRET_KEY="HUSH"',
        "csrf_token=HUSH",
        "$argon2id$v=19$m=19456,t=2,p=1$HUSH$HUSH",
        "$2b$12$HUSH",
        "DETAIL:  Failing row contains (1, HUSH, x).",
        "Key (email)=(HUSH@example.test) already exists.",
    ],
)
def test_secrets_and_rows_are_left_out(text: str) -> None:
    assert "HUSH" not in logs.clean(text)


def test_ordinary_text_stays() -> None:
    text = "payout 0190 for 12.00 USD: Key (vendor_id) is missing"
    assert logs.clean(text) == text
