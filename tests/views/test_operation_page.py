"""The page of an operation tells what is really going on."""

from __future__ import annotations

import datetime as dt
import re

import sqlalchemy as sa

from backoffice.clock import now
from models import OperationItem
from models.operation import OperationItemStatus, OperationStatus
from tests.factories import make_category, make_product
from tests.factories.operations import make_operation


def test_a_second_click_on_retry_is_refused(browse, committed, world):
    """JOB-4: the first queues it again; the second, and people of other panels, change nothing."""
    product = make_product(committed, vendor=committed.merge(world.vendor), category=make_category(committed))
    operation = make_operation(committed, "product.approve", product, by=committed.merge(world.admin))
    operation.status, operation.started_at = OperationStatus.RUNNING, now()
    committed.flush()
    items = sa.update(OperationItem).where(OperationItem.operation_id == operation.id)
    committed.execute(items.values(status=OperationItemStatus.RUNNING))
    committed.execute(items.values(status=OperationItemStatus.FAILED, finished_at=now()))
    operation.status, operation.finished_at = OperationStatus.FAILED, now()
    committed.commit()
    path = f"operations/retry/?id={operation.id}"
    assert "operations/retry/" in browse("admin").get(f"operations/details/?id={operation.id}").text
    assert {browse(who).post(path).status_code for who in ("vendor", "logistics", "finance")} == {404}
    assert [browse("admin").post(path).status_code for _ in range(2)] == [302, 409]
    committed.expire_all()
    assert operation.status is OperationStatus.QUEUED
    assert operation.attempts == 0


def test_what_nobody_holds_is_not_running(browse, committed, world):
    """J15: after `kill -9` the row still says running; the page says that it waits."""
    vendor, admin = committed.merge(world.vendor), committed.merge(world.admin)
    product = make_product(committed, vendor=vendor, category=make_category(committed))
    operation = make_operation(committed, "product.approve", product, by=admin)
    operation.status, operation.started_at = OperationStatus.RUNNING, now()
    browser = browse("admin")
    shown = {}
    for seconds in (60, -1):
        operation.leased_until = now() + dt.timedelta(seconds=seconds)
        committed.commit()
        page = browser.get(f"operations/details/?id={operation.id}").text
        told = browser.get(f"operations/progress/?id={operation.id}").text
        badge = re.search(r'data-status="running">([^<]+)<', page)[1]
        assert f"<span data-shown>{badge}</span>" in told
        assert "hx-trigger" in told
        shown[seconds] = badge
    assert shown == {60: "Running", -1: "Waiting for another try"}
