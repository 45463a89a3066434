"""Who gets which item of a review queue, and for how long (I8)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.clock import now
from backoffice.database import session_factory
from backoffice.errors import DomainError, ForbiddenError
from backoffice.permissions import Role
from backoffice.services import review_queue, review_queues
from backoffice.services.operations import TAKE_BACK
from models import Operation, Product, ReviewLease
from models.operation import OperationStatus
from models.product import ProductStatus
from tests.factories import acting_for, make_category, make_product, make_user, make_vendor

PRODUCTS = review_queues.get("products")


def people(session: Session) -> tuple[Acting, Acting]:
    return acting_for(make_user(session, first_name="Ann")), acting_for(make_user(session, first_name="Bob"))


def waiting(session: Session, count: int) -> list[uuid.UUID]:
    """So many pending products, the oldest first."""
    vendor, category = make_vendor(session), make_category(session)
    first = now() - dt.timedelta(days=900)
    return [
        make_product(session, vendor=vendor, category=category, created_at=first + dt.timedelta(hours=n)).id
        for n in range(count)
    ]


def decide(session: Session, target: uuid.UUID, who: Acting) -> Operation:
    operation = submit.submit(
        session,
        registry.get("product.approve"),
        submit.One(id=target, version=1),
        {},
        client_key=uuid.uuid4().hex,
        acting=who,
        panel=Role.ADMIN,
        review=PRODUCTS.key,
    )
    review_queue.decided(session, PRODUCTS, target, operation.id, who)
    return operation


@pytest.mark.parametrize("queue", review_queues.QUEUES.values(), ids=lambda queue: queue.key)
def test_each_key_is_an_action_of_the_entity(queue: review_queues.ReviewQueue) -> None:
    """Queues are data: what they name exists, and needs what the queue needs."""
    for key, name in queue.actions.items():
        action = registry.get(name)
        assert key in {"a", "r", "c"}
        assert (action.entity, action.permission) == (queue.entity, queue.permission)


def test_the_oldest_first_and_each_to_one_person(session: Session) -> None:
    """I8: two people never have the same item; one's own is offered again."""
    ann, bob = people(session)
    one, two, three = waiting(session, 3)
    assert review_queue.take_next(session, PRODUCTS, ann) == one
    assert review_queue.take_next(session, PRODUCTS, bob) == two
    assert review_queue.take_next(session, PRODUCTS, ann) == one
    assert review_queue.take_next(session, PRODUCTS, ann, past=one) == three
    assert review_queue.take_next(session, PRODUCTS, ann, past=three, back=True) == one
    assert review_queue.take_next(session, PRODUCTS, ann, past=one, back=True) is None
    with pytest.raises(DomainError, match="somebody else"):
        review_queue.take(session, PRODUCTS, two, ann)
    assert [(one.name.split()[0], one.items) for one in review_queue.present(session, PRODUCTS, bob)] == [("Ann", 2)]


def test_a_page_that_is_left_or_silent_loses_what_it_held(session: Session) -> None:
    """A lease ends by itself, unless the page says that it is still there."""
    ann, bob = people(session)
    one, two = waiting(session, 2)
    review_queue.take_next(session, PRODUCTS, ann)
    review_queue.give_back(session, PRODUCTS, ann)
    assert review_queue.take_next(session, PRODUCTS, bob) == one
    past = sa.update(ReviewLease).values(leased_until=sa.func.now() - dt.timedelta(seconds=1))
    session.execute(past)
    assert review_queue.take_next(session, PRODUCTS, ann) == one
    with pytest.raises(DomainError, match="somebody else"):
        review_queue.take(session, PRODUCTS, one, bob)
    session.execute(past)
    assert review_queue.renew(session, PRODUCTS, ann) == 1
    assert review_queue.take_next(session, PRODUCTS, bob) == two


def test_what_is_decided_is_offered_to_nobody(session: Session) -> None:
    """The operation holds it; a refusal sets it free."""
    ann, bob = people(session)
    one, two = waiting(session, 2)
    review_queue.take_next(session, PRODUCTS, ann)
    operation = decide(session, one, ann)
    assert review_queue.take_next(session, PRODUCTS, ann) == two
    review_queue.give_back(session, PRODUCTS, ann)
    assert review_queue.take_next(session, PRODUCTS, bob) == two
    assert review_queue.count(session, PRODUCTS, bob, limit=100) == 1
    operation.status = OperationStatus.RUNNING
    session.flush()
    operation.status, operation.finished_at = OperationStatus.FAILED, now()
    session.flush()
    assert review_queue.take_next(session, PRODUCTS, ann) == one


def test_a_decision_rests_and_can_be_taken_back(session: Session) -> None:
    """Within the window nothing has happened; one's own newest decision only."""
    ann, bob = people(session)
    one, two = waiting(session, 2)
    for target in (one, two):
        review_queue.take(session, PRODUCTS, target, ann)
    first, second = decide(session, one, ann), decide(session, two, ann)
    session.refresh(second)
    assert second.run_after - second.created_at >= TAKE_BACK
    assert review_queue.last_decision(session, PRODUCTS, bob) is None
    assert review_queue.last_decision(session, PRODUCTS, ann) == (two, second.id)
    submit.cancel(session, second.id, ann)
    assert review_queue.last_decision(session, PRODUCTS, ann) == (one, first.id)
    review_queue.take(session, PRODUCTS, two, ann)
    assert session.get_one(Product, two).status is ProductStatus.PENDING


def test_only_who_may_decide_may_take(session: Session) -> None:
    """I1."""
    finance = acting_for(make_user(session, Role.FINANCE))
    with pytest.raises(ForbiddenError):
        review_queue.take_next(session, PRODUCTS, finance)


def test_what_is_being_taken_is_passed_over(clean_database: sa.Engine) -> None:
    """Two transactions at once: the second skips what the first has locked, without waiting."""
    with session_factory(clean_database)() as session:
        ann, bob = people(session)
        one, two = waiting(session, 2)
        session.commit()
    sessions = session_factory(clean_database)
    with sessions() as first, sessions() as second:
        assert review_queue.take_next(first, PRODUCTS, ann) == one
        assert review_queue.take_next(second, PRODUCTS, bob) == two
        first.commit()
        second.commit()


def test_old_leases_are_deleted(session: Session) -> None:
    """What is held, what was held today, and what a decision still holds, stays."""
    ann, _ = people(session)
    decided, carried_out, *seen = waiting(session, 5)
    operations = {}
    for one in (decided, carried_out, *seen):
        review_queue.take(session, PRODUCTS, one, ann)
    for one in (decided, carried_out):
        operations[one] = decide(session, one, ann)
    for status, finished_at in ((OperationStatus.RUNNING, None), (OperationStatus.SUCCEEDED, now())):
        operations[carried_out].status, operations[carried_out].finished_at = status, finished_at
        session.flush()
    ages = {decided: 99, carried_out: 25, seen[0]: 25, seen[1]: 23, seen[2]: 25}
    for one, hours in ages.items():
        lease = session.get_one(ReviewLease, (PRODUCTS.key, one))
        lease.leased_until = now() - dt.timedelta(hours=hours)
    session.flush()
    assert [review_queue.prune(session, limit=2) for _ in range(3)] == [2, 1, 0]
    assert set(session.scalars(sa.select(ReviewLease.target_id))) == {decided, seen[1]}
