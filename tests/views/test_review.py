"""Review mode: one screen, one decision after the other, and two people at once."""

from __future__ import annotations

import datetime as dt
import re
import statistics
import threading
import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from backoffice.config import Config
from backoffice.jobs import operations
from backoffice.jobs.runtime import Runtime
from backoffice.permissions import Role
from models import CannedReply, Operation, Product, ProductChangeRequest, ReviewLease, StatusHistory
from models.canned_reply import CannedFor
from models.product import ProductStatus
from tests.factories import make_category, make_change_request, make_product, make_user, make_vendor
from tests.views.browser import Browser

ITEMS = 200
_PIN = re.compile(r'name="rowid" value="([^"]+)"')


def hidden(page: str, key: str) -> dict[str, str]:
    """What the form of one decision carries."""
    part = page.split(f'name="key" value="{key}"')[1]
    return {"key": key} | {
        name: part.split(f'name="{name}" value="')[1].split('"')[0] for name in ("rowid", "client_key", "shown")
    }


def pin(page: str) -> str:
    found = _PIN.search(page)
    return found[1] if found else ""


@pytest.fixture(autouse=True)
def _empty(committed: Any, world: Any) -> Any:
    """Nothing is held or decided by the tests before."""
    yield
    committed.rollback()
    committed.execute(sa.delete(ReviewLease))
    committed.commit()


def pending(committed: Any, count: int) -> list[uuid.UUID]:
    """Products older than any other, so that they come first."""
    vendor, category = make_vendor(committed), make_category(committed)
    first = now() - dt.timedelta(days=2000)
    ids = [
        make_product(committed, vendor=vendor, category=category, created_at=first + dt.timedelta(minutes=n)).id
        for n in range(count)
    ]
    committed.commit()
    return ids


def carry_out(database_url: str, *ids: uuid.UUID) -> None:
    runtime = Runtime(config=Config(database_url=database_url, migrate_database_url=database_url))
    for operation_id in ids:
        operations.run(runtime, operation_id)
    runtime.engine.dispose()


def done(committed: Any, ids: list[uuid.UUID], database_url: str) -> None:
    """Carry out what was decided, so that the next test finds nothing of it."""
    waiting = sa.select(Operation.id).where(Operation.selection["review"].astext == "products")
    carry_out(database_url, *committed.scalars(waiting))
    committed.execute(sa.update(Product).where(Product.id.in_(ids)).values(deleted_at=sa.func.now()))
    committed.commit()


def test_every_queue_opens_with_its_keys(browse, world):
    """J, K, A, R, C and U are on the screen, as buttons with the key of each."""
    browser = browse("admin")
    listed = browser.get("review/").text
    for key in ("products", "changes", "reviews", "disputes"):
        assert f"/admin/review/{key}/" in listed
        page = browser.get(f"review/{key}/").text
        for letter in "jkaru" + ("c" if key in {"changes", "disputes"} else ""):
            assert f'data-key="{letter}"' in page, (key, letter)
        assert browser.post(f"review/{key}/leave/").status_code == 204
    assert browser.get("review/nothing/").status_code == 404
    assert browse("vendor").get("/vendor/review/products/").status_code == 404


def test_a_decision_shows_the_next_one_and_is_recorded(browse, committed, database_url):
    """The operation has the version seen; U takes it back while it rests."""
    one, two = pending(committed, 2)
    browser = browse("admin")
    page = browser.get("review/products/").text
    assert pin(page).startswith(str(one))
    following = browser.post("review/products/decide/", hidden(page, "a"))
    assert following.status_code == 200
    assert pin(following.text).startswith(str(two))
    back = browser.post("review/products/undo/", {"current": str(two)})
    assert pin(back.text).startswith(str(one))
    assert "Taken back" in back.text
    following = browser.post("review/products/decide/", hidden(back.text, "a"))
    operation = committed.scalars(sa.select(Operation).order_by(Operation.id.desc()).limit(1)).one()
    assert operation.action == "product.approve"
    carry_out(database_url, operation.id)
    assert committed.get(Product, one, populate_existing=True).status is ProductStatus.APPROVED
    late = browser.post("review/products/undo/", {"current": str(two)})
    assert late.status_code == 409
    assert "Nothing can be taken back" in late.text
    done(committed, [one, two], database_url)


