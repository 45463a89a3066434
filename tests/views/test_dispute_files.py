"""Files in the conversation of a dispute, and every path on which one of a note could leave the house (DSP-4)."""

from __future__ import annotations

import io
import uuid

import pytest
import sqlalchemy as sa

from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.services import uploads
from models import AuditLog, DisputeAttachment, DisputeMessage, Operation, OperationItem
from models.dispute import MOST_FILES, DisputeStatus
from models.dispute_attachment import MOST_BYTES
from tests.factories import make_attachment, make_dispute, make_message_with_file, make_order
from tests.support.exports import fetch
from tests.support.pictures import bomb, from_camera

PDF = b"%PDF-1.7 an invoice"
SECRET = "suspicion.pdf"


@pytest.fixture
def dispute(committed, world):
    """A new one of the world's vendor, so that no test sees the files of another."""
    found = make_dispute(committed, order=make_order(committed, vendor=world.vendor))
    committed.commit()
    return found


@pytest.fixture
def note(committed, world, dispute):
    """A file of an admin's note."""
    found = make_message_with_file(
        committed, dispute=dispute, user_id=world.admin.id, is_internal=True, file={"file_name": SECRET, "content": PDF}
    )
    committed.commit()
    return found


@pytest.fixture
def carry_out(database_url, committed, dispute):
    """The worker's part of what was sent to the dispute."""

    def run():
        runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
        for operation in _operations(committed, dispute):
            operations.run(runtime, operation.id)
        runtime.engine.dispose()

    return run


def _say(browser, dispute, *files, **fields):
    """Send the form with `fields`, of which one may have several values, and the files by name and content."""
    sent = {"csrf_token": browser.token(), "client_key": uuid.uuid4().hex} | fields
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    values = [(name, one) for name, found in sent.items() for one in (found if isinstance(found, list) else [found])]
    parts = [part.format(name).encode() + one.encode() for name, one in values]
    parts += [part.format(f'files"; filename="{name}').encode() + content for name, content in files]
    # Written here, because the test client leaves the file open into which it writes what is large.
    body = b"".join(b"--end\r\n" + one + b"\r\n" for one in parts) + b"--end--\r\n"
    page = f"{browser.panel}/disputes/say/?id={dispute.id}"
    return browser.client.post(page, data=body, content_type="multipart/form-data; boundary=end")


def _pending(committed, dispute):
    committed.rollback()
    query = sa.select(DisputeAttachment).where(DisputeAttachment.dispute_id == dispute.id)
    return committed.scalars(query.where(DisputeAttachment.message_id.is_(None)).order_by(DisputeAttachment.id)).all()


def _operations(committed, dispute):
    committed.rollback()
    query = sa.select(Operation).join(OperationItem).where(OperationItem.target_id == dispute.id)
    return committed.scalars(query).all()


def test_a_vendor_sends_words_with_files(browse, committed, dispute, carry_out):
    """DSP-4: both sides read them, a picture is shown small; who read one is noted (ACC-3)."""
    vendor = browse("vendor")
    page = vendor.get(f"disputes/details/?id={dispute.id}&tab=conversation").text
    assert 'enctype="multipart/form-data"' in page
    assert "at most 5 with a message and 5 MB each" in page
    answer = _say(vendor, dispute, ("bill.pdf", PDF), ("door.jpg", from_camera()), text="See these.")
    assert answer.status_code == 302
    carry_out()
    assert _pending(committed, dispute) == []
    [message] = committed.scalars(sa.select(DisputeMessage).where(DisputeMessage.dispute_id == dispute.id))
    assert [one["name"] for one in message.attachments] == ["bill.pdf", "door.jpg"]
    bill, door = (one["id"] for one in message.attachments)
    for who in ("vendor", "admin"):
        browser = browse(who)
        text = browser.get(f"disputes/talk/?id={dispute.id}").text
        assert f'dispute_attachments/content/?id={bill}">bill.pdf</a>' in text
        assert "19 Bytes" in text
        assert f'<img src="/{who}/dispute_attachments/content/?id={door}"' in text
        got = browser.get(f"dispute_attachments/content/?id={bill}")
        assert (got.mimetype, got.data, got.headers["X-Content-Type-Options"]) == ("application/pdf", PDF, "nosniff")
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert b"Quagga" not in browser.get(f"dispute_attachments/content/?id={door}").data
    looked = sa.select(sa.func.count()).where(AuditLog.entity_id == bill, AuditLog.after["columns"].is_not(None))
    assert committed.scalar(looked) == 2


