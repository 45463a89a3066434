"""From a click in the list or on the record to an operation, and its page."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from backoffice.actions import submit
from backoffice.actions.registry import registry
from backoffice.database import act_as
from backoffice.permissions import GRANTS, Role
from models import Operation, OperationItem, PlatformSetting
from models.base import uuid7
from models.operation import OperationStatus
from tests.factories import acting_for, make_category, make_product, make_vendor
from tests.factories.payouts import make_payout
from tests.views.html import fields
from views.access import PANEL_PERMISSIONS
from views.catalogue import ENTITIES


@pytest.fixture
def pending(committed):
    """Three products of one vendor that wait for review."""
    vendor, category = make_vendor(committed), make_category(committed)
    made = [make_product(committed, vendor=vendor, category=category) for _ in range(3)]
    committed.commit()
    return made


def _operation(committed, response) -> Operation:
    assert response.status_code == 302, response.text
    operation_id = uuid.UUID(response.location.rsplit("id=", 1)[1])
    return committed.scalars(
        sa.select(Operation).where(Operation.id == operation_id).execution_options(populate_existing=True)
    ).one()


def _noun(action) -> str:
    """The noun of the entity that the action is about."""
    return next(entity.noun for entity in ENTITIES if entity.model is action.entity)


def _pin(product) -> str:
    return f"{product.id}.{product.version}.{product.content_version}"


def test_ticked_rows_are_planned_then_submitted_once(browse, committed, pending):
    """The first POST has no effect; two with the same key are one operation (M18)."""
    browser, before = browse("admin"), committed.scalar(sa.select(sa.func.count()).select_from(Operation))
    page = browser.post("products/act/approve/", [("rowid", _pin(one)) for one in pending])
    assert page.status_code == 200
    assert "3 products, 3 can go ahead" in page.text
    committed.rollback()
    assert committed.scalar(sa.select(sa.func.count()).select_from(Operation)) == before
    sent = fields(page.text)
    first = _operation(committed, browser.post("products/act/approve/", sent))
    second = _operation(committed, browser.post("products/act/approve/", sent))
    assert first.id == second.id
    assert (first.action, first.total, first.panel) == ("product.approve", 3, Role.ADMIN)
    versions = committed.scalars(sa.select(OperationItem.target_version)).all()
    assert set(versions) == {1}
    shown = browser.get(f"operations/details/?id={first.id}")
    assert shown.status_code == 200
    assert shown.text.count('<span class="tone tone-info">Queued</span></td><td class="told">') == 3
    progress = browser.get(f"operations/progress/?id={first.id}").text
    assert "0 of 3" in progress
    assert re.search(r'Queued <span class="menu-count">3</span>', progress)
    assert "position" not in browser.get(f"operations/items/?id={first.id}").text
    assert browser.get(f"operations/items/?id={first.id}").text.count("queued") == 3


def test_the_record_page_offers_what_makes_sense(browse, pending):
    browser = browse("admin")
    text = browser.get(f"products/details/?id={pending[0].id}").text
    assert "act/approve/" in text
    assert "act/take_down/" not in text
    page = browser.get(f"products/act/approve/?one=1&rowid={pending[0].id}")
    assert page.status_code == 200


def test_all_rows_that_match(browse, committed, pending):
    """The page posts the filter, not the ids."""
    browser = browse("admin")
    filtered = f"f_vendor_id={pending[0].vendor_id}&f_status=pending"
    page = browser.post("products/act/approve/", {"matching": "1", "filter": filtered})
    assert "3 products" in page.text
    operation = _operation(committed, browser.post("products/act/approve/", fields(page.text)))
    assert operation.total == 3


def test_a_bad_filter_selects_nothing(browse):
    answer = browse("admin").post("products/act/approve/", {"matching": "1", "filter": "f_price_from=x"})
    assert answer.status_code == 422


@pytest.mark.parametrize("bad", ["x", "", "1.2.3", "{id}.x", "{id}.-1.1", "{id}.1.99999999999", "a,b", "%00"])
def test_bogus_ids_are_refused_as_a_batch(browse, pending, bad):
    """One bogus or foreign id refuses all (flask-admin #4)."""
    rows = [("rowid", _pin(pending[0])), ("rowid", bad.format(id=pending[1].id))]
    assert browse("admin").post("products/act/approve/", [*rows, ("client_key", "k")]).status_code == 404


def test_a_foreign_row_is_no_row(browse, world):
    """ACC-1."""
    own, foreign = world.rows["products"], world.rows2["products"]
    for key in ("", uuid7().hex):
        answer = browse("vendor").post(
            "products/act/deactivate/", [("rowid", str(own.id)), ("rowid", str(foreign.id)), ("client_key", key)]
        )
        assert answer.status_code == 404


def test_too_many_ticked_rows(browse):
    rows = [("rowid", str(uuid7())) for _ in range(501)]
    assert browse("admin").post("products/act/approve/", rows).status_code == 422


def test_a_stale_version_is_told(browse, pending):
    """MOD-1: what was seen is what is approved."""
    stale = f"{pending[0].id}.1.99"
    browser = browse("admin")
    page = browser.post("products/act/approve/", {"rowid": stale})
    assert "Someone else changed this record" in page.text
    answer = browser.post("products/act/approve/", {"rowid": stale, "client_key": uuid7().hex})
    assert answer.status_code == 409
    assert "Someone else changed this record" in answer.text


def test_a_form_keeps_what_was_typed(browse, pending):
    browser = browse("admin")
    page = browser.post("products/act/reject/", {"rowid": _pin(pending[0])})
    sent = dict(fields(page.text)) | {"reason": "nonsense", "message": "typed here"}
    answer = browser.post("products/act/reject/", sent)
    assert answer.status_code == 422
    assert "typed here" in answer.text
    assert "invalid-feedback" in answer.text
    assert browser.post("products/act/reject/", sent | {"reason": "other"}).status_code == 302


def test_a_rate_is_shown_before_it_is_saved(browse, committed, pending):
    """COM-9: the first POST shows what changes; only the same rate again is carried out."""
    browser, path = browse("admin"), "products/act/set_product_rate/"
    page = browser.get(f"{path}?one=1&rowid={_pin(pending[0])}")
    assert "Show what changes" in page.text
    sent = dict(fields(page.text)) | {"percent": "5"}
    shown = browser.post(path, sent)
    assert shown.status_code == 200
    assert "The rate is open and becomes 5 %" in shown.text
    assert "Show what changes" not in shown.text
    again = dict(fields(shown.text))
    assert "becomes 6 %" in browser.post(path, again | {"percent": "6"}).text
    assert _operation(committed, browser.post(path, again)).action == "commission.set_product_rate"


def test_the_default_rate_is_not_edited_in_its_form(browse, committed):
    """COM-9: the form of the settings would skip the preview."""
    row = committed.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == "commission.default_rate")).one()
    browser, path = browse("admin"), f"platform_settings/edit/?id={row.id}"
    sent = dict(fields(browser.get(path).text)) | {"value": '"0.2"'}
    answer = browser.post(path, sent)
    assert answer.status_code == 422
    assert "shows first what changes" in answer.text


