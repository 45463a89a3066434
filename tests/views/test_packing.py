"""Two people who pack one order through its page: what the first took is gone for the second (SHP-1)."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from models import Order, Shipment
from tests.factories import items_of, make_order, make_shipping_method
from tests.views.html import fields

SHEET = {"HX-Request": "true", "HX-Target": "sheet-body"}


@pytest.fixture
def order(committed) -> Order:
    """Three units of one line and two of another."""
    order = make_order(committed, lines=((3, "10.00"), (2, "20.00")))
    make_shipping_method(committed)
    committed.commit()
    return order


@pytest.fixture
def carry_out(database_url):
    """What a worker does with the operation at this address."""

    def run(address: str) -> None:
        runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
        operations.run(runtime, uuid.UUID(address.rsplit("id=", 1)[1]))
        runtime.engine.dispose()

    return run


def _opened(browser, order: Order) -> dict[str, str]:
    """The form as this person's sheet shows it, with a method chosen."""
    answer = browser.post("orders/act/pack/", {"one": "1", "rowid": f"{order.id}.{order.version}"}, headers=SHEET)
    assert answer.status_code == 200
    method = answer.text.split('name="method"')[1].split('<option value="')[2].split('"')[0]
    return dict(fields(f"<main>{answer.text}</main>")) | {"method": method}


def _parcels(session, order: Order) -> int:
    session.rollback()
    return session.scalars(sa.select(sa.func.count()).where(Shipment.order_id == order.id)).one()


def test_who_comes_second_is_told_and_nothing_is_sent_twice(browse, committed, order, carry_out) -> None:
    """M16: the second one's sheet is of an order that changed; what was typed stays, under its own line."""
    logistics, admin = browse("logistics"), browse("admin")
    first, second = _opened(logistics, order), _opened(admin, order)
    lamp, cable = sorted(items_of(committed, order), key=lambda item: -item.quantity)
    place = "lines-0" if first["lines-0-order_item_id"] == str(lamp.id) else "lines-1"
    first |= {"lines-0-quantity": "0", "lines-1-quantity": "0", f"{place}-quantity": "3"}
    sent = logistics.post("orders/act/pack/", first, headers=SHEET)
    carry_out(sent.location)
    assert 'data-status="succeeded"' in logistics.get(sent.location, headers=SHEET).text
    late = admin.post("orders/act/pack/", second | {"tracking_number": "PC 12"}, headers=SHEET)
    assert late.status_code == 409
    assert "Someone else changed this record since you opened it." in late.text
    assert 'value="PC 12"' in late.text
    told = re.findall(r'<legend>(.*?)</legend><input id="lines-\d-order_item_id"[^>]* value="([^"]+)"', late.text)
    assert {key: words for words, key in told} == {
        str(lamp.id): "Nothing is left of this line",
        str(cable.id): f"{cable.product_name} (2 left)",
    }
    assert _parcels(committed, order) == 1


def test_both_at_once_pack_what_is_there(browse, committed, order, carry_out) -> None:
    """SHP-1: both had sent before a worker came; the second operation is refused in words and makes no parcel."""
    logistics, admin = browse("logistics"), browse("admin")
    typed = [_opened(logistics, order), _opened(admin, order)]
    sent = [
        one.post("orders/act/pack/", form, headers=SHEET).location
        for one, form in zip((logistics, admin), typed, strict=True)
    ]
    for address in sent:
        carry_out(address)
    assert 'data-status="succeeded"' in logistics.get(sent[0], headers=SHEET).text
    over = admin.get(sent[1], headers=SHEET).text
    assert 'data-status="failed"' in over
    assert "Someone else changed this record since you opened it." in over
    assert _parcels(committed, order) == 1