def test_the_same_form_twice_sends_once(browse, committed, dispute, carry_out):
    """M18: nor are its files kept twice."""
    vendor, key = browse("vendor"), uuid.uuid4().hex
    for _ in range(2):
        assert _say(vendor, dispute, ("bill.pdf", PDF), client_key=key, text="Once.").status_code == 302
    [kept] = _pending(committed, dispute)
    carry_out()
    assert _say(vendor, dispute, ("bill.pdf", PDF), client_key=key, text="Once.").status_code == 302
    assert _pending(committed, dispute) == []
    [message] = committed.scalars(sa.select(DisputeMessage).where(DisputeMessage.dispute_id == dispute.id))
    assert message.attachments == [
        {"id": str(kept.id), "name": "bill.pdf", "media_type": "application/pdf", "size": len(PDF)}
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("page.html", b"<script>", "page.html: Choose a PDF, PNG or JPEG file."),
        ("large.pdf", PDF.ljust(MOST_BYTES + 1, b"0"), "large.pdf: A file has 5 MB at most."),
        ("bomb.png", bomb(), "bomb.png: This picture cannot be read."),
    ],
    ids=["kind", "size", "bomb"],
)
def test_a_refused_file_loses_neither_words_nor_the_others(browse, committed, dispute, name, content, sentence):
    """DSP-4: nothing is sent; the page has the words, and the files that were kept, chosen already."""
    admin = browse("admin")
    answer = _say(admin, dispute, ("bill.pdf", PDF), (name, content), text="What I typed.", is_public="y")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "What I typed." in answer.text
    [kept] = _pending(committed, dispute)
    assert f'name="attachments" value="{kept.id}" checked' in answer.text
    assert _operations(committed, dispute) == []
    again = _say(admin, dispute, text="What I typed.", is_public="y", attachments=str(kept.id))
    assert again.status_code == 302
    [operation] = _operations(committed, dispute)
    assert operation.inputs["attachments"] == [str(kept.id)]


def test_words_that_are_refused_keep_their_files(browse, committed, dispute):
    """DSP-4: the files are there when the words are."""
    answer = _say(browse("admin"), dispute, ("bill.pdf", PDF), text="")
    assert answer.status_code == 422
    assert "Write a message." in answer.text
    [kept] = _pending(committed, dispute)
    assert f'value="{kept.id}" checked' in answer.text


def test_more_files_than_a_message_has_are_refused_in_words(browse, committed, dispute):
    """DSP-4: however they come, new or kept before."""
    admin = browse("admin")
    files = [(f"{number}.pdf", PDF + bytes([number])) for number in range(MOST_FILES + 1)]
    answer = _say(admin, dispute, *files, text="All of them.")
    assert answer.status_code == 422
    assert "A message has 5 files at most." in answer.text
    assert "All of them." in answer.text
    assert _pending(committed, dispute) == []
    answer = _say(admin, dispute, text="By name.", attachments=[str(uuid.uuid4()) for _ in range(MOST_FILES + 1)])
    assert answer.status_code == 422
    assert "A message has 5 files at most." in answer.text


def test_files_of_somebody_else_are_not_sent(browse, committed, world, dispute):
    """DSP-4, ACC-1: whose they are is not told, and they stay where they are."""
    theirs = make_attachment(committed, dispute=dispute, uploaded_by=world.admin.id)
    committed.commit()
    for text in (str(theirs.id), str(uuid.uuid4()), "no id"):
        answer = _say(browse("vendor"), dispute, text="Mine, I say.", attachments=text)
        assert answer.status_code in {409, 422}
        assert "Mine, I say." in answer.text
    assert [one.id for one in _pending(committed, dispute)] == [theirs.id]


def test_a_closed_dispute_takes_no_file(browse, committed, world):
    """B12: the words come back to be copied."""
    closed = make_dispute(committed, order=make_order(committed, vendor=world.vendor), status=DisputeStatus.CLOSED)
    committed.commit()
    answer = _say(browse("admin"), closed, ("bill.pdf", PDF), text="Too late.")
    assert answer.status_code in {409, 422}
    assert "Too late." in answer.text
    assert _pending(committed, closed) == []


def test_more_than_the_page_takes_is_refused(browse, dispute):
    """DSP-4: before anything of it is read."""
    body = b"--end\r\n" + b"x" * (MOST_FILES * uploads.MOST_SENT + 2_000_000)
    page = f"/vendor/disputes/say/?id={dispute.id}"
    answer = browse("vendor").client.post(page, data=body, content_type="multipart/form-data; boundary=end")
    assert answer.status_code == 413


