"""What the product and review actions say before and after."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy.orm import Session

from backoffice.actions import registry
from backoffice.actions.base import Chunk, Result, Target
from backoffice.actions.inputs import InvalidFormError, clean
from backoffice.permissions import Permission, Role
from models import Product, ProductReview
from models.product import ProductStatus
from tests.factories import acting_for, make_product, make_review, make_user, make_vendor


def test_the_dry_run_says_what_happens_or_why_not(session: Session) -> None:
    """B12: one verdict a row, in words; nothing changes."""
    action = registry.get("product.approve")
    pending, active = make_product(session), make_product(session, status=ProductStatus.ACTIVE)
    yes, no = action.plan(session, [pending, active], {}, acting_for(make_user(session)))
    assert (yes.ok, yes.message) == (True, "Is approved as you see it; the vendor is told.")
    assert (no.ok, no.code) == (False, "illegal_transition")
    assert no.message == "Active cannot become Approved: after Active comes Rejected, Inactive."
    assert pending.status is ProductStatus.PENDING


def test_an_admin_cannot_resubmit_for_the_vendor(session: Session) -> None:
    """B12: rejected -> pending is the vendor's step, and the dry run says so."""
    action = registry.get("product.submit")
    product = make_product(session, status=ProductStatus.REJECTED)
    [verdict] = action.plan(session, [product], {}, acting_for(make_user(session)))
    assert verdict.message == "Rejected becomes Pending review too, but that is not yours to decide."


def test_every_target_of_a_chunk_is_settled(session: Session) -> None:
    """MOD-1: done, stale, wrong status and missing, each with its sentence."""
    action = registry.get("product.approve")
    assert isinstance(action.run, Chunk)
    done, stale = make_product(session), make_product(session)
    wrong, missing = make_product(session, status=ProductStatus.DRAFT), uuid.uuid4()
    targets = [
        Target(id=done.id, version=1),
        Target(id=stale.id, version=9),
        Target(id=wrong.id, version=None),
        Target(id=missing, version=None),
    ]
    results = action.run.run(session, targets, {}, acting_for(make_user(session)))
    assert {key: (result.result, result.code) for key, result in results.items()} == {
        done.id: (Result.DONE, None),
        stale.id: (Result.REFUSED, "stale"),
        wrong.id: (Result.REFUSED, "illegal_transition"),
        missing: (Result.REFUSED, "not_found"),
    }
    assert results[stale.id].message == "Someone else changed this record since you opened it."


def test_a_rejection_without_a_message_is_not_accepted() -> None:
    """MOD-2."""
    with pytest.raises(InvalidFormError, match="Tell the vendor why"):
        clean(registry.get("product.reject"), {"reason": "pricing", "message": ""})
    with pytest.raises(InvalidFormError):
        clean(registry.get("product.reject"), {"reason": "no such reason", "message": "Because."})
    assert clean(registry.get("product.take_down"), {"reason": "pricing", "message": "Because."}) == {
        "reason": "pricing",
        "message": "Because.",
        "note": None,
    }


def test_a_rejection_carries_the_form_to_the_vendor(session: Session) -> None:
    """MOD-2."""
    action = registry.get("product.reject")
    assert isinstance(action.run, Chunk)
    product = make_product(session)
    inputs = clean(action, {"reason": "duplicate", "message": "You listed it twice."})
    target = Target(id=product.id, version=1)
    results = action.run.run(session, [target], inputs, acting_for(make_user(session)))
    session.refresh(product)
    assert results[product.id].message == "Rejected."
    assert product.rejection_message == "You listed it twice."


def test_each_role_is_offered_its_own(session: Session) -> None:
    """B12: admins moderate, vendors submit and withdraw, nobody else touches products or reviews."""
    offered = {
        role: {
            action.key.split(".")[1] for action in registry.for_entity(Product, acting_for(make_user(session, role)))
        }
        for role in (Role.ADMIN, Role.VENDOR, Role.FINANCE, Role.LOGISTICS)
    }
    assert offered == {
        Role.ADMIN: {"approve", "reject", "take_down", "activate", "deactivate", "submit", "set_product_rate"},
        Role.VENDOR: {"activate", "deactivate", "submit", "withdraw"},
        Role.FINANCE: set(),
        Role.LOGISTICS: set(),
    }
    vendor = acting_for(make_vendor(session))
    assert [one.key for one in registry.for_entity(ProductReview, vendor)] == ["review.respond"]


def test_reviews_are_moderated_through_actions(session: Session) -> None:
    """RVW-1."""
    action = registry.get("review.reject")
    assert action.permission is Permission.REVIEWS_MODERATE
    assert isinstance(action.run, Chunk)
    review = make_review(session)
    inputs = clean(action, {"reason": "spam"})
    results = action.run.run(
        session, [Target(id=review.id, version=review.version)], inputs, acting_for(make_user(session))
    )
    assert results[review.id].result is Result.DONE
