"""What two people post by hand: a debt given up, an account adjusted (E12, E14, REC-6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.permissions import Role
from backoffice.services.ledger import balances, corrections
from models import Journal, LedgerAccount
from models.ledger import AccountKind
from tests.factories import acting_for, make_user
from tests.factories.payouts import make_payout
from tests.services.payouts.test_take_back import owe


@pytest.fixture
def clerk(session):
    checker = make_user(session, Role.FINANCE).id
    return replace(acting_for(make_user(session, Role.FINANCE)), approved_by=checker)


@pytest.fixture
def account(session):
    """The available account of a vendor who owes 45.00."""
    payout = make_payout(session)
    owe(session, payout, "45.00")
    mine = (LedgerAccount.kind == AccountKind.VENDOR_AVAILABLE, LedgerAccount.vendor_id == payout.vendor_id)
    return session.scalars(sa.select(LedgerAccount).where(*mine)).one()


def test_a_debt_is_given_up_by_two_people(session, account, clerk):
    """REC-6, E12: in parts if they like, never more than is owed, and nothing twice."""
    corrections.write_off(session, account, amount=Decimal("40.00"), reason=" Insolvent. ", acting=clerk)
    assert corrections.debt_of(session, account) == Decimal("5.00")
    with pytest.raises(InvalidInputError, match=r"up to 5\.00 USD"):
        corrections.write_off(session, account, amount=Decimal("40.00"), reason="Insolvent.", acting=clerk)
    corrections.write_off(session, account, amount=Decimal("5.00"), reason="Insolvent.", acting=clerk)
    with pytest.raises(DomainError, match="owes nothing"):
        corrections.write_off(session, account, amount=Decimal("5.00"), reason="Insolvent.", acting=clerk)
    assert balances.of_account(session, AccountKind.VENDOR_WRITEOFF, "USD") == Decimal("45.00")
    journals = session.scalars(sa.select(Journal).where(Journal.source_id == account.id)).all()
    assert {(one.reason, one.actor_id, one.approved_by) for one in journals} == {
        ("Insolvent.", clerk.user_id, clerk.approved_by)
    }
    assert sorted(one.occurrence for one in journals) == [1, 2]


@pytest.mark.parametrize("approved_by", ["nobody", "maker"])
def test_one_person_is_not_enough(session, account, clerk, approved_by):
    """REC-6, E14, M9: on every path, since all of them call this."""
    alone = replace(clerk, approved_by=None if approved_by == "nobody" else clerk.user_id)
    with pytest.raises(SecondPersonError):
        corrections.write_off(session, account, amount=Decimal(1), reason="Mine.", acting=alone)
    with pytest.raises(SecondPersonError):
        corrections.adjust(
            session, account, amount=Decimal(1), against=AccountKind.SUSPENSE, reason="Mine.", acting=alone
        )


def test_only_finance_and_only_with_a_reason(session, account, clerk):
    """E12, E14."""
    admin = replace(acting_for(make_user(session)), approved_by=clerk.user_id)
    with pytest.raises(ForbiddenError):
        corrections.write_off(session, account, amount=Decimal(1), reason="Because.", acting=admin)
    with pytest.raises(InvalidInputError, match="Say why"):
        corrections.write_off(session, account, amount=Decimal(1), reason="  ", acting=clerk)


def test_only_a_vendors_debt_is_written_off(session, clerk):
    """E12."""
    fees = session.scalars(
        sa.select(LedgerAccount).where(LedgerAccount.kind == AccountKind.PSP_FEES, LedgerAccount.currency == "USD")
    ).one()
    with pytest.raises(DomainError, match="Only what a vendor owes"):
        corrections.write_off(session, fees, amount=Decimal(1), reason="Because.", acting=clerk)


def test_an_adjustment_moves_an_amount(session, account, clerk):
    """E14: a debit of the account, or with a minus a credit; the vendor's next payout has it (LED-6)."""
    adjust = {"against": AccountKind.SUSPENSE, "reason": "Counted twice.", "acting": clerk}
    before = balances.of_account(session, AccountKind.SUSPENSE, "USD")
    corrections.adjust(session, account, amount=Decimal("-10.00"), **adjust)
    assert balances.available(session, account.vendor_id, "USD") == Decimal("-35.00")
    corrections.adjust(session, account, amount=Decimal("3.00"), **adjust)
    assert balances.available(session, account.vendor_id, "USD") == Decimal("-38.00")
    assert balances.of_account(session, AccountKind.SUSPENSE, "USD") == before + 7
    for wrong in ({"amount": Decimal(0)}, {"amount": Decimal(1), "against": AccountKind.VENDOR_PENDING}):
        with pytest.raises(InvalidInputError):
            corrections.adjust(session, account, **(adjust | wrong))
