"""The audit log writes itself (AUD-1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.database import act_as
from backoffice.permissions import Role
from models import AuditLog, Category, DisputeMessage, Product, User
from models.base import uuid7
from models.dispute import DisputeStatus
from models.product import ProductStatus
from tests.factories import acting_for, make_category, make_dispute, make_order, make_product, make_user


def _log(session: Session, row: Any, action: str = "update") -> list[AuditLog]:
    """The rows of the log about `row`, oldest first."""
    wanted = (AuditLog.entity == row.__tablename__, AuditLog.entity_id == str(row.id), AuditLog.action == action)
    return list(session.scalars(sa.select(AuditLog).where(*wanted).order_by(AuditLog.id)))


def test_update_logs_changed_keys_only(session: Session) -> None:
    """AUD-1: amounts as decimal text (MON-1), nulls as nulls, versions and times of update left out."""
    product = make_product(session, price=Decimal("10.00"))
    product.price, product.short_description = Decimal("12.50"), "Now blue"
    session.flush()
    (row,) = _log(session, product)
    assert row.before == {"price": "10.0000", "short_description": None, "content_version": 1}
    assert row.after == {"price": "12.5000", "short_description": "Now blue", "content_version": 2}


def test_update_that_changes_nothing_logs_nothing(session: Session) -> None:
    product = make_product(session)
    session.execute(sa.update(Product).where(Product.id == product.id).values(name=Product.name))
    assert _log(session, product) == []


def test_insert_and_delete_are_logged(session: Session) -> None:
    product = make_product(session, name="Blue mug", stock_quantity=0)
    session.delete(product)
    session.flush()
    (made,), (gone,) = _log(session, product, "insert"), _log(session, product, "delete")
    assert (made.before, gone.after) == (None, None)
    assert made.after is not None
    assert gone.before is not None
    assert made.after["name"] == gone.before["name"] == "Blue mug"
    assert "sku" in made.after
    assert "rejection_reason" not in made.after


def test_log_names_who_and_where(session: Session) -> None:
    """AUD-1: the person of the transaction, the request, the address and the browser."""
    admin = make_user(session)
    acting = acting_for(admin)
    act_as(
        session, Acting(user_id=admin.id, role=Role.ADMIN, name="x", request_id="req-1", ip="10.0.0.7", user_agent="Br")
    )
    (row,) = _log(session, make_product(session), "insert")
    assert (row.actor_id, row.actor_role, row.request_id) == (acting.user_id, "admin", "req-1")
    assert (str(row.ip), row.user_agent) == ("10.0.0.7", "Br")


def test_change_past_the_application_names_the_database_role(session: Session) -> None:
    """AUD-1: whoever writes."""
    (row,) = _log(session, make_product(session), "insert")
    assert row.actor_id is None
    assert row.actor_role == f"database:{session.scalar(sa.text('SELECT session_user'))}"


def test_many_rows_are_many_log_rows(session: Session) -> None:
    """AUD-1: one row a changed row and statement, and two statements in a plan made for one row."""
    first = make_product(session, status=ProductStatus.PENDING)
    products = [first, *(make_product(session, status=ProductStatus.PENDING) for _ in range(20))]
    ids = [product.id for product in products]
    session.execute(sa.update(Product).where(Product.id == first.id).values(stock_quantity=1))
    session.execute(sa.update(Product).where(Product.id.in_(ids)).values(status="approved", reviewed_at=now()))
    rows = [row for product in products for row in _log(session, product) if row.after and "status" in row.after]
    assert len(rows) == 21
    assert all(row.before is not None and row.before["status"] == "pending" for row in rows)


def test_personal_data_is_hashed_and_secrets_are_hidden(session: Session) -> None:
    """AUD-1: a reader sees that it changed, and that two values are equal, and nothing else."""
    user = make_user(session, Role.FINANCE, first_name="Ann", phone=None)
    user.first_name, user.password_hash, user.phone = "Beatrix", "$argon2id$new", "12345"
    session.flush()
    (made,), (row,) = _log(session, user, "insert"), _log(session, user)
    assert row.before is not None
    assert row.after is not None
    assert made.after is not None
    assert row.before["first_name"] == made.after["first_name"] != row.after["first_name"]
    assert row.after["first_name"].startswith("h:")
    assert len(row.after["first_name"]) == 66
    assert row.before["phone"] is None
    assert row.before["password_hash"] == row.after["password_hash"] == "***"
    text = str([made.after, row.before, row.after])
    assert not any(secret in text for secret in ("Ann", "Beatrix", "argon2id", "12345", user.email))


def test_words_of_customers_are_personal(session: Session) -> None:
    """GDP-1: addresses on orders and messages in disputes may be erased, so the log must not hold them."""
    order = make_order(session)
    dispute = make_dispute(session, order=order, status=DisputeStatus.IN_REVIEW)
    message = DisputeMessage(dispute_id=dispute.id, user_id=dispute.customer_id, message="Call me at home")
    session.add(message)
    session.flush()
    for row, column in ((order, "shipping_address"), (dispute, "description"), (message, "message")):
        (made,) = _log(session, row, "insert")
        assert made.after is not None
        assert made.after[column].startswith("h:")


def test_log_is_written_in_the_same_transaction(session: Session) -> None:
    """AUD-1, J1: what is undone was never logged."""
    product = make_product(session)
    savepoint = session.begin_nested()
    product.stock_quantity = 77
    session.flush()
    savepoint.rollback()
    assert _log(session, product) == []


def test_application_cannot_undo_the_trigger(session: Session) -> None:
    """A2: the functions belong to the owner and look at the owner's tables only, whatever the session's path is."""
    product = make_product(session)
    session.execute(sa.text("CREATE TEMP TABLE audit_log (LIKE public.audit_log INCLUDING DEFAULTS)"))
    session.execute(sa.text("SET LOCAL search_path = pg_temp, public"))
    session.execute(sa.update(Product).where(Product.id == product.id).values(stock_quantity=78))
    found = session.scalar(
        sa.text("SELECT count(*) FROM public.audit_log WHERE after ? 'stock_quantity' AND action = 'update'")
    )
    assert found == 1


def test_users_are_logged_without_an_application(owner_engine: sa.Engine) -> None:
    """AUD-1: the owner's own statements are logged too."""
    with owner_engine.connect() as connection, connection.begin() as transaction:
        statement = sa.insert(User).values(email="x@example.test", first_name="X", last_name="Y", role=Role.CUSTOMER)
        user_id = connection.scalar(statement.returning(User.id))
        query = sa.select(AuditLog.actor_role).where(AuditLog.entity_id == str(user_id))
        assert str(connection.scalar(query)).startswith("database:")
        transaction.rollback()


def test_changed_id_is_one_row_that_went_and_one_that_came(session: Session) -> None:
    """AUD-1: no way past the log."""
    category, new_id = make_category(session), uuid7()
    old_id = category.id
    session.execute(sa.update(Category).where(Category.id == old_id).values(id=new_id))
    query = sa.select(AuditLog.before, AuditLog.after).where(AuditLog.action == "update")
    (gone,) = session.execute(query.where(AuditLog.entity_id == str(old_id)))
    (come,) = session.execute(query.where(AuditLog.entity_id == str(new_id)))
    assert gone.before["slug"] == come.after["slug"] == category.slug
    assert gone.after["slug"] is come.before["slug"] is None


def test_application_cannot_borrow_the_functions(session: Session) -> None:
    """A2: on a table of its own they would write whatever it likes, with the owner's rights."""
    session.execute(sa.text("CREATE TEMP TABLE mine (id uuid)"))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied for function"):
        session.execute(
            sa.text("CREATE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION audit_categories()")
        )
