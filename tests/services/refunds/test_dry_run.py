"""What a refund would take from whom, in words and before anybody decides (REF-10)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.services.payouts import earnings
from backoffice.services.refunds import dry_run
from backoffice.services.refunds.draft import draft
from backoffice.services.refunds.request import THRESHOLD
from models import PlatformSetting
from models.refund import RefundBearer, RefundKind
from tests.factories import make_order, make_payment
from tests.factories.money import make_delivered_order

HALF = "15.00 USD from the vendor, 15.00 USD borne by the platform."
BALANCE = " The vendor's available balance is 75.00 USD then."


def told(session, order, kind, amount, bearer=None):
    asked = draft(session, order, kind, amount=Decimal(amount))
    return dry_run.sentence(session, order, dry_run.of_draft(session, order, kind, asked, bearer))


@pytest.mark.parametrize(
    ("kind", "bearer", "sentence"),
    [
        (RefundKind.GOODWILL, None, "30.00 USD borne by the platform."),
        (RefundKind.GOODWILL, RefundBearer.SPLIT, HALF + BALANCE),
        (RefundKind.OVERPAYMENT, None, "30.00 USD paid too much."),
    ],
)
def test_who_bears_it(session, kind, bearer, sentence):
    """REF-10, REF-3"""
    order = make_delivered_order(session, lines=((1, "100.00"),))
    earnings.release(session)
    make_payment(session, order, amount=Decimal("30.00"))
    assert told(session, order, kind, "30.00", bearer) == sentence


def test_that_a_second_person_must_approve(session):
    """REF-10, REF-5"""
    threshold = sa.update(PlatformSetting).where(PlatformSetting.key == THRESHOLD)
    session.execute(threshold.values(value={"USD": "30"}))
    assert told(session, make_order(session), RefundKind.GOODWILL, "30.00").endswith("A second person must approve it.")