def test_without_a_script_each_decision_brings_a_whole_page(browse, committed, database_url):
    """A key pressed before the page is ready sends the form as a browser does, and nothing of it ends in an address."""
    ids = pending(committed, 2)
    browser = browse("admin")
    page = browser.get("review/products/").text
    forms = re.findall(r"<form[^>]*hx-post[^>]*>", page)
    assert forms
    assert all('method="post"' in form and "action=" in form for form in forms)
    whole = browser.post("review/products/decide/", hidden(page, "a")).text
    assert "<html" in whole
    assert pin(whole).startswith(str(ids[1]))
    part = browser.post("review/products/undo/", {"current": str(ids[1])}, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert pin(part).startswith(str(ids[0]))
    done(committed, ids, database_url)


def test_a_double_click_is_one_decision(browse, committed, database_url):
    """M18."""
    ids = pending(committed, 2)
    browser = browse("admin")
    page = browser.get("review/products/").text
    sent = hidden(page, "a")
    browser.post("review/products/decide/", sent)
    browser.post("review/products/decide/", sent)
    found = committed.scalars(sa.select(Operation).where(Operation.client_key == sent["client_key"])).all()
    assert len(found) == 1
    done(committed, ids, database_url)


def test_a_stale_decision_stays_and_says_what_changed(browse, committed):
    """MOD-1: 409 with the diff, on the same item, with the version of now."""
    request = make_change_request(committed, created_at=now() - dt.timedelta(days=2000))
    committed.commit()
    browser = browse("admin")
    page = browser.get("review/changes/").text
    assert pin(page).startswith(str(request.id))
    request.proposed = {"name": "Quite another name"}
    committed.commit()
    refused = browser.post("review/changes/decide/", hidden(page, "a"))
    assert refused.status_code == 409
    assert "You saw" in refused.text
    assert "Quite another name" in refused.text
    assert pin(refused.text).startswith(f"{request.id}.2")
    assert browser.post("review/changes/decide/", hidden(refused.text, "a")).status_code == 200


def test_a_rejection_needs_its_words_and_keeps_what_was_typed(browse, committed):
    """MOD-2: 422 on the same item; canned texts are offered."""
    committed.add(CannedReply(title="Blurred", text="Sharper pictures, please.", offered_for=CannedFor.PRODUCT))
    request = make_change_request(committed, created_at=now() - dt.timedelta(days=2001))
    committed.commit()
    browser = browse("admin")
    page = browser.get("review/changes/").text
    assert 'data-text="Sharper pictures, please."' in page
    sent = hidden(page, "r") | {"reason": "pricing", "note": "Known to us"}
    refused = browser.post("review/changes/decide/", sent | {"message": ""})
    assert refused.status_code == 422
    assert "Tell the vendor why." in refused.text
    assert "Known to us" in refused.text
    assert "data-refused" in refused.text
    taken = browser.post("review/changes/decide/", hidden(refused.text, "r") | {"reason": "pricing", "message": "No."})
    assert taken.status_code == 200
    assert committed.get(ProductChangeRequest, request.id).status == "pending"


def test_what_a_colleague_has_is_not_shown(browse, app, engine, committed, database_url):
    """I8: the next person gets the next item, and sees who is there; a page that is left gives back."""
    ids = pending(committed, 2)
    colleague = make_user(committed, Role.ADMIN, first_name="Quentin")
    committed.commit()
    first, second = browse("admin"), Browser(app, engine, colleague)
    assert pin(second.get("review/products/").text).startswith(str(ids[0]))
    page = first.get("review/products/").text
    assert pin(page).startswith(str(ids[1]))
    assert "Quentin" in page
    second.post("review/products/leave/")
    assert pin(first.get(f"review/products/item/?past={ids[1]}&back=1").text).startswith(str(ids[0]))
    assert "Quentin" not in first.post("review/products/stay/").text
    done(committed, ids, database_url)


def test_a_screen_is_a_dozen_statements(browse, committed, database_url):
    """The budget of a record page, and what the queue needs: lease, presence, count, texts."""
    ids = pending(committed, 2)
    browser = browse("admin")
    answer, statements = browser.count("review/products/")
    assert answer.status_code == 200
    assert len(statements) <= 14, statements
    done(committed, ids, database_url)


def test_two_reviewers_at_once(browse, app, engine, committed, database_url, capsys):
    """I8, MOD-1: 200 items, two people: 200 decisions, none twice, none lost."""
    ids = pending(committed, ITEMS)
    colleague = make_user(committed, Role.ADMIN)
    committed.commit()
    wanted = {str(one) for one in ids}
    seconds: list[float] = []
    decided: list[str] = []
    problems: list[str] = []

    def review(browser: Browser) -> None:
        page = browser.get("review/products/").text
        while (target := pin(page).split(".")[0]) in wanted:
            browser.get(f"review/products/ahead/?past={target}")
            begun = time.perf_counter()
            answer = browser.post("review/products/decide/", hidden(page, "a"))
            seconds.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                problems.append(answer.text)
                return
            decided.append(target)
            page = answer.text

    both = [threading.Thread(target=review, args=(one,)) for one in (browse("admin"), Browser(app, engine, colleague))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert problems == []
    assert sorted(decided) == sorted(wanted)
    done_before = sa.select(Operation).where(Operation.selection["review"].astext == "products")
    found = committed.scalars(done_before.where(Operation.finished_at.is_(None))).all()
    assert len(found) == ITEMS
    carry_out(database_url, *(one.id for one in found))
    steps = sa.select(sa.func.count()).where(StatusHistory.entity_id.in_(ids), StatusHistory.to_status == "approved")
    assert committed.scalar(steps) == ITEMS
    statuses = sa.select(Product.status, sa.func.count()).where(Product.id.in_(ids)).group_by(Product.status)
    assert dict(committed.execute(statuses).all()) == {ProductStatus.APPROVED: ITEMS}
    with capsys.disabled():
        median, worst = statistics.median(seconds) * 1000, max(seconds) * 1000
        print(f"\n{ITEMS} decisions by two: next item after {median:.0f} ms (median), {worst:.0f} ms at most")  # noqa: T201
    done(committed, ids, database_url)


def test_other_roles_have_no_review_mode(browse, world):
    """WHO-1: neither the page nor a decision, whatever the address."""
    for who in ("finance", "logistics", "vendor"):
        browser = browse(who)
        for prefix in ("/admin", browser.panel):
            assert browser.get(f"{prefix}/review/products/").status_code in {403, 404}
            sent = {"key": "a", "rowid": f"{world.rows['products'].id}.1.1", "client_key": "r" * 16}
            assert browser.post(f"{prefix}/review/products/decide/", sent).status_code in {403, 404}, (who, prefix)
