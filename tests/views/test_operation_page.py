"""The page of an operation tells what is really going on."""

from __future__ import annotations

import datetime as dt
import re

from backoffice.clock import now
from models.operation import OperationStatus
from tests.factories import make_category, make_product
from tests.factories.operations import make_operation


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
        told = browser.get(f"operations/progress/?id={operation.id}").json
        badge = re.search(r'data-status="running">([^<]+)<', page)[1]
        assert (told["label"], told["live"]) == (badge, True)
        shown[seconds] = badge
    assert shown == {60: "Running", -1: "Waiting for another try"}
