"""Saved views and settings of a list: each person's own, shared on purpose, and never in the way of a list."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from backoffice.permissions import Role
from models import ListPreference, SavedView
from models.saved_view import ViewVisibility
from tests.factories import make_product

HEADS = re.compile(r"<th scope=\"col\"[^>]*>(?:<a [^>]*>)?([^<]+)<")


def views(committed):
    committed.expire_all()
    return {view.name: view for view in committed.scalars(sa.select(SavedView))}


@pytest.fixture(autouse=True)
def _nothing_kept(committed, world):
    yield
    committed.rollback()
    committed.execute(sa.delete(SavedView))
    committed.execute(sa.delete(ListPreference))
    committed.commit()


def save(browser, name="Dear ones", query="f_price=gte:100&sort=-price", noun="products", **more):
    return browser.post(f"{noun}/views/", {"name": name, "query": query, **more})


def change(browser, view, do, noun="products", **more):
    return browser.post(f"{noun}/views/change/", {"view": str(view.id), "do": do, **more})


def test_a_view_keeps_filters_order_and_columns(browse, committed):
    browser = browse("admin")
    answer = save(browser, columns="price")
    view = views(committed)["Dear ones"]
    assert answer.headers["Location"] == f"/admin/products/?view={view.id}"
    assert (view.query, view.sort, view.columns) == ("f_price=gte%3A100", "-price", ["price"])
    moved = browser.get(f"products/?view={view.id}").headers["Location"]
    assert moved == f"/admin/products/?f_price=gte%3A100&sort=-price&view={view.id}"
    text = browser.get(moved).text
    assert "Price ≥ 100" in text
    assert 'aria-sort="descending"' in text or "Nothing matches" in text
    assert "Save changes" not in text
    changed = browser.get(f"products/?view={view.id}&f_price=gte:200").text
    assert "Save changes" in changed
    assert "Price ≥ 200" in changed


def test_only_what_a_list_understands_is_kept(browse, committed):
    save(browse("admin"), query="f_price=1&after=x&csrf_token=1&sort=nothing&page=2")
    view = views(committed)["Dear ones"]
    assert (view.query, view.sort) == ("f_price=1", None)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_view_needs_a_name(browse, committed, name):
    answer = save(browse("admin"), name=name)
    assert answer.status_code == 422
    assert "f_price" in answer.text
    assert views(committed) == {}


def test_a_second_click_makes_no_second_view(browse, committed):
    browser = browse("admin")
    save(browser)
    answer = save(browser)
    assert answer.status_code == 422
    assert "of this name already" in answer.text
    assert len(views(committed)) == 1


def test_private_views_are_the_owners(browse, committed):
    """Another person neither sees nor changes one: it does not exist for them."""
    save(browse("finance"), noun="orders", query="f_status=pending")
    view = views(committed)["Dear ones"]
    other = browse("finance2")
    assert "Dear ones" not in other.get("orders/").text
    assert "There is no such view" in other.get(f"orders/?view={view.id}").text
    for do in ("share", "pin", "rename", "move", "overwrite", "delete", "default", "unshare", "unpin", "no-default"):
        assert change(other, view, do, noun="orders", name="Mine", position="1").status_code == 404, do
    assert "Dear ones" in views(committed)


def test_a_shared_view_is_everybodys_to_use_and_its_owners_to_change(browse, committed):
    owner, other = browse("finance"), browse("finance2")
    save(owner, noun="orders", query="f_status=pending")
    view = views(committed)["Dear ones"]
    change(owner, view, "share", noun="orders")
    assert "Dear ones" in other.get("orders/").text
    for do in ("rename", "delete", "overwrite", "share", "unshare", "pin", "move", "default"):
        assert change(other, view, do, noun="orders", name="Mine", position="1").status_code == 403, do
    assert "Dear ones" not in browse("admin").get("orders/").text
    change(owner, view, "unshare", noun="orders")
    assert "Dear ones" not in other.get("orders/").text


def test_vendors_share_nothing(browse, committed):
    """ACC-1."""
    browser = browse("vendor")
    save(browser)
    assert change(browser, views(committed)["Dear ones"], "share").status_code == 403
    assert views(committed)["Dear ones"].visibility is ViewVisibility.PRIVATE


class TestDefault:
    """The view that a list opens with."""

    @pytest.fixture
    def default(self, browse, committed):
        browser = browse("admin")
        save(browser)
        view = views(committed)["Dear ones"]
        assert change(browser, view, "default").status_code == 409
        change(browser, view, "share")
        change(browser, view, "default")
        return view

    @pytest.mark.usefixtures("default")
    def test_opens_the_list_without_parameters_only(self, browse):
        browser = browse("admin")
        assert "Price ≥ 100" in browser.get("products/", follow_redirects=True).text
        assert "Price ≥ 100" not in browser.get("products/?view=none").text
        assert "Price ≥ 100" not in browser.get("products/?q=").text

    @pytest.mark.usefixtures("default")
    def test_there_is_one(self, browse, committed):
        browser = browse("admin")
        save(browser, name="Cheap", query="f_price=lt:5")
        cheap = views(committed)["Cheap"]
        change(browser, cheap, "share")
        change(browser, cheap, "default")
        assert [name for name, view in views(committed).items() if view.is_default] == ["Cheap"]
        change(browser, cheap, "unshare")
        assert not any(view.is_default for view in views(committed).values())


def test_what_a_list_no_longer_has_is_told(browse, committed, world):
    """A view of an older version still opens, with the rest of it."""
    view = SavedView(
        user_id=world.admin.id, panel=Role.ADMIN, noun="products", name="Old", query="f_colour=red&f_price=gte:3",
        columns=["colour", "name"], sort="colour",
    )  # fmt: skip
    committed.add(view)
    committed.commit()
    text = browse("admin").get(f"products/?view={view.id}", follow_redirects=True).text
    assert "This list has no such filter" in text
    assert "Price ≥ 3" in text


def test_views_are_renamed_moved_and_deleted(browse, committed):
    browser = browse("admin")
    save(browser)
    save(browser, name="Cheap", query="f_price=lt:5")
    dear, cheap = (views(committed)[name] for name in ("Dear ones", "Cheap"))
    assert change(browser, dear, "rename", name="Cheap").status_code == 422
    change(browser, dear, "rename", name="Dearest")
    change(browser, dear, "move", position="7")
    assert change(browser, dear, "move", position="-1").status_code == 422
    change(browser, dear, "overwrite", query="f_price=gte:500")
    assert change(browser, dear, "explode").status_code == 404
    assert change(browser, cheap, "delete").status_code == 302
    assert change(browser, cheap, "delete").status_code == 404
    (view,) = views(committed).values()
    assert (view.name, view.position, view.query) == ("Dearest", 7, "f_price=gte%3A500")
    assert browser.post("products/views/change/", {"view": "x", "do": "pin"}).status_code == 404


def test_pinned_views_and_queues_are_counted(browse, committed):
    """In the menu of those who may use the view, in two statements for the whole panel."""
    browser = browse("admin")
    make_product(committed, name="Counted")
    committed.commit()
    save(browser, query="f_status=pending")
    change(browser, views(committed)["Dear ones"], "pin")
    answer, statements = browser.count("counts/")
    assert len(statements) == 2
    (pinned,) = answer.json["pinned"]
    assert (pinned["noun"], pinned["name"]) == ("products", "Dear ones")
    assert int(pinned["count"]) >= 1
    assert {"label": "Products to review", "count": pinned["count"]} in answer.json["queues"]
    part = browser.get("counts/", headers={"HX-Request": "true"}).text
    assert "a[href='/admin/products/']" in part
    assert "hx-swap-oob" in part
    assert browse("finance").get("counts/").json["pinned"] == []


def test_asking_for_the_head_of_a_page_changes_nothing(browse, committed):
    """HEAD carries no token, so it must not do what POST does (c25)."""
    browser = browse("admin")
    for page in ("views/", "settings/"):
        assert browser.client.head(f"/admin/products/{page}").status_code == 200
    assert committed.scalars(sa.select(ListPreference)).all() == []


class TestSettings:
    """Columns, order and page size."""

    def test_are_remembered_for_this_person(self, browse):
        browser = browse("admin")
        browser.post(
            "products/settings/",
            [("columns", "name"), ("columns", "price"), ("columns", "weight"), ("place_price", "1"),
             ("place_name", "2"), ("sort", "-price"), ("size", "20"), ("back", "f_status=pending")],
        )  # fmt: skip
        text = browser.get("products/").text
        assert HEADS.findall(text)[:3] == ["Price", "Name", "Weight"]
        assert 'aria-sort="descending"' in text
        assert '<strong aria-current="true">20</strong>' in text
        assert HEADS.findall(browser.get("products/?sort=name&size=50").text)[:2] == ["Price", "Name"]
        assert HEADS.findall(browse("vendor").get("products/").text)[:2] == ["Name", "SKU"]
        browser.post("products/settings/", {"usual": "1"})
        assert HEADS.findall(browser.get("products/").text)[:2] == ["Name", "SKU"]

    def test_offer_nothing_outside_the_table_of_access(self, browse, committed):
        """Neither other columns nor JSON, long texts, or personal data whose reading is noted record by record."""
        browser = browse("admin")
        text = browser.get("users/settings/").text
        assert 'value="email"' in text
        for name in ("password_hash", "phone", "avatar_url"):
            assert f'value="{name}"' not in text
        assert 'value="specifications"' not in browser.get("products/settings/").text
        wanted = [("columns", name) for name in ("password_hash", "specifications", "vendor", "description", "name")]
        browser.post("products/settings/", wanted)
        assert committed.scalars(sa.select(ListPreference.columns)).one() == ["name"]

    def test_bad_values_are_left_out(self, browse, committed):
        browser = browse("admin")
        for size in ("7", "x", "²", "99999"):
            answer = browser.post("products/settings/", {"columns": "nothing", "size": size, "sort": "-nothing"})
            assert answer.status_code == 302
        kept = committed.scalars(sa.select(ListPreference)).one()
        assert (kept.columns, kept.size, kept.sort) == (None, None, None)

    def test_go_back_to_the_filters(self, browse):
        answer = browse("admin").post("products/settings/", {"back": "f_status=pending&size=20", "columns": "name"})
        assert answer.headers["Location"] == "/admin/products/?f_status=pending"
        answer = browse("admin").post("products/settings/", {"back": "//evil.example/", "columns": "name"})
        assert answer.headers["Location"].startswith("/admin/products/")


def test_an_order_alone_is_a_view_too(browse, committed):
    """It moves on once, and not in a circle."""
    browser = browse("admin")
    save(browser, query="sort=price")
    view = views(committed)["Dear ones"]
    moved = browser.get(f"products/?view={view.id}").headers["Location"]
    assert moved.endswith(f"?sort=price&view={view.id}")
    assert browser.get(moved).status_code == 200


def test_a_view_of_nobody_is_told(browse):
    text = browse("admin").get(f"products/?view={uuid.uuid4()}").text
    assert "There is no such view any more" in text