def test_another_vendor_neither_sends_nor_reads(browse, committed, dispute):
    """ACC-1."""
    public = make_message_with_file(committed, dispute=dispute)
    committed.commit()
    stranger = browse("vendor2")
    assert _say(stranger, dispute, ("bill.pdf", PDF), text="Hello.").status_code == 404
    for page in ("content", "details", "peek"):
        assert stranger.get(f"dispute_attachments/{page}/?id={public.id}").status_code == 404
    assert _pending(committed, dispute) == []


@pytest.mark.parametrize("who", ["vendor", "vendor2", "finance", "logistics"])
def test_the_address_of_a_notes_file_leads_nowhere(browse, note, who):
    """DSP-4: not under the panel's own address, and not under that of another one."""
    browser = browse(who)
    for page in ("content", "details", "peek"):
        assert browser.get(f"dispute_attachments/{page}/?id={note.id}").status_code == 404
        assert browser.get(f"/admin/dispute_attachments/{page}/?id={note.id}").status_code == 403
    assert browse("admin").get(f"dispute_attachments/content/?id={note.id}").data == PDF


@pytest.mark.parametrize(
    "path",
    [
        "dispute_attachments/",
        "dispute_attachments/?f_dispute_id={dispute}",
        "dispute_attachments/?q=suspicion",
        "dispute_messages/",
        "dispute_messages/details/?id={message}",
        "disputes/talk/?id={dispute}",
        "disputes/details/?id={dispute}&tab=conversation",
        "disputes/details/?id={dispute}&tab=messages",
        "disputes/details/?id={dispute}&tab=history",
        "palette/?q=suspicion",
        "operations/",
        "bell/",
    ],
)
def test_no_path_of_a_vendor_names_a_notes_file(browse, dispute, note, path):
    """DSP-4: list, search, conversation, record page, history and notification."""
    found = path.format(dispute=dispute.id, message=note.message_id)
    answer = browse("vendor").get(found)
    assert answer.status_code in {200, 302, 404, 405}
    assert SECRET not in answer.text
    assert str(note.id) not in answer.text


def test_no_export_names_a_notes_file(browse, note):
    """DSP-4: what a vendor exports of the conversation; files themselves are not exported at all."""
    vendor = browse("vendor")
    text = fetch(vendor, "dispute_messages", kind="json").decode()
    assert SECRET not in text
    assert str(note.id) not in text
    assert vendor.get("dispute_attachments/export/").status_code in {404, 405}


def test_the_audit_log_has_no_name_of_a_file(committed, note):
    """AUD-1, GDP-1: names and contents are personal; the log has their keyed hashes."""
    entries = committed.scalars(sa.select(AuditLog).where(AuditLog.entity_id == str(note.id))).all()
    assert entries
    assert SECRET not in str([(one.before, one.after) for one in entries])


def test_a_waiting_file_is_its_uploaders(browse, committed, dispute, world):
    """DSP-4: an admin does not see what a vendor has not sent, nor the other way round."""
    files = {
        who: make_attachment(committed, dispute=dispute, uploaded_by=getattr(world, who).id, file_name=f"{who}.pdf")
        for who in ("vendor", "admin")
    }
    committed.commit()
    for who, other in (("vendor", "admin"), ("admin", "vendor")):
        browser = browse(who)
        page = _say(browser, dispute, text="").text
        assert f'name="attachments" value="{files[who].id}">' in page
        assert browser.get(f"dispute_attachments/content/?id={files[who].id}").status_code == 200
        for path in ("disputes/details/?id={0}&tab=messages", "dispute_attachments/?f_dispute_id={0}"):
            page += browser.get(path.format(dispute.id)).text
        assert f"{other}.pdf" not in page
        assert browser.get(f"dispute_attachments/content/?id={files[other].id}").status_code == 404


def test_whoever_views_hands_nothing_in(browse, committed, world, dispute):
    """ACC-4."""
    admin = browse("admin")
    admin.post(f"users/view_as/?id={world.vendor.id}", {"reason": "Ticket 9: cannot upload", "minutes": "15"})
    token = admin.client.get("/vendor/").text.split('name="csrf_token" value="')[1].split('"')[0]
    try:
        page = admin.client.get(f"/vendor/disputes/details/?id={dispute.id}&tab=conversation").text
        assert 'aria-describedby="files-told" disabled' in page
        form = {"csrf_token": token, "client_key": "v" * 16, "text": "x", "files": (io.BytesIO(PDF), "a.pdf")}
        answer = admin.client.post(f"/vendor/disputes/say/?id={dispute.id}", data=form)
        assert answer.status_code == 403
    finally:
        admin.client.post("/view-as/stop", data={"csrf_token": token})
    assert _pending(committed, dispute) == []
