"""Adding a proof of delivery, and looking at it (SHP-3, ACC-3)."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from backoffice.services import uploads
from models import AuditLog, DeliveryProof
from tests.support.pictures import bomb, from_camera


def _kept(committed, parcel):
    found = committed.scalar(sa.select(sa.func.count()).where(DeliveryProof.shipment_id == parcel.id))
    committed.rollback()
    return found


def test_a_photograph_larger_than_other_requests_is_taken_and_shown(browse, world, committed):
    """SHP-3: the page says what it takes; who looked at it is noted (ACC-3)."""
    parcel, browser = world.rows["shipments"], browse("logistics")
    page = f"shipments/proof/?id={parcel.id}"
    assert "at most 10 MB" in browser.get(page).text
    before = _kept(committed, parcel)
    # What follows the end of a picture is dropped with all else that is no picture.
    content = from_camera().ljust(5_000_000, b"\0")
    # Written here, because the test client leaves the file open into which it writes what is large.
    part = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = (part.format("csrf_token", "").encode() + browser.token().encode(),
             part.format("kind", "").encode() + b"photo",
             part.format("file", '; filename="x.jpg"').encode() + content)  # fmt: skip
    body = b"".join(b"--end\r\n" + one + b"\r\n" for one in parts) + b"--end--\r\n"
    answer = browser.client.post(f"/logistics/{page}", data=body, content_type="multipart/form-data; boundary=end")
    assert answer.status_code == 302
    assert _kept(committed, parcel) == before + 1
    newest = sa.select(DeliveryProof.id).order_by(DeliveryProof.created_at.desc()).limit(1)
    proof = committed.scalars(newest).one()
    shown = browser.get(f"shipments/details/?id={parcel.id}&tab=proof")
    assert f"delivery_proofs/content/?id={proof}" in shown.text
    picture = browser.get(f"delivery_proofs/content/?id={proof}")
    assert (picture.mimetype, picture.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert b"Quagga" not in picture.data
    looked = sa.select(sa.func.count()).where(AuditLog.entity_id == str(proof), AuditLog.after["columns"].is_not(None))
    assert committed.scalar(looked) == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"kind": "photo", "file": (b"Left at the door", "x.jpg")}, "Choose a PNG or JPEG file."),
        ({"kind": "photo", "file": (bomb(), "x.png")}, "This picture cannot be read."),
        ({"kind": "photo"}, "Choose a PNG or JPEG file."),
        ({"kind": "passport", "file": (from_camera(), "x.jpg")}, "Say what the picture is of."),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(browse, world, committed, sent, sentence):
    """SHP-3."""
    parcel = world.rows["shipments"]
    before = _kept(committed, parcel)
    form = {name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
            for name, value in sent.items()}  # fmt: skip
    answer = browse("logistics").post(f"shipments/proof/?id={parcel.id}", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert _kept(committed, parcel) == before


def test_admins_look_and_do_not_add(browse, world):
    """ACC-3."""
    parcel, proof, browser = world.rows["shipments"], world.rows["delivery_proofs"], browse("admin")
    assert "delivery_proofs/content" in browser.get(f"shipments/details/?id={parcel.id}&tab=proof").text
    assert browser.get(f"delivery_proofs/content/?id={proof.id}").mimetype == "image/jpeg"
    assert browser.get(f"shipments/proof/?id={parcel.id}").status_code == 404


def test_vendors_have_no_part_in_it(browse, world):
    """ACC-3: the door and the hand of the customer are nobody's but the marketplace's."""
    parcel, proof, browser = world.rows["shipments"], world.rows["delivery_proofs"], browse("vendor")
    assert ">Proof<" not in browser.get(f"shipments/details/?id={parcel.id}").text
    assert browser.get(f"delivery_proofs/content/?id={proof.id}").status_code == 404
    assert browser.get(f"shipments/proof/?id={parcel.id}").status_code == 404
    other = browser.client.get(f"/logistics/delivery_proofs/content/?id={proof.id}")
    assert other.status_code == 403


def test_more_than_the_page_takes_is_refused_in_words(browse, world):
    """SHP-3: the sentence names the limit of this page."""
    parcel, browser = world.rows["shipments"], browse("logistics")
    body = b"--end\r\n" + b"x" * (uploads.MOST_SENT + 2_000_000)
    page = f"/logistics/shipments/proof/?id={parcel.id}"
    answer = browser.client.post(page, data=body, content_type="multipart/form-data; boundary=end")
    assert answer.status_code == 413
    assert "10 MB at most" in answer.text
