"""Update times, row versions and content versions are the database's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Product, User
from models.product import MATERIAL_FIELDS
from tests.factories import make_category, make_product, make_user


def test_each_update_raises_the_version(session: Session) -> None:
    """The version somebody writes is overruled, and the object of the session has the true one."""
    product = make_product(session, updated_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    product.stock_quantity += 1
    product.version = 99
    session.flush()
    session.expire(product, ["version"])
    assert product.version == 2
    assert product.updated_at.year > 2020


def test_session_reads_what_triggers_wrote(session: Session) -> None:
    """Without being told: the columns are fetched values."""
    product = make_product(session)
    for wanted in (2, 3):
        product.name += "!"
        session.flush()
        assert (product.version, product.content_version) == (wanted, wanted)


def test_content_version_rises_with_material_fields_only(session: Session) -> None:
    """MOD-1: a sale does not void a review."""
    product = make_product(session)
    product.stock_quantity += 1
    session.flush()
    assert (product.version, product.content_version) == (2, 1)


@pytest.mark.parametrize("field", MATERIAL_FIELDS)
def test_every_material_field_counts(session: Session, field: str) -> None:
    """MOD-3."""
    product = make_product(session)
    values = {
        "category_id": make_category(session).id,
        "images": ["a.jpg"],
        "price": Decimal("77.77"),
        "specifications": {"Colour": "red"},
    }
    session.execute(sa.update(Product).where(Product.id == product.id).values({field: values.get(field, "other")}))
    session.refresh(product)
    assert product.content_version == 2


def test_signing_in_is_no_new_version(session: Session) -> None:
    """MOD-1: an admin who has the user's form open is not told that somebody changed it."""
    user = make_user(session)
    before = (user.version, user.updated_at)
    user.last_login = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    session.flush()
    session.refresh(user)
    assert (user.version, user.updated_at) == before


@pytest.mark.parametrize("last_login", [None, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)])
def test_anything_else_about_a_user_is(session: Session, last_login: dt.datetime | None) -> None:
    """MOD-1: with a sign-in in the same statement or without."""
    user = make_user(session)
    before = user.version
    values = {"first_name": "Other", "last_login": last_login}
    session.execute(sa.update(User).where(User.id == user.id).values(values))
    session.refresh(user)
    assert user.version == before + 1
