"""The page of a dispute, and every path on which an internal note could leave the house."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from backoffice.services import dispute_news
from models import DisputeMessage, Notification, Operation, OperationItem, SlaPolicy
from models.dispute import DisputeStatus
from tests.factories import acting_for, make_canned_reply, make_dispute, make_user

SECRET = "Internal remark"


@pytest.fixture
def here(world):
    return f"disputes/details/?id={world.rows['disputes'].id}&tab=conversation"


def test_admins_see_notes_apart_and_the_clock_in_words(browse, world, here):
    """DSP-4, DSP-6: by colour and by word; order, payments and parcels are beside it."""
    text = browse("admin").get(here).text
    assert SECRET in text
    assert "Internal note" in text
    assert "First reply" in text
    assert 'data-sla="' in text
    for label in ("Orders", "Payments", "Shipments"):
        assert f'<h2 class="card-title">{label}</h2>' in text


def test_a_vendor_reads_the_public_part(browse, world, here):
    """DSP-4, ACC-3: no note, no clock, no name of the staff."""
    text = browse("vendor").get(here).text
    assert "Where is it?" in text
    assert SECRET not in text
    assert "data-sla" not in text
    assert "Internal note" not in text


@pytest.mark.parametrize(
    "path",
    [
        "dispute_messages/",
        "dispute_messages/export/csv/",
        "disputes/talk/?id={dispute}",
        "disputes/details/?id={dispute}",
        "disputes/details/?id={dispute}&tab=messages",
        "disputes/details/?id={dispute}&tab=history",
        "palette/?q=Internal",
        "dispute_messages/?q=Internal",
    ],
)
def test_no_path_of_a_vendor_has_an_internal_note(browse, world, path):
    """DSP-4: list, export, record page, history and search."""
    answer = browse("vendor").get(path.format(dispute=world.rows["disputes"].id))
    assert answer.status_code in {200, 302, 404, 405}
    assert SECRET not in answer.text


def test_the_page_of_an_internal_note_is_none(browse, committed, world):
    """DSP-4."""
    dispute = world.rows["disputes"]
    query = sa.select(DisputeMessage.id).where(DisputeMessage.dispute_id == dispute.id, DisputeMessage.is_internal)
    note = committed.scalars(query).first()
    for path in (f"dispute_messages/details/?id={note}", f"dispute_messages/peek/?id={note}"):
        assert browse("vendor").get(path).status_code == 404


def test_no_notification_has_the_words_of_a_note(committed):
    """DSP-4: the source of every e-mail; neither vendor nor customer is told that there is one."""
    dispute, admin = make_dispute(committed), make_user(committed)
    dispute_news.add_message(committed, dispute, text=SECRET, is_internal=True, acting=acting_for(admin))
    people = sa.select(Notification).where(Notification.user_id.in_([dispute.vendor_id, dispute.customer_id]))
    assert committed.scalars(people).all() == []


def test_priority_events_are_the_houses_own(browse, world):
    """DSP-4, DSP-5: a vendor has no page of them."""
    assert browse("vendor").get("dispute_events/").status_code == 404


def test_what_is_written_becomes_one_operation(browse, committed, world, here):
    """DSP-4, M18: the same key twice is one; the page says that it is on its way."""
    dispute, admin = world.rows["disputes"], browse("admin")
    form = {"text": "Called them.", "client_key": uuid.uuid4().hex}
    for _ in range(2):
        answer = admin.post(f"disputes/say/?id={dispute.id}", form)
        assert answer.status_code == 302
        assert "tab=conversation" in answer.headers["Location"]
    query = sa.select(Operation).join(OperationItem).where(OperationItem.target_id == dispute.id)
    [operation] = committed.scalars(query.where(Operation.action == "dispute.message")).all()
    assert operation.inputs == {"text": "Called them.", "is_public": False, "wait_for": "", "attachments": []}
    assert "is being written" in admin.get(here).text


def test_an_empty_message_is_refused_where_it_was_typed(browse, world):
    """DSP-4."""
    answer = browse("admin").post(f"disputes/say/?id={world.rows['disputes'].id}", {"text": "", "client_key": "k"})
    assert answer.status_code == 422
    assert "Write a message." in answer.text


def test_finance_has_no_conversation(browse, world):
    """ACC-3: finance sees the money and the outcome, not what was said."""
    finance, dispute = browse("finance"), world.rows["disputes"]
    assert finance.get(f"disputes/talk/?id={dispute.id}").status_code in {404, 405}
    assert finance.post(f"disputes/say/?id={dispute.id}", {"text": "x"}).status_code in {404, 405}
    assert SECRET not in finance.get(f"disputes/details/?id={dispute.id}&tab=conversation").text


def test_a_vendor_answers_only_disputes_of_their_own(browse, committed, world):
    """ACC-1."""
    foreign = make_dispute(committed)
    committed.commit()
    answer = browse("vendor").post(f"disputes/say/?id={foreign.id}", {"text": "Hello", "client_key": "k"})
    assert answer.status_code == 404


def test_canned_texts_are_offered(browse, committed, here):
    """Macros of disputes, to admins alone."""
    reply = make_canned_reply(committed, offered_for="dispute", title="Ask for photos")
    committed.commit()
    assert reply.title in browse("admin").get(here).text
    assert reply.title not in browse("vendor").get(here).text


def test_the_list_is_sorted_and_filtered_by_the_clock(browse, world):
    """DSP-6."""
    admin = browse("admin")
    assert admin.get("disputes/?sort=due_at").status_code == 200
    for state in ("breached", "due_soon", "on_time", "waiting"):
        assert admin.get(f"disputes/?f_sla={state}").status_code == 200


def test_an_admin_opens_a_dispute(browse, committed, world):
    """DSP-5: whose it is and how urgent follows from the order."""
    order = world.rows["orders"]
    form = {"order_id": str(order.id), "type": "fraud", "description": "Not mine.", "requested_refund_amount": ""}
    assert browse("admin").post("disputes/new/", form).status_code == 302
    query = sa.text("SELECT priority, vendor_id FROM disputes WHERE order_id = :id AND type = 'fraud'")
    assert committed.execute(query, {"id": order.id}).one() == ("urgent", order.vendor_id)


def test_a_calendar_that_nobody_can_read_is_refused(browse, committed, world):
    """DSP-6."""
    row = world.rows["business_calendars"]
    form = {"time_zone": "Mars/Olympus", "row_version": str(row.version)}
    answer = browse("admin").post(f"business_calendars/edit/?id={row.id}", form)
    assert answer.status_code in {200, 422}
    assert "time zone like" in answer.text
    assert committed.scalar(sa.select(sa.func.count()).select_from(SlaPolicy)) == 4


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"time_zone": "Mars/Olympus"}, "time zone like"),
        ({"hours": '{"monday": [["18:00", "09:00"]]}'}, "does not fit"),
        ({"hours": '["nine to five"]'}, "hours"),
        ({"holidays": '["2026-02-30"]'}, "does not fit"),
    ],
)
def test_a_new_calendar_that_nobody_can_read_is_refused(browse, committed, world, typed, told):
    """DSP-6: at the field, with what was typed still there, and nothing is kept."""
    form = {"name": "Refused", "time_zone": "UTC", "hours": '{"monday": [["09:00", "18:00"]]}', "holidays": "[]"}
    form |= typed
    answer = browse("admin").post("business_calendars/new/", form)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Refused"' in answer.text
    assert committed.scalar(sa.text("SELECT count(*) FROM business_calendars WHERE name = 'Refused'")) == 0


def test_nothing_is_said_about_a_dispute_that_is_over(browse, committed, world):
    """DSP-1: whoever had the page open when it was decided is told so, and keeps what was typed."""
    dispute = make_dispute(committed, order=world.rows["orders"], type="shipping_issue", status=DisputeStatus.CLOSED)
    committed.commit()
    for who in ("admin", "vendor"):
        answer = browse(who).post(f"disputes/say/?id={dispute.id}", {"text": "One more thing.", "client_key": who * 8})
        assert answer.status_code in {403, 409, 422}, who
        assert "One more thing." in answer.text
    sent = sa.select(sa.func.count()).select_from(DisputeMessage).where(DisputeMessage.dispute_id == dispute.id)
    assert committed.scalar(sent) == 0


def test_whoever_views_says_nothing(browse, committed, world, here):
    """ACC-4: not in a dispute, not with a document, not in review mode."""
    admin = browse("admin")
    admin.post(f"users/view_as/?id={world.vendor.id}", {"reason": "Ticket 9: cannot write", "minutes": "15"})
    try:
        posts = (
            (f"disputes/say/?id={world.rows['disputes'].id}", {"text": "As the vendor.", "client_key": "v" * 16}),
            (f"vendor_requirements/upload/?id={world.rows['vendor_requirements'].id}", {}),
        )
        token = admin.client.get("/vendor/").text.split('name="csrf_token" value="')[1].split('"')[0]
        for path, form in posts:
            answer = admin.client.post(f"/vendor/{path}", data=form | {"csrf_token": token})
            assert answer.status_code == 403, path
            assert "viewing" in answer.text
    finally:
        admin.client.post("/view-as/stop", data={"csrf_token": token})
