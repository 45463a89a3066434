"""Debits and credits as plain values (LED-1)."""

from __future__ import annotations

import uuid
from decimal import Decimal

from backoffice.services.ledger.lines import Line, combined, credit, debit, mirrored
from models.ledger import AccountKind as Kind

VENDOR, OTHER = uuid.UUID(int=7), uuid.UUID(int=8)
ONE, TWO, THREE = Decimal(1), Decimal(2), Decimal(3)


def test_a_debit_is_positive_and_a_credit_negative():
    """LED-1: only vendors' accounts are a vendor's."""
    assert debit(Kind.VENDOR_PENDING, ONE, VENDOR) == Line(Kind.VENDOR_PENDING, ONE, VENDOR)
    assert credit(Kind.VENDOR_PENDING, ONE, VENDOR) == Line(Kind.VENDOR_PENDING, -ONE, VENDOR)
    assert debit(Kind.PSP_FEES, ONE, VENDOR) == Line(Kind.PSP_FEES, ONE)
    assert credit(Kind.PSP_FEES, ONE, VENDOR) == Line(Kind.PSP_FEES, -ONE)


def test_lines_of_one_account_are_one():
    """LED-1: in the order in which the accounts come, without those that come to nothing."""
    lines = [
        debit(Kind.SUSPENSE, THREE),
        debit(Kind.PSP_FEES, TWO),
        credit(Kind.VENDOR_PENDING, ONE, VENDOR),
        credit(Kind.VENDOR_PENDING, TWO, OTHER),
        credit(Kind.SUSPENSE, ONE),
        credit(Kind.PSP_FEES, TWO),
        credit(Kind.VENDOR_PENDING, ONE, VENDOR),
    ]
    assert combined(lines) == [
        Line(Kind.SUSPENSE, TWO),
        Line(Kind.VENDOR_PENDING, -TWO, VENDOR),
        Line(Kind.VENDOR_PENDING, -TWO, OTHER),
    ]


def test_the_other_way_round():
    """LED-2: a reversal touches the same accounts, also those of a vendor."""
    lines = [debit(Kind.VENDOR_PENDING, TWO, VENDOR), credit(Kind.PSP_CLEARING, TWO)]
    assert mirrored(lines) == [credit(Kind.VENDOR_PENDING, TWO, VENDOR), debit(Kind.PSP_CLEARING, TWO)]
