"""The four-eyes matrix: whoever asked never agrees, by whichever path they come (REF-5, WHO-1, PAY-5, REC-6, M9).

Every subject that needs two people, by every path: the page, many at once, trying again, the command line, the job.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from backoffice.actions import submit
from backoffice.actions.base import Target
from backoffice.actions.decide import approve, retry_failed
from backoffice.actions.registry import get
from backoffice.cli import main
from backoffice.clock import now
from backoffice.config import Config, sqlalchemy_url
from backoffice.database import act_as
from backoffice.errors import DomainError, SecondPersonError
from backoffice.gateways.payments import Succeeded
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from backoffice.services.payouts import bank, by_hand, send
from models import LedgerAccount, Operation, OperationItem
from models.base import uuid7
from models.ledger import AccountKind
from models.operation import OperationItemStatus, OperationStatus
from models.refund import RefundStatus
from tests.factories import acting_for, make_order, make_refund, make_user
from tests.factories.payouts import make_payout
from tests.services.payouts.test_take_back import owe
from tests.views.html import fields

INPUTS = {
    "payout.settle": {"reference": "BANK-1", "paid_on": f"{now():%Y-%m-%d}"},
    "payout.returned": {"code": "account_closed", "reason": "Closed."},
    "ledger_account.adjust": {"amount": "1.00", "against": "suspense", "reason": "Counted twice."},
    "ledger_account.write_off": {"amount": "1.00", "reason": "Insolvent."},
}
SUBJECTS = ("refund.approve", "payout.release", "payout.take_back", *INPUTS)


def refund(session, maker):
    """A large refund that the maker asked for."""
    order = make_order(session, lines=((1, "900.00"),))
    return make_refund(
        session, order, requested_by=maker.id, amount=Decimal("600.00"), second_person_required=True,
        status=RefundStatus.REQUESTED,
    )  # fmt: skip


def returned(session, maker):
    """A large payout that the bank sent back, of which somebody else agreed to the release."""
    payout, acting = make_payout(session, price="9000.00"), acting_for(maker)
    both = replace(acting, approved_by=make_user(session, Role.FINANCE).id)
    what = send.begin(session, payout, acting=both)
    transfer = Succeeded(id=f"tr_{payout.id.hex}", status="created")
    send.settle(session, payout, what, transfer, acting=acting)
    bank.returned(session, payout, code="account_closed", raw="Closed.", acting=acting)
    return payout


def settled(session, maker):
    """A large payout that two people settled by hand."""
    payout = make_payout(session, price="9000.00")
    both = replace(acting_for(maker), approved_by=make_user(session, Role.FINANCE).id)
    by_hand.settle(session, payout, reference="BANK-2", paid_on=now().date(), acting=both)
    return payout


def debt(session, _maker):
    """The available account of a vendor who owes something."""
    payout = make_payout(session)
    owe(session, payout, "45.00")
    mine = (LedgerAccount.kind == AccountKind.VENDOR_AVAILABLE, LedgerAccount.vendor_id == payout.vendor_id)
    return session.scalars(sa.select(LedgerAccount).where(*mine)).one()


MAKERS = {
    "refund.approve": refund,
    "payout.release": lambda session, _maker: make_payout(session, price="9000.00"),
    "payout.settle": lambda session, _maker: make_payout(session, price="9000.00"),
    "payout.take_back": returned,
    "payout.returned": settled,
    "ledger_account.adjust": debt,
    "ledger_account.write_off": debt,
}


@pytest.fixture(scope="module")
def owner_engine(owner_url):
    """Past the application: as the owner of the tables."""
    engine = sa.create_engine(sqlalchemy_url(owner_url))
    yield engine
    engine.dispose()


@pytest.fixture(params=SUBJECTS)
def subject(request, committed, world):
    """The action, one target of it, and who must not do it alone."""
    row = MAKERS[request.param](committed, world.finance)
    committed.commit()
    return get(request.param), row


def submitted(session, action, rows, maker):
    """What the maker gets from submitting; None when that is refused already."""
    acting = acting_for(maker)
    act_as(session, acting)
    chosen = submit.One(rows[0].id) if len(rows) == 1 else submit.Ids([Target(id=row.id, version=None) for row in rows])
    try:
        operation = submit.submit(
            session, action, chosen, INPUTS.get(action.key, {}), client_key=uuid7().hex, acting=acting,
            panel=Role.FINANCE,
        )  # fmt: skip
    except DomainError:
        session.rollback()
        return None
    session.commit()
    return operation


def nothing_done(session, operation):
    """No item of the operation succeeded or began."""
    statuses = session.scalars(sa.select(OperationItem.status).where(OperationItem.operation_id == operation.id)).all()
    return not set(statuses) & {OperationItemStatus.SUCCEEDED, OperationItemStatus.RUNNING}


def test_by_the_page(subject, browse, committed, world):
    """The maker's own yes is refused on the page, or there is nothing to say yes to."""
    action, row = subject
    operation = submitted(committed, action, [row], world.finance)
    if operation is None:
        page = browse("finance").get(f"{row.__tablename__}/act/{action.key.split('.')[1]}/?one=1&rowid={row.id}")
        assert "somebody else must" in page.text
        return
    assert operation.status is OperationStatus.AWAITING_APPROVAL
    browser = browse("finance")
    answer = browser.post(f"operations/approve/?id={operation.id}", {"id": operation.id})
    assert answer.status_code in {302, 403, 409}
    committed.refresh(operation)
    assert (operation.status, operation.approved_by) == (OperationStatus.AWAITING_APPROVAL, None)
    assert dict(fields(browser.get(f"operations/details/?id={operation.id}").text)) is not None


