"""`backoffice ledger`: the book checked and its balances summed anew, by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from backoffice.database import session_factory
from tests.factories import make_order, make_payout
from tests.factories.money import pay_out

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ledger(clean_database, database_url, owner_url):
    """A book with some journals, and the command on it; first what it wrote, then its exit code."""
    with session_factory(clean_database).begin() as session:
        pay_out(session, make_payout(session))
        make_order(session, currency="JPY", lines=((1, "500"),))

    def run(name):
        answer = subprocess.run(
            [sys.executable, "-m", "backoffice.cli", "ledger", name],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "DATABASE_URL": database_url, "MIGRATE_DATABASE_URL": owner_url},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in answer.stderr, answer.stderr
        return answer.stdout.splitlines(), answer.returncode

    return run


@pytest.fixture
def damage(owner_url):
    def run():
        with psycopg.connect(owner_url) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("UPDATE account_balances SET balance = balance + 1 WHERE balance = 500")

    return run


def test_a_whole_book(ledger):
    """LED-4, MON-7: the figures of each currency, and code 0."""
    said, code = ledger("verify")
    assert code == 0
    assert said == [
        "5 journals, 12 lines",
        "debits 500 JPY, credits 500 JPY, at Stripe 500 JPY",
        "debits 370.00 USD, credits 370.00 USD, at Stripe 10.00 USD",
        "The book is whole.",
    ]


def test_a_damaged_book_is_said_and_summed_anew(ledger, damage):
    """LED-4, LED-5: code 1 with each complaint; after `rebuild` all is well, and a second one finds nothing wrong."""
    damage()
    said, code = ledger("verify")
    assert (code, said[-1]) == (1, "The book is not whole.")
    assert said[-2] == "WRONG: 1 balances that are not the sum of their lines (LED-4)"
    assert ledger("rebuild") == (["Balances are the sums of their lines; 1 were not."], 0)
    assert ledger("rebuild") == (["Balances are the sums of their lines; 0 were not."], 0)
    assert ledger("verify")[1] == 0
