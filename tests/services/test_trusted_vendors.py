"""Which vendors the system decides for, and how such decisions are kept (MOD-6)."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.services import trusted_vendors
from models import ModerationDecision, PlatformSetting, Product, StatusHistory, User
from models.change_request import ChangeRequestStatus
from models.chargeback import ChargebackStatus
from models.moderation_decision import ModerationVerdict
from models.product import ProductStatus
from models.user import UserStatus
from tests.factories import (
    make_change_request,
    make_chargeback,
    make_decision,
    make_order,
    make_product,
    make_vendor,
)


def switch(session: Session, approvals: int, rate: str = "0.100000") -> None:
    for key, value in (("products.trusted_approvals", approvals), ("products.trusted_reject_rate", rate)):
        session.scalars(sa.select(PlatformSetting).filter_by(key=key)).one().value = value
    session.flush()


def vendor_with(session: Session, approved: int, rejected: int = 0, **by: str | None) -> tuple[User, Product]:
    """A vendor with so many decisions in the past, and a product that waits."""
    vendor = make_vendor(session)
    waiting = make_product(session, vendor=vendor)
    for _ in range(approved):
        make_decision(session, product=waiting, **by)
    for _ in range(rejected):
        make_decision(session, product=waiting, verdict=ModerationVerdict.REJECTED, reason="other")
    return vendor, waiting


def status_after(session: Session, product: Product) -> ProductStatus:
    trusted_vendors.decide_for(session, limit=100)
    session.refresh(product)
    return product.status


def test_the_system_decides_and_says_by_which_rule(session: Session) -> None:
    """MOD-6: actor `system`, the rule's id, no person."""
    switch(session, 3)
    vendor, product = vendor_with(session, 3)
    request = make_change_request(session, product=make_product(session, vendor=vendor, status=ProductStatus.ACTIVE))
    assert trusted_vendors.decide_for(session, limit=100) == 2
    for row in (product, request):
        session.refresh(row)
        [decision] = session.scalars(sa.select(ModerationDecision).filter_by(entity_id=row.id, rule="MOD-6"))
        assert (decision.decided_by, decision.verdict) == (None, "approved")
        [step] = session.scalars(sa.select(StatusHistory).filter_by(entity_id=row.id))
        assert (step.actor, step.actor_id) == ("S", None)
    assert (product.status, product.reviewed_version) == (ProductStatus.APPROVED, 1)
    assert request.status is ChangeRequestStatus.CONFIRMED
    assert trusted_vendors.decide_for(session, limit=100) == 0


@pytest.mark.parametrize(
    ("needed", "approved", "rejected", "trusted"),
    [(0, 9, 0, False), (3, 2, 0, False), (3, 3, 0, True), (9, 9, 1, True), (8, 8, 1, False)],
)
def test_enough_approvals_and_few_rejections(
    session: Session, needed: int, approved: int, rejected: int, *, trusted: bool
) -> None:
    """MOD-6: n approvals and a reject rate; 0 is never."""
    switch(session, needed)
    _, product = vendor_with(session, approved, rejected)
    assert status_after(session, product) is (ProductStatus.APPROVED if trusted else ProductStatus.PENDING)


def test_trust_does_not_feed_itself(session: Session) -> None:
    """MOD-6: what the system approved counts for nothing."""
    switch(session, 2)
    _, product = vendor_with(session, 2, decided_by=None, rule="MOD-6")
    assert status_after(session, product) is ProductStatus.PENDING


@pytest.mark.parametrize("status", [UserStatus.SUSPENDED, UserStatus.INACTIVE])
def test_never_for_a_vendor_who_is_not_active(session: Session, status: UserStatus) -> None:
    """MOD-6."""
    switch(session, 1)
    vendor, product = vendor_with(session, 1)
    vendor.status = status
    session.flush()
    assert status_after(session, product) is ProductStatus.PENDING


def test_never_with_an_open_chargeback(session: Session) -> None:
    """MOD-6: once it is won, the vendor is trusted again."""
    switch(session, 1)
    vendor, product = vendor_with(session, 1)
    chargeback = make_chargeback(session, make_order(session, vendor=vendor))
    assert status_after(session, product) is ProductStatus.PENDING
    for status in (ChargebackStatus.UNDER_REVIEW, ChargebackStatus.WON):
        chargeback.closed_at = now() - dt.timedelta(days=1) if status is ChargebackStatus.WON else None
        chargeback.status = status
        session.flush()
    assert status_after(session, product) is ProductStatus.APPROVED


def test_what_left_the_shop_waits_for_a_person(session: Session) -> None:
    """B12: inactive -> active is nothing that the system does."""
    switch(session, 1)
    vendor, _ = vendor_with(session, 1)
    product = make_product(session, vendor=vendor, status=ProductStatus.INACTIVE)
    request = make_change_request(session, product=product, unpublished=True)
    trusted_vendors.decide_for(session, limit=100)
    session.refresh(request)
    assert request.status is ChangeRequestStatus.PENDING