def test_by_many_at_once(subject, committed, world):
    """Nor among others, where the sum or one of them needs two."""
    action, row = subject
    second = MAKERS[action.key](committed, world.finance)
    committed.commit()
    operation = submitted(committed, action, [row, second], world.finance)
    if operation is not None:
        with pytest.raises(SecondPersonError):
            approve(committed, operation.id, acting_for(world.finance))
        committed.rollback()
        assert nothing_done(committed, operation)


def test_by_trying_again(subject, committed, world, owner_engine):
    """Trying the failed items again needs the same two people."""
    action, row = subject
    operation_id = forged(owner_engine, action, row, world.finance, OperationStatus.FAILED, OperationItemStatus.FAILED)
    try:
        retry_failed(committed, operation_id, acting_for(world.finance))
        committed.commit()
    except DomainError:
        committed.rollback()
    else:
        operation = committed.get_one(Operation, operation_id, populate_existing=True)
        assert operation.status is OperationStatus.AWAITING_APPROVAL or run(committed, operation_id)


def test_by_the_command(subject, committed, world, database_url):
    """The command line submits like everybody else; it never approves."""
    action, row = subject
    inputs = [f"--input={name}={value}" for name, value in INPUTS.get(action.key, {}).items()]
    result = CliRunner().invoke(
        main, ["act", action.key, str(row.id), "--as", world.finance.email, *inputs],
        env={"DATABASE_URL": database_url, "REDIS_URL": ""},
    )  # fmt: skip
    assert result.exit_code == 1 or "awaiting approval" in result.output.lower()


def test_by_the_job(subject, committed, world, owner_engine):
    """An operation that claims to need nobody else is refused by the service that the job calls."""
    action, row = subject
    queued = forged(owner_engine, action, row, world.finance, OperationStatus.QUEUED, OperationItemStatus.QUEUED)
    assert run(committed, queued)


def test_the_database_refuses_too(committed, world, owner_engine):
    """M9: whoever writes the rows."""
    row = refund(committed, world.finance)
    committed.commit()
    for table, values, name in (
        ("refunds", {"approved_by": world.finance.id}, "ck_refunds_second_person"),
        ("operations", {"approved_by": world.finance.id}, "ck_operations_second_person"),
    ):
        target = row.id
        if table == "operations":
            release = submitted(
                committed, get("payout.release"), [make_payout(committed, price="9000.00")], world.finance
            )
            target = release.id
        statement = sa.text(f"UPDATE {table} SET approved_by = :who, approved_at = now() WHERE id = :id")
        with owner_engine.connect() as connection, pytest.raises(sa.exc.IntegrityError) as refused:
            connection.execute(statement, {"who": values["approved_by"], "id": target})
        assert refused.value.orig.diag.constraint_name == name


def forged(engine, action, row, maker, status, item_status):
    """An operation written past the application, as if no second person were needed."""
    operation_id = uuid7()
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.insert(Operation).values(
                id=operation_id, action=action.key, entity=row.__tablename__, actor_id=maker.id, panel=Role.FINANCE,
                queue=action.queue, status=status, inputs=INPUTS.get(action.key, {}), client_key=uuid.uuid4().hex,
                second_person_required=False, due_since=sa.func.now(), run_after=sa.func.now(), total=1,
                request_id="forged", finished_at=sa.func.now() if status is OperationStatus.FAILED else None,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(OperationItem).values(
                operation_id=operation_id, position=1, target_id=row.id, status=item_status,
            )
        )  # fmt: skip
    return operation_id


def run(session, operation_id):
    """Carry the operation out here; whether nothing came of it."""
    url = sqlalchemy_url(str(session.get_bind().url.render_as_string(hide_password=False)))
    runtime = Runtime(config=Config(database_url=url, migrate_database_url=url))
    runtime.__dict__["payments"] = Payless()
    operations.run(runtime, operation_id)
    runtime.engine.dispose()
    session.expire_all()
    [item] = session.scalars(sa.select(OperationItem).where(OperationItem.operation_id == operation_id)).all()
    return item.status in {OperationItemStatus.REFUSED, OperationItemStatus.FAILED} and item.code is not None


class Payless:
    """Not a provider: that nobody is called is what these tests are about."""

    worst_case_seconds = 1.0

    @staticmethod
    def available_balance(_currency):
        return Decimal(10**9)

    @staticmethod
    def connected_balance(_account, _currency):
        return Decimal(0)
