"""The panels as they are registered: nothing exists that the table of access does not grant."""

from __future__ import annotations

import inspect
from collections import Counter

import pytest
import sqlalchemy as sa

from backoffice.permissions import GRANTS, Role
from backoffice.security import rules
from backoffice.services.imports import limits
from models import Base, Category, Import, PayoutHold, Report, ReportSchedule, ShippingMethod, SubscriptionPlan
from tests.views.conftest import app, world  # noqa: F401 - fixtures
from views.access import PANEL_PERMISSIONS
from views.base import EntityView
from views.catalogue import ENTITIES
from views.columns import attribute_column, is_amount
from views.forms.convert import NEVER, make_form
from views.listing.query import ListQuery

#: The ERD's 21 entities, by table.
ERD = {
    "analytics_events", "categories", "dispute_messages", "disputes", "notifications", "order_items", "orders",
    "payments", "payouts", "platform_settings", "product_reviews", "products", "reports", "shipments",
    "shipping_addresses", "shipping_methods", "subscription_plans", "subscriptions", "transactions", "user_profiles",
    "users",
}  # fmt: skip
#: A few hundred rows at most, wherever.
SMALL = {Category, PayoutHold, Report, ReportSchedule, ShippingMethod, SubscriptionPlan}
_FORMS = [
    pytest.param(entity, role, names, id=f"{role.value}-{entity.noun}-{kind}")
    for entity in ENTITIES
    for role, access in entity.access.items()
    for kind, names in (("create", access.create), ("edit", access.edit))
    if names
]


def test_admins_have_every_entity_of_the_erd():
    shown = {entity.model.__tablename__ for entity in ENTITIES if Role.ADMIN in entity.access}
    assert shown >= ERD
    assert len(ERD) == 21


@pytest.mark.parametrize(("entity", "role", "names"), _FORMS)
def test_every_form_column_is_in_the_form(entity, role, names):
    """No field is dropped in silence (flask-admin #16, #18), and none belongs to actions."""
    form = make_form(entity.model, names, lambda _target, _row: None)()
    assert [field.name for field in form] == list(names)
    assert not set(names) & NEVER


def test_amounts_that_actions_own_are_in_no_form():
    """Only prices and rates that people set may be typed, and what a customer asks for."""
    typed = {
        f"{entity.noun}.{name}"
        for entity in ENTITIES
        for access in entity.access.values()
        for name in (*access.create, *access.edit)
        if is_amount(attribute_column(entity.model, name))
    }
    assert typed == {
        "products.price", "products.compare_price", "shipping_methods.base_rate", "shipping_methods.per_kg_rate",
        "shipping_methods.per_item_rate", "subscription_plans.monthly_price", "subscription_plans.yearly_price",
        "disputes.requested_refund_amount",
    }  # fmt: skip


def test_logistics_see_no_amounts():
    """ACC-3: neither in lists nor on record pages nor in exports."""
    for entity in ENTITIES:
        access = entity.access.get(Role.LOGISTICS)
        if access is not None:
            made = ListQuery(entity, access)
            named = (*access.columns, *access.details, *(access.export or ()), *access.filters, *access.sorts)
            plain = [name.removeprefix("-") for name in named if isinstance(name, str)]
            assert all(column.kind != "money" for column in made.columns), entity.noun
            assert not [name for name in plain if is_amount(attribute_column(entity.model, name))], entity.noun


def test_writing_needs_a_permission_that_the_role_holds():
    for entity in ENTITIES:
        for role, access in entity.access.items():
            if access.create or access.edit or access.delete:
                assert access.write is not None, entity.noun
                assert access.write in GRANTS[role], (entity.noun, role)
                assert access.write not in PANEL_PERMISSIONS.values()


def test_every_key_of_an_import_is_a_field_of_a_row_with_a_version():
    """What finds a row stands in the file, and is written over the version that was seen only (I8)."""
    importing = [entity for entity in ENTITIES if entity.imports]
    assert {entity.noun for entity in importing} == {
        "categories", "products", "shipping_methods", "subscription_plans",
    }  # fmt: skip
    for entity in importing:
        assert hasattr(entity.model, "version")
        for access in entity.access.values():
            if access.create or access.edit:
                assert set(entity.imports) <= {*access.create, *access.edit}, entity.noun


def test_the_database_knows_how_many_rows_a_file_may_have():
    rule = next(one for one in Import.__table__.constraints if one.name == "ck_imports_rows_within_limit")
    assert str(rule.sqltext) == f"rows BETWEEN 1 AND {limits.ROWS}"


def test_every_sort_has_an_index():
    """Keyset pages walk an index `(sort, id)`, or the primary key."""
    for entity in ENTITIES:
        for access in entity.access.values():
            for sort in access.sorts:
                name = sort.removeprefix("-")
                starts = [[column.name for column in index.columns][:2] for index in entity.model.__table__.indexes]
                assert name == "id" or [name, "id"] in starts, (entity.noun, name)


def test_every_filter_has_an_index():
    """Each filter leads an index of its table, or is the key of its partitions; a small table is read whole."""
    for entity in ENTITIES:
        table = entity.model.__table__
        leading = {next(iter(index.columns)).name for index in table.indexes}
        leading |= {
            next(iter(one.columns)).name
            for one in table.constraints
            if isinstance(one, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))
        }
        key = str(table.dialect_options["postgresql"].get("partition_by") or "")
        for access in entity.access.values():
            for name in access.filters:
                column = attribute_column(entity.model, name).name
                assert entity.model in SMALL or column in leading or f"({column})" in key, (entity.noun, name)


def test_every_route_has_a_rule_and_every_rule_a_route(app):  # noqa: F811
    """Deny by default: what Flask-Admin registers is exactly what is declared."""
    routes = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    panels = {role.value for role in PANEL_PERMISSIONS}
    ours = {key for key in routes if key[1].split(".")[0].split("_")[0] in panels}
    assert {key for key in ours if rules.rule_of(*key) is None} == set()
    assert {key for key in rules.RULES if key[1].split(".")[0].split("_")[0] in panels} <= routes
    assert not [key for key in routes if key[1].endswith((".ajax_update", ".action_view"))]


def test_a_panels_rules_are_its_roles(app):  # noqa: F811
    for (_, endpoint), rule in rules.RULES.items():
        role = next((role for role in PANEL_PERMISSIONS if endpoint.split(".")[0].split("_")[0] == role.value), None)
        if role is not None and rule is not rules.PUBLIC:
            assert PANEL_PERMISSIONS[role] in rules.needed(rule), endpoint
            assert rules.needed(rule) <= GRANTS[role], endpoint


def test_no_part_of_the_entity_view_hides_a_method_of_another():
    """The parts are mixed into one class, where the second of two methods of one name is never called."""
    parts = [base for base in EntityView.__mro__[1:] if base.__module__.startswith("views.")]
    names = Counter(name for part in parts for name, value in vars(part).items() if inspect.isfunction(value))
    assert [name for name, count in names.items() if count > 1] == []


def test_no_entity_is_declared_twice():
    assert len({entity.noun for entity in ENTITIES}) == len(ENTITIES)
    assert len({entity.model for entity in ENTITIES}) == len(ENTITIES)
    assert all(issubclass(entity.model, Base) for entity in ENTITIES)