def test_every_granted_action_has_its_page_and_no_other(app, browse, world):
    """A route exists exactly for the actions of a role; what is not granted answers 404."""
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    for action in registry().values():
        verb = action.key.split(".", 1)[1]
        for role in PANEL_PERMISSIONS:
            nouns = [name for name in rules if name.startswith(f"{role.value}_") and name.endswith(f".act_{verb}")]
            noun = _noun(action)
            here = f"{role.value}_{noun}.act_{verb}" in nouns
            has_page = f"{role.value}_{noun}.index_view" in rules
            assert here == (action.permission in GRANTS[role] and has_page), (action.key, role)


@pytest.mark.parametrize("key", sorted(registry()))
def test_every_action_page_opens(browse, world, key):
    """Dry run and form of each action, on one row."""
    action = registry()[key]
    noun = _noun(action)
    role = next(role for role in PANEL_PERMISSIONS if action.permission in GRANTS[role])
    answer = browse(role.value).get(f"{noun}/act/{key.split('.')[1]}/?one=1&rowid={world.rows[noun].id}")
    assert answer.status_code == 200


class TestSecondPerson:
    """WHO-1, PAY-5: maker and checker are two people."""

    @pytest.fixture
    def waiting(self, committed, world):
        """An operation of the finance clerk that waits, as the engine writes it."""
        payout = make_payout(committed, price="10000.00")
        committed.commit()
        acting = acting_for(world.finance)
        act_as(committed, acting)
        operation = submit.submit(
            committed, registry()["payout.release"], submit.One(payout.id), {}, client_key=uuid7().hex,
            acting=acting, panel=Role.FINANCE,
        )  # fmt: skip
        committed.commit()
        assert operation.status is OperationStatus.AWAITING_APPROVAL
        return operation

    def test_the_maker_sees_no_button_and_is_refused(self, browse, waiting):
        browser = browse("finance")
        assert "/approve/" not in browser.get(f"operations/details/?id={waiting.id}").text
        assert browser.post(f"operations/approve/?id={waiting.id}").status_code == 403

    @pytest.mark.parametrize("who", ["finance2", "admin"])
    def test_a_colleague_or_an_admin_agrees(self, browse, committed, waiting, who):
        browser = browse(who)
        assert "/approve/" in browser.get(f"operations/details/?id={waiting.id}").text
        assert browser.post(f"operations/approve/?id={waiting.id}").status_code == 302
        committed.refresh(waiting)
        assert waiting.status is OperationStatus.QUEUED

    def test_no_needs_a_reason(self, browse, committed, waiting):
        browser = browse("finance2")
        answer = browser.post(f"operations/reject/?id={waiting.id}")
        assert (answer.status_code, "Say why" in answer.text) == (422, True)
        committed.refresh(waiting)
        assert waiting.status is OperationStatus.AWAITING_APPROVAL
        assert browser.post(f"operations/reject/?id={waiting.id}", {"note": "Too much"}).status_code == 302
        committed.refresh(waiting)
        assert waiting.status is OperationStatus.REJECTED

    @pytest.mark.parametrize("verb", ["approve", "reject"])
    def test_a_refusal_keeps_what_was_typed(self, browse, waiting, verb):
        answer = browse("finance2").post(f"operations/{verb}/?id={waiting.id}", {"note": "Seen & \0 checked"})
        assert answer.status_code == 422
        assert 'value="Seen &amp;' in answer.text
        assert f"operations/details/?id={waiting.id}&amp;status=failed" in answer.text

    def test_the_maker_cancels(self, browse, committed, waiting):
        assert browse("finance").post(f"operations/cancel/?id={waiting.id}").status_code == 302
        committed.refresh(waiting)
        assert waiting.status is OperationStatus.CANCELLED

    def test_other_panels_do_not_see_it(self, browse, waiting):
        for who in ("logistics", "vendor"):
            assert browse(who).get(f"operations/details/?id={waiting.id}").status_code == 404
            assert browse(who).post(f"operations/cancel/?id={waiting.id}").status_code == 404
