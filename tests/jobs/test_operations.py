"""Running operations in this process: what happens to items, to the operation, and to late or unlucky workers."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backoffice.actions.submit import cancel
from backoffice.errors import DomainError
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from backoffice.services import operations_items, operations_lease
from models import AuditLog, Notification, Operation, Product, StatusHistory, User
from models.operation import OperationItemStatus, OperationStatus
from models.product import ProductStatus
from models.user import UserStatus
from tests.factories import acting_for
from tests.jobs.support import approve_products, items, make_products, product_statuses, status

LEASE = dt.timedelta(seconds=30)
Sessions = sessionmaker[Session]


def test_every_target_is_done_once_and_the_maker_is_told(sessions: Sessions, runtime: Runtime) -> None:
    """JOB-4: each target has its own result; history, audit rows and the notice come with it."""
    admin, products = make_products(sessions, 5)
    operation_id = approve_products(sessions, admin, products)
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"
    assert {item.status for item in items(sessions, operation_id)} == {OperationItemStatus.SUCCEEDED}
    assert product_statuses(sessions) == {"approved": 5}
    with sessions() as session:
        notice = session.scalars(sa.select(Notification).where(Notification.user_id == admin.id)).one()
        assert (notice.event_key, notice.subject_id) == ("operation.finished", operation_id)
        audited = sa.select(sa.func.count()).where(
            AuditLog.entity == "products", AuditLog.action == "update", AuditLog.actor_id == admin.id
        )
        assert session.scalar(audited) == 5
        moves = sa.select(StatusHistory.to_status).where(StatusHistory.entity_id == operation_id)
        assert list(session.scalars(moves.order_by(StatusHistory.id))) == ["running", "succeeded"]


def test_a_second_delivery_does_nothing(sessions: Sessions, runtime: Runtime) -> None:
    """JOB-2, J9: the row is over, so another wake finds nothing to take."""
    admin, products = make_products(sessions, 2)
    operation_id = approve_products(sessions, admin, products)
    for _ in range(3):
        operations.run(runtime, operation_id)
    operations.run(runtime, uuid.uuid4())
    assert [item.attempts for item in items(sessions, operation_id)] == [1, 1]


def test_parallel_deliveries_make_one_effect(sessions: Sessions, runtime: Runtime) -> None:
    """JOB-2: the same operation delivered to eight threads at once."""
    admin, products = make_products(sessions, 20)
    operation_id = approve_products(sessions, admin, products)

    def deliver() -> None:
        own = Runtime(config=runtime.config)
        operations.run(own, operation_id)
        own.engine.dispose()

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert status(sessions, operation_id) == "succeeded"
    with sessions() as session:
        moved = sa.select(sa.func.count()).where(StatusHistory.to_status == "approved")
        assert session.scalar(moved) == 20


def test_what_changed_since_is_refused(sessions: Sessions, runtime: Runtime) -> None:
    """MOD-1, JOB-3: one product was edited after the person saw it; the others go ahead."""
    admin, products = make_products(sessions, 3)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        session.execute(sa.update(Product).where(Product.id == products[1]).values(name="Quite another thing"))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "partial"
    assert [(item.status.value, item.code) for item in items(sessions, operation_id)] == [
        ("succeeded", None),
        ("refused", "stale"),
        ("succeeded", None),
    ]


@pytest.mark.parametrize(
    "change", [{"status": UserStatus.SUSPENDED}, {"role": Role.LOGISTICS}, {"status": UserStatus.INACTIVE}]
)
def test_lost_rights_refuse_what_is_queued(sessions: Sessions, runtime: Runtime, change: dict[str, object]) -> None:
    """JOB-3, U8: the maker was demoted or disabled between the click and the run."""
    admin, products = make_products(sessions, 2)
    make_products(sessions, 0)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        session.execute(sa.update(User).where(User.id == admin.id).values(**change))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "failed"
    assert {(item.status.value, item.code) for item in items(sessions, operation_id)} == {("refused", "forbidden")}
    assert product_statuses(sessions) == {"pending": 2}


def test_a_late_writer_loses(sessions: Sessions, runtime: Runtime) -> None:
    """Fault 17: a worker that slept past its lease may not write what it still holds."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        late = operations_lease.claim(session, operation_id, dt.timedelta(seconds=-1))
        assert late is not None
    with sessions.begin() as session:
        [taken] = operations_items.take(session, operation_id, lambda _: 1)
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"
    assert late.lease_token is not None
    with pytest.raises(operations_lease.LeaseLostError), sessions.begin() as session:
        operations_lease.renew(session, operation_id, late.lease_token, LEASE)
    with sessions.begin() as session:
        failed = operations_items.Outcome(OperationItemStatus.FAILED, "late")
        operations_items.settle(session, operation_id, {taken.position: failed})
    assert items(sessions, operation_id)[0].status is OperationItemStatus.SUCCEEDED


def test_a_held_operation_is_left_alone(sessions: Sessions, runtime: Runtime) -> None:
    """J10: while the lease holds nobody else takes it."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        assert operations_lease.claim(session, operation_id, LEASE) is not None
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "running"
    assert product_statuses(sessions) == {"pending": 1}


def test_work_that_always_dies_ends_with_a_person(sessions: Sessions, runtime: Runtime) -> None:
    """J12, fault 40: an item whose worker dies each time is not tried for ever, and the others go on."""
    admin, products = make_products(sessions, 1)
    operation_id = approve_products(sessions, admin, products)
    for _ in range(operations_lease.MAX_ATTEMPTS):
        with sessions.begin() as session:
            assert operations_lease.claim(session, operation_id, dt.timedelta(seconds=-1)) is not None
            assert len(operations_items.take(session, operation_id, lambda _: 1)) == 1
    operations.run(runtime, operation_id)
    [item] = items(sessions, operation_id)
    assert item.status is OperationItemStatus.NEEDS_ATTENTION
    assert status(sessions, operation_id) == "failed"


def test_asking_to_stop_hands_back_what_has_not_begun(sessions: Sessions, runtime: Runtime) -> None:
    """J17: the operation is free and due at once."""
    admin, products = make_products(sessions, 2)
    operation_id = approve_products(sessions, admin, products)
    runtime.stopping = True
    operations.run(runtime, operation_id)
    with sessions() as session:
        operation = session.get_one(Operation, operation_id)
        assert (operation.status, operation.lease_token) == (OperationStatus.RUNNING, None)
    runtime.stopping = False
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "succeeded"


def test_cancelling_spares_what_is_done(sessions: Sessions, runtime: Runtime) -> None:
    """JOB-5: the rest of a running operation is cancelled; a finished one is too late."""
    admin, products = make_products(sessions, 3)
    operation_id = approve_products(sessions, admin, products)
    with sessions.begin() as session:
        operations_lease.claim(session, operation_id, dt.timedelta(seconds=-1))
        operations_items.take(session, operation_id, lambda _: 1)
    with sessions.begin() as session:
        cancel(session, operation_id, acting_for(admin))
    operations.run(runtime, operation_id)
    assert status(sessions, operation_id) == "cancelled"
    assert product_statuses(sessions)[ProductStatus.PENDING.value] >= 2
    with pytest.raises(DomainError, match="Too late"), sessions.begin() as session:
        cancel(session, operation_id, acting_for(admin))
