"""Packing lists and labels: what stands on them, and for whom (SHP-5, ACC-1, ACC-3)."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from models import AuditLog, Order, OrderItem
from tests import factories as make
from views.shipping_pdf import modules


def _text(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


@pytest.fixture
def order(committed, world):
    """The order of the vendor's parcel, whose customer lives in Łódź."""
    order = committed.get_one(Order, world.rows["orders"].id, populate_existing=True)
    order.shipping_address = {
        "name": "Łukasz Pangolin", "address_line1": "ul. Piotrkowska 1", "postal_code": "90-001", "city": "Łódź",
        "country": "PL", "phone": "+48 1",
    }  # fmt: skip
    committed.commit()
    return order


@pytest.mark.parametrize("who", ["admin", "logistics", "vendor"])
def test_the_packing_list_says_what_goes_in_and_no_amount(browse, world, committed, order, who):
    """SHP-1, ACC-3."""
    parcel = world.rows["shipments"]
    [page] = _text(browse(who).get(f"shipments/packing/?rowid={parcel.id}"))
    item = committed.scalars(sa.select(OrderItem).where(OrderItem.order_id == order.id)).one()
    for shown in (order.order_number, parcel.tracking_number, item.product_sku, "Units in this parcel: 2"):
        assert shown in page
    assert "Łukasz Pangolin" in page
    assert not {"USD", "50.00", "100.00", "$"} & set(page.split())
    had = sa.select(sa.func.count()).where(
        AuditLog.entity_id == str(parcel.id), AuditLog.after["paper"].astext == "packing"
    )
    assert committed.scalar(had) >= 1


@pytest.mark.parametrize("who", ["admin", "logistics", "vendor"])
def test_the_label_has_both_addresses_and_the_number(browse, world, order, who):
    """SHP-5: one page a parcel, with letters that Europe has."""
    parcel = world.rows["shipments"]
    [page] = _text(browse(who).get(f"shipments/label/?rowid={parcel.id}"))
    for shown in ("From: ", "90-001 Łódź", parcel.tracking_number, order.order_number):
        assert shown in page


def test_ticked_parcels_come_in_one_file(browse, world, committed):
    """A list ticks rows with the version that it shows."""
    parcel = world.rows["shipments"]
    second = make.make_shipment(committed, order=make.make_order(committed, vendor=world.vendor), tracking_number=None)
    committed.commit()
    sent = [("rowid", f"{parcel.id}.1"), ("rowid", f"{second.id}.1"), ("rowid", f"{parcel.id}.1")]
    pages = _text(browse("vendor").post("shipments/label/", sent))
    assert len(pages) == 2
    assert "No tracking number yet" in pages[1]
    assert 'formaction="/vendor/shipments/label/"' in browse("vendor").get("shipments/").text


def test_all_that_match_are_printed_and_nobody_elses(browse, world, committed):
    """ACC-1: a filter is narrowed to one's own."""
    number = world.rows["shipments"].tracking_number
    pages = _text(browse("vendor").post("shipments/label/", [("matching", "1"), ("filter", f"q={number}")]))
    assert len(pages) == 1
    theirs = world.rows2["shipments"].tracking_number
    assert browse("vendor").post("shipments/label/", [("matching", "1"), ("filter", f"q={theirs}")]).status_code == 302


@pytest.mark.parametrize("page", ["packing", "label"])
def test_parcels_of_another_vendor_do_not_exist(browse, world, page):
    """ACC-1: not one by one, and not among one's own."""
    mine, theirs = world.rows["shipments"].id, world.rows2["shipments"].id
    browser = browse("vendor")
    assert browser.get(f"shipments/{page}/?rowid={theirs}").status_code == 404
    assert browser.post(f"shipments/{page}/", [("rowid", str(mine)), ("rowid", str(theirs))]).status_code == 404
    assert browser.get(f"shipments/{page}/").status_code == 404


def test_the_customer_is_not_shown_for_ever(browse, world, committed, order):
    """ACC-3: what the list masks, the papers mask."""
    old = make.make_order(committed, vendor=world.vendor, paid=False)
    old.shipping_address = dict(order.shipping_address)
    parcel = make.make_shipment(committed, order=old)
    committed.commit()
    [page] = _text(browse("vendor").get(f"shipments/label/?rowid={parcel.id}"))
    assert "The address is no longer shown." in page
    assert "Pangolin" not in page
    assert "Pangolin" in _text(browse("logistics").get(f"shipments/label/?rowid={parcel.id}"))[0]


def test_refuses_cancelled_labels_too_many_and_nothing(browse, world, committed):
    """SHP-1."""
    gone = make.make_shipment(committed, voided_at=sa.func.now())
    committed.commit()
    browser = browse("logistics")
    assert "This label was cancelled" in browser.get(f"shipments/label/?rowid={gone.id}").text
    sent = [("rowid", str(world.rows["shipments"].id))] * 101
    assert browser.post("shipments/label/", sent).status_code == 200
    many = [("rowid", f"00000000-0000-7000-8000-{number:012}") for number in range(101)]
    assert "At most 100 parcels" in browser.post("shipments/label/", many).text
    assert browser.post("shipments/label/", []).status_code == 302


def test_the_number_is_drawn_as_code_128():
    """SHP-5: start, data, check digit and stop; a number that the code cannot say is only written."""
    assert modules("A1") == (
        "11010010000" "10100011000" "10011100110" "10000100110" "1100011101011"
    )  # fmt: skip
    assert modules("Łódź") == ""
