"""The dry run of corrections says no to what the service would refuse (E12, E14)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from backoffice.actions import registry
from backoffice.permissions import Role
from models import LedgerAccount
from models.ledger import AccountKind
from tests.factories import acting_for, make_user

ADJUST, WRITE_OFF = registry.get("ledger_account.adjust"), registry.get("ledger_account.write_off")


@pytest.fixture
def fees(session):
    which = (LedgerAccount.kind == AccountKind.PSP_FEES, LedgerAccount.currency == "USD")
    return session.scalars(sa.select(LedgerAccount).where(*which)).one()


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"amount": "-0", "against": "suspense"}, "Give an amount other than zero."),
        ({"amount": "1.00", "against": "psp_fees"}, "Choose another account of the platform."),
        ({"amount": "0.001", "against": "suspense"}, "0.001 is finer than USD allows: at most 2 decimals."),
        ({"amount": "NaN", "against": "suspense"}, "This is not an amount; write it like 1234.50."),
    ],
)
def test_what_cannot_be_posted_cannot_go_ahead(session, fees, inputs, message):
    """E14: nobody is asked to agree to what moves nothing."""
    acting = acting_for(make_user(session, Role.FINANCE))
    [verdict] = ADJUST.plan(session, [fees], inputs | {"reason": "Why not"}, acting)
    assert (verdict.ok, verdict.message) == (False, message)


def test_what_can(session, fees):
    """E14: with the balance before and after."""
    acting = acting_for(make_user(session, Role.FINANCE))
    [before] = ADJUST.plan(session, [fees], {}, acting)
    assert before.message == "The balance is 0.00 USD, debits positive."
    [after] = ADJUST.plan(session, [fees], {"amount": "-2.50", "against": "suspense", "reason": "x"}, acting)
    assert (after.ok, after.message) == (True, f"{before.message} It becomes -2.50 USD.")


def test_only_a_debt_is_written_off(session, fees):
    """E12."""
    [verdict] = WRITE_OFF.plan(session, [fees], {}, acting_for(make_user(session, Role.FINANCE)))
    assert (verdict.ok, verdict.code) == (False, "not_a_debt")
