"""JSON that people type: what the readers could not use is refused where it was typed, and stays in the field."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from models import PlatformSetting, Product, ShippingMethod
from tests.factories import make_product
from tests.views.html import fields
from views.catalogue import ENTITIES
from views.columns import attribute_column

TYPED = {
    (entity.model, name)
    for entity in ENTITIES
    for access in entity.access.values()
    for name in (*access.create, *access.edit)
    if isinstance(attribute_column(entity.model, name).type, JSONB)
}


def test_every_json_that_is_typed_has_a_schema():
    """Settings have a check each instead, since one column holds them all."""
    assert {model for model, _ in TYPED} >= {Product, ShippingMethod, PlatformSetting}
    without = {(m.__name__, n) for m, n in TYPED if "schema" not in attribute_column(m, n).info}
    assert without == {("PlatformSetting", "value")}


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("images", '{"a": 1}', "a list of picture addresses"),
        ("images", '["javascript:alert(1)"]', "a list of picture addresses"),
        ("specifications", "[]", "names and values"),
        ("specifications", '{"a": {"b": 1}}', "names and values"),
        ("seo_meta", "7", "names and values"),
        ("images", "[", "This is not JSON."),
    ],
)
def test_json_of_another_shape_is_refused(browse, committed, name, typed, told):
    product = make_product(committed)
    committed.commit()
    browser = browse("admin")
    path = f"products/edit/?id={product.id}"
    sent = dict(fields(browser.get(path).text)) | {name: typed}
    answer = browser.post(path, sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert dict(fields(answer.text))[name] == typed
    committed.refresh(product)
    assert getattr(product, name) is None


@pytest.mark.parametrize(
    ("key", "typed", "told"),
    [
        ("refund.second_person_threshold", "[]", "Write amounts by currency"),
        ("payouts.complete_on", '"foo"', "Write one of"),
        ("payouts.hold_days", "1000000", "Write a whole number from 0 to 365."),
    ],
)
def test_a_setting_that_no_reader_could_use_is_refused(browse, committed, key, typed, told):
    row = committed.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == key)).one()
    before = row.value
    browser = browse("admin")
    path = f"platform_settings/edit/?id={row.id}"
    sent = dict(fields(browser.get(path).text)) | {"value": typed}
    answer = browser.post(path, sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert dict(fields(answer.text))["value"] == typed
    committed.refresh(row)
    assert row.value == before


def test_a_setting_that_somebody_else_saved_is_a_conflict(browse, committed):
    """I8: the second of two open forms is shown both values; other roles have no such page."""
    row = committed.scalars(sa.select(PlatformSetting).where(PlatformSetting.key == "operations.approval_hours")).one()
    browser, path = browse("admin"), f"platform_settings/edit/?id={row.id}"
    sent = dict(fields(browser.get(path).text))
    assert [browser.post(path, sent | {"value": value}).status_code for value in ("48", "24")] == [302, 409]
    committed.refresh(row)
    assert row.value == 48
    for who in ("finance", "logistics", "vendor"):
        assert browse(who).get(f"/admin/{path}").status_code == 403
