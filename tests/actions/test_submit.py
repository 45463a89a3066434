"""Submitting: permission, inputs, scope, versions, the double click, the filter, the second person."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Action, Target
from backoffice.actions.submit import Ids, Matching, One, Selection, plan, submit
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError, StaleVersionError
from backoffice.permissions import Role
from models import Operation, OperationItem, Product
from models.operation import OperationStatus
from models.product import ProductStatus
from tests.factories import acting_for, make_product, make_user, make_vendor


def send(
    session: Session, acting: Acting, selection: Selection, key: str = "product.approve", **options: Any
) -> Operation:
    return submit(
        session,
        registry.get(key),
        selection,
        options.pop("inputs", {}),
        client_key=options.pop("client_key", uuid.uuid4().hex),
        acting=acting,
        panel=acting.role or Role.ADMIN,
        **options,
    )


def action(key: str = "product.approve") -> Action:
    return registry.get(key)


def test_an_operation_is_queued_with_the_versions_seen(session: Session) -> None:
    product = make_product(session)
    operation = send(session, acting_for(make_user(session)), One(product.id, 1))
    assert (operation.status, operation.total, operation.queue) == (OperationStatus.QUEUED, 1, "bulk")
    item = session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == operation.id)).one()
    assert (item.target_id, item.target_version, item.status.value) == (product.id, 1, "queued")
    session.refresh(product)
    assert product.status is ProductStatus.PENDING


def test_a_double_click_is_one_operation(session: Session) -> None:
    """M18: the same person's key gives the operation that exists, even after the target moved on."""
    acting, product = acting_for(make_user(session)), make_product(session)
    first = send(session, acting, One(product.id, 1), client_key="k")
    product.status = ProductStatus.APPROVED
    session.flush()
    assert send(session, acting, One(product.id, 1), client_key="k").id == first.id
    with pytest.raises(InvalidInputError):
        send(session, acting, One(product.id, 1), "product.activate", client_key="k")
    other = send(session, acting_for(make_user(session)), One(make_product(session).id, 1), client_key="k")
    assert other.id != first.id


def test_a_key_with_other_contents_is_refused(session: Session) -> None:
    """IDE-3, attack 51: another target or other inputs under a key that was used is an error, not the old answer."""
    acting, one, other = acting_for(make_user(session)), make_product(session), make_product(session)
    first = send(session, acting, One(one.id, 1), client_key="k")
    with pytest.raises(InvalidInputError, match="belongs to another operation") as refused:
        send(session, acting, One(other.id, 1), client_key="k")
    assert refused.value.status == 422
    assert send(session, acting, One(one.id, 1), client_key="k").id == first.id


def test_permission_is_asked_first(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        send(session, acting_for(make_user(session, Role.FINANCE)), One(uuid.uuid4()))
    with pytest.raises(ForbiddenError):
        plan(session, action(), One(uuid.uuid4()), {}, acting_for(make_user(session, Role.LOGISTICS)))


def test_one_foreign_id_refuses_the_whole_batch(session: Session) -> None:
    """ACC-1, attack 6: ids of another vendor, and ids of nothing, look the same."""
    vendor = make_vendor(session)
    own = make_product(session, vendor=vendor, status=ProductStatus.DRAFT)
    for stranger in (make_product(session, status=ProductStatus.DRAFT).id, uuid.uuid4()):
        with pytest.raises(NotFoundError):
            send(session, acting_for(vendor), Ids([Target(id=own.id, version=1), Target(id=stranger, version=1)]),
                 "product.submit")  # fmt: skip
    assert session.scalar(sa.select(sa.func.count()).select_from(Operation)) == 0


def test_inputs_are_checked_and_kept_clean(session: Session) -> None:
    acting, product = acting_for(make_user(session)), make_product(session)
    with pytest.raises(InvalidInputError) as refusal:
        send(session, acting, One(product.id), "product.reject", inputs={"reason": "incomplete"})
    assert refusal.value.field == "message"
    with pytest.raises(InvalidInputError):
        send(session, acting, One(product.id), "product.reject", inputs={"reason": "because", "message": "No."})
    operation = send(session, acting, One(product.id), "product.reject",
                     inputs={"reason": "incomplete", "message": "Add a picture.", "evil": "x"})  # fmt: skip
    assert operation.inputs == {"reason": "incomplete", "message": "Add a picture.", "note": None}


def test_what_everybody_would_refuse_is_refused_at_once(session: Session) -> None:
    acting = acting_for(make_user(session))
    with pytest.raises(StaleVersionError):
        send(session, acting, One(make_product(session).id, 7))
    with pytest.raises(DomainError, match="this needs pending"):
        send(session, acting, One(make_product(session, status=ProductStatus.ACTIVE).id))


def test_the_plan_has_a_verdict_for_each_target(session: Session) -> None:
    products = [make_product(session), make_product(session), make_product(session, status=ProductStatus.ACTIVE)]
    stale = [Target(id=product.id, version=version) for product, version in zip(products, (1, 9, 1), strict=True)]
    outcome = plan(session, action(), Ids(stale), {}, acting_for(make_user(session)))
    assert [(verdict.ok, verdict.code) for verdict in outcome.verdicts] == [
        (True, None), (False, "stale"), (False, "illegal_transition")
    ]  # fmt: skip
    assert (outcome.count, outcome.possible, outcome.complete) == (3, 1, True)


def test_a_filter_is_snapshot_within_the_scope(session: Session) -> None:
    """M1 of the architecture: the page posts the filter; ids and versions are taken in one INSERT ... SELECT."""
    vendor = make_vendor(session)
    own = {make_product(session, vendor=vendor, status=ProductStatus.DRAFT).id for _ in range(3)}
    make_product(session, status=ProductStatus.DRAFT)
    drafts = Matching(sa.select(Product.id).where(Product.status == ProductStatus.DRAFT), {"status": "draft"})
    assert plan(session, action("product.submit"), drafts, {}, acting_for(vendor)).count == 3
    operation = send(session, acting_for(vendor), drafts, "product.submit")
    rows = session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == operation.id)).all()
    assert ({row.target_id for row in rows}, operation.total) == (own, 3)
    kept = operation.selection
    assert (kept["kind"], kept["filter"]) == ("matching", {"status": "draft"})
    with pytest.raises(InvalidInputError):
        send(session, acting_for(vendor), Matching(sa.select(Product.id).where(sa.false())), "product.submit")


def test_too_many_or_no_ticks_are_refused(session: Session) -> None:
    acting = acting_for(make_user(session))
    with pytest.raises(InvalidInputError, match="500"):
        send(session, acting, Ids([Target(id=uuid.uuid4(), version=1) for _ in range(501)]))
    with pytest.raises(InvalidInputError, match="at least one"):
        send(session, acting, Ids([]))
