"""The pages of a vendor's checklist and of decisions about vendors (VEN-1, VEN-3)."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from models import OperationItem, VendorDocument, VendorProfile
from models.user import UserStatus
from models.vendor_requirement import MOST_BYTES
from tests.factories.vendors import PDF


def _kept(committed, requirement):
    found = sa.select(sa.func.count()).where(VendorDocument.requirement_id == requirement.id)
    return committed.scalar(found)


@pytest.mark.parametrize("who", ["vendor", "admin"])
def test_a_document_is_uploaded_and_comes_back_as_it_was(browse, world, committed, who):
    """VEN-3."""
    requirement, browser = world.rows["vendor_requirements"], browse(who)
    page = f"vendor_requirements/upload/?id={requirement.id}"
    assert browser.get(page).status_code == 200
    before = _kept(committed, requirement)
    committed.rollback()
    answer = browser.post(page, {"file": (io.BytesIO(PDF), "pass port.pdf")})
    assert answer.status_code == 302
    assert _kept(committed, requirement) == before + 1
    newest = sa.select(VendorDocument).order_by(VendorDocument.created_at.desc()).limit(1)
    document = committed.scalars(newest).one()
    file = browser.get(f"vendor_documents/content/?id={document.id}")
    assert (file.data, file.mimetype) == (PDF, "application/pdf")
    assert "attachment" in file.headers["Content-Disposition"]


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>"])
def test_another_type_is_refused_with_a_sentence(browse, world, committed, content):
    """VEN-3."""
    requirement = world.rows["vendor_requirements"]
    before = _kept(committed, requirement)
    committed.rollback()
    sent = {"file": (io.BytesIO(content), "x.pdf")}
    answer = browse("vendor").post(f"vendor_requirements/upload/?id={requirement.id}", sent)
    assert answer.status_code == 422
    assert "Choose a PDF, PNG or JPEG file." in answer.text
    assert _kept(committed, requirement) == before


def test_documents_of_another_vendor_do_not_exist(browse, world):
    """ACC-1."""
    browser, theirs = browse("vendor"), world.rows2
    assert browser.get(f"vendor_documents/content/?id={theirs['vendor_documents'].id}").status_code == 404
    page = f"vendor_requirements/upload/?id={theirs['vendor_requirements'].id}"
    assert browser.post(page, {"file": (io.BytesIO(PDF), "x.pdf")}).status_code == 404


def test_the_effects_are_shown_before_anything_is_submitted(browse, world, committed):
    """VEN-1: what was typed is put to the dry run, and asked again."""
    profile = world.rows["vendor_profiles"]
    browser = browse("admin")
    version = committed.scalar(sa.select(VendorProfile.version).where(VendorProfile.id == profile.id))
    chosen = {"rowid": f"{profile.id}.{version}", "one": "1"}
    sent = {**chosen, "reason": "Fakes", "subscription": "pause", "client_key": "k" * 32}
    page = browser.post("vendor_profiles/act/suspend/", sent)
    assert page.status_code == 200
    assert "Subscriptions that pause: 1 (10.00 USD)" in page.text
    assert "Products no longer sold: " in page.text
    item = sa.select(OperationItem.target_id).where(OperationItem.target_id == profile.id)
    assert committed.scalars(item).all() == []
    standing = sa.select(VendorProfile.standing).where(VendorProfile.id == profile.id)
    assert committed.scalar(standing) is UserStatus.ACTIVE


def test_active_and_on_sale_are_two_things(browse, world):
    """VEN-1: lists tell them apart."""
    product = world.rows["products"]
    browser = browse("admin")
    assert "On sale" in browser.get(f"products/details/?id={product.id}").text
    for which in ("yes", "no"):
        assert browser.get(f"products/?f_on_sale={which}").status_code == 200


@pytest.mark.parametrize(("size", "status"), [(MOST_BYTES + 1, 422), (3 * 1024 * 1024, 413)])
def test_a_file_that_is_too_large_is_refused_in_words(browse, world, committed, size, status):
    """VEN-3: a little more than a document may have, and more than any request may carry."""
    requirement = world.rows["vendor_requirements"]
    before = _kept(committed, requirement)
    committed.rollback()
    browser = browse("vendor")
    # Written here, because the test client leaves the file open into which it writes what is large.
    part = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    parts = (part.format("csrf_token", "").encode() + browser.token().encode(),
             part.format("file", '; filename="x.pdf"').encode() + PDF.ljust(size))  # fmt: skip
    body = b"".join(b"--end\r\n" + one + b"\r\n" for one in parts) + b"--end--\r\n"
    page = f"/vendor/vendor_requirements/upload/?id={requirement.id}"
    answer = browser.client.post(page, data=body, content_type="multipart/form-data; boundary=end")
    assert answer.status_code == status
    assert "MB at most" in answer.text
    assert _kept(committed, requirement) == before
