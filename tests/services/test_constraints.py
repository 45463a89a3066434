"""What the database refuses, in words: no SQL, no row, for every named constraint (flask-admin #6)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backoffice.services.constraint_sentences import SENTENCES
from backoffice.services.constraints import refusal_for, sentence_for
from models import Base
from tests.factories import make_category, make_product, make_vendor


def _refused(session: Session, statement: str, **values: object) -> DBAPIError:
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.execute(sa.text(statement), values)
    return refused.value


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ("sku = :other_sku", 409, "Another product already has this sku."),
        ("price = -1", 422, "The price must be more than zero."),
        ("price = 1.001", 422, "The price has more decimals than its currency."),
        ("name = NULL", 422, "Name must be filled in."),
        ("name = repeat('x', 1000)", 422, "A value is too long, too large, or not of the right kind."),
        (
            "status = 'gone'",
            409,
            "The status is not one of the values that are allowed, or may not follow the present one.",
        ),
        ("category_id = uuid7()", 409, "The chosen category does not exist any more."),
        ("currency = 'XXX'", 422, "The currency is not one that is used here."),
    ],
)
def test_a_change_of_a_product(session: Session, change: str, status: int, sentence: str) -> None:
    vendor = make_vendor(session)
    one, other = (make_product(session, vendor=vendor) for _ in range(2))
    values = {"other_sku": other.sku} if ":other_sku" in change else {}
    refusal = refusal_for(_refused(session, f"UPDATE products SET {change} WHERE id = :id", id=one.id, **values))
    assert (refusal.message, refusal.status) == (sentence, status)


def test_what_others_refer_to_stays(session: Session) -> None:
    product = make_product(session, category=make_category(session))
    error = _refused(session, "DELETE FROM categories WHERE id = :id", id=product.category_id)
    assert sentence_for(error) == "This cannot be deleted, because products refer to it."


def test_every_declared_constraint_has_a_sentence_without_its_name() -> None:
    for table in Base.metadata.tables.values():
        for rule in table.constraints:
            if isinstance(rule, sa.CheckConstraint | sa.UniqueConstraint) and rule.name:
                code = "23505" if isinstance(rule, sa.UniqueConstraint) else "23514"
                diag = SimpleNamespace(constraint_name=str(rule.name), table_name=table.name, message_detail="")
                sentence = sentence_for(SimpleNamespace(diag=diag, sqlstate=code))
                assert sentence.endswith(".")
                assert "_" not in sentence


def test_no_sentence_is_for_a_constraint_that_is_gone(session: Session) -> None:
    """Names come from the catalogue, and for triggers from the functions that raise them."""
    named = set(session.scalars(sa.text("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")))
    named |= set(session.scalars(sa.text("SELECT tgname FROM pg_trigger")))
    raised = " ".join(session.scalars(sa.text("SELECT prosrc FROM pg_proc WHERE prolang > 14")))
    assert [name for name in SENTENCES if name not in named and name not in raised] == []
