"""The inbox of each panel: its counts, ages and states are those of the rows behind its links."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.enums import Tone
from backoffice.permissions import Role
from models import Operation, Product
from models.operation import OperationStatus
from models.product import ProductStatus
from tests.factories import make_product
from views.inbox.queues import QUEUES, Queue
from views.inbox.reading import LIMIT, capped, state
from views.listing.opening import parameters

EVERY = [pytest.param(role, queue, id=f"{role.value}-{queue.label}") for role in QUEUES for queue in QUEUES[role]]
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(("role", "queue"), EVERY)
def test_every_link_is_understood_by_its_list(app, world, role, queue):
    """What is counted is what the link shows: nothing of an address may be left out as unknown."""
    listing = app.extensions["panels"][role].views[queue.noun].listing
    me = getattr(world, role.value).id
    for query in filter(None, (queue.rows(me), queue.overdue(me), queue.mine(me))):
        asked = parameters(query)
        question = listing.where(asked)
        assert not question.problems
        assert sum(len(one.pairs) for one in question.conditions) == len(list(asked.items(multi=True)))
    assert queue.since is None or hasattr(listing.entity.model, queue.since)


@pytest.mark.parametrize("role", QUEUES)
def test_a_home_page_takes_few_statements(browse, role):
    """The session, the inbox, the notifications, a vendor's money; all else is fetched when the page is there."""
    answer, statements = browse(role.value).count(f"/{role.value}/")
    assert answer.status_code == 200
    assert len(statements) <= 6, statements


def test_counts_age_and_state_are_those_of_the_rows(browse, committed, world):
    """One product waits for three days, which is longer than two."""
    make_product(committed, status=ProductStatus.PENDING, created_at=now() - 72 * HOUR)
    committed.commit()
    late = Product.created_at < now() - 48 * HOUR
    waits = Product.status == ProductStatus.PENDING
    count = committed.scalar(sa.select(sa.func.count()).where(waits))
    overdue = committed.scalar(sa.select(sa.func.count()).where(waits, late))
    page = browse("admin").get("/admin/inbox/").text
    row = page.split("Products to review", 1)[1].split("</li>")[0]
    assert f'aria-label="{capped(count)} Products to review"' in page
    assert f"{capped(overdue)} waiting too long" in row
    assert "Overdue" in row
    assert "/admin/review/products/" in row


def test_a_vendor_sees_the_own_money(browse, world):
    """ACC-1, MON-7: only vendors have it, by currency."""
    text = browse("vendor").get("/vendor/").text
    assert "The next payout is put together on" in text
    assert "Ready to be paid out" in text
    assert "Your money" not in browse("admin").get("/admin/").text


def test_nobody_is_asked_to_agree_to_his_own(browse, committed, world):
    """WHO-1: an operation of two people is in the inbox of the other one only."""
    committed.add(
        Operation(
            action="refund.approve",
            entity="refunds",
            panel=Role.FINANCE,
            actor_id=world.finance.id,
            status=OperationStatus.AWAITING_APPROVAL,
            second_person_required=True,
            client_key="one",
            request_id="one",
        )
    )
    committed.commit()
    queues = browse("finance").get("/finance/counts/").json["queues"]
    assert {"label": "Operations awaiting approval", "count": "0"} in queues


def test_a_vendor_finds_what_runs_out(browse, committed, world):
    """Low is at or below the own minimum, of products that are sold and counted."""
    sold = {"vendor": world.vendor, "status": ProductStatus.ACTIVE}
    low = make_product(committed, name="Nearly gone", stock_quantity=2, min_stock_level=2, **sold)
    make_product(committed, name="Plenty", stock_quantity=3, min_stock_level=2, **sold)
    make_product(committed, name="Of others", status=ProductStatus.ACTIVE, stock_quantity=0, min_stock_level=2)
    committed.commit()
    page = browse("vendor").get("/vendor/products/?f_stock=low").text
    assert low.name in page
    assert "Plenty" not in page
    assert "Of others" not in page


@pytest.mark.parametrize(
    ("queue", "since", "tone"),
    [
        ({"within": "48h"}, -35 * HOUR, Tone.SUCCESS),
        ({"within": "48h"}, -36 * HOUR, Tone.WARNING),
        ({"within": "48h"}, -48 * HOUR, Tone.DANGER),
        ({"within": "72h", "deadline": True}, 73 * HOUR, Tone.SUCCESS),
        ({"within": "72h", "deadline": True}, 72 * HOUR, Tone.WARNING),
        ({"within": "72h", "deadline": True}, dt.timedelta(0), Tone.DANGER),
        ({}, -1000 * HOUR, Tone.NEUTRAL),
        ({"late": True}, -HOUR, Tone.DANGER),
    ],
)
def test_the_oldest_row_gives_the_state(queue, since, tone):
    """Soon is when three quarters of the time are over, or so long before a deadline."""
    at = now()
    found, word = state(Queue(label="", noun="", query="", next_step="", **queue), at + since, at)
    assert found is tone
    assert word


def test_counting_ends():
    assert capped(LIMIT) == "100"
    assert capped(LIMIT + 1) == "100+"
